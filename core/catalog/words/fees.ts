// Fees, discounts, taxes, the minimum and the way of billing, in words.
import type { PERIODS } from "../document/components.ts";
import type { Billing, Discount, Fee, Proration, Taxes } from "../document/fees.ts";
import { counted, listed } from "./amounts.ts";

type PeriodUnit = (typeof PERIODS)[number];

const every = (unit: PeriodUnit, count: number) => (count === 1 ? (unit === "day" ? "a day" : `a ${unit}`) : `every ${count} ${unit}s`);

const PRORATED: Record<Proration, string> = {
  actual_days: "by days",
  fixed_30: "by days of months of 30 days",
  none: "always the whole",
  rounded_day: "by days, a day’s price rounded",
};

/** "50.00 a month in advance, by days; the first 30 days free". */
export function feeInWords(fee: Fee): string {
  const trial = fee.trialDays ? `; the first ${counted(fee.trialDays, "day")} free` : "";
  if (!fee.every) return `${fee.amount} once, ${fee.at === "start" ? "at the start" : "at the end"}${trial}`;
  const charged = { advance: "in advance", arrears: "afterwards", daily: "charged day by day" }[fee.charge];
  return `${fee.amount} ${every(fee.every, fee.count)} ${charged}, ${PRORATED[fee.proration]}${trial}`;
}

/** What the codes of discounts and taxes are called; "everything" for none. */
const on = (codes: readonly string[] | undefined, names: ReadonlyMap<string, string>) =>
  codes ? listed(codes.map((code) => names.get(code) ?? code)) : "everything";

export function discountInWords(discount: Discount, names: ReadonlyMap<string, string>): string {
  const off = discount.percent === undefined ? discount.amount : `${discount.percent} %`;
  const periods = discount.periods ? `, in the first ${discount.periods === 1 ? "period" : `${discount.periods} periods`}` : "";
  return `${off} off ${on(discount.on, names)}${periods}`;
}

export const taxesInWords = (taxes: Taxes, names: ReadonlyMap<string, string>): string[] =>
  taxes.rates.map(
    (rate) =>
      `${rate.name} ${rate.percent} %, ${taxes.mode === "exclusive" ? "on top of" : "included in"} ${rate.on ? on(rate.on, names) : "all prices"}`,
  );

export function minimumInWords(
  minimum: { amount: string; prorate: boolean; counts: "usage" | "usage_and_fees" },
  billing: Billing,
): string {
  const counts = minimum.counts === "usage" ? "usage" : "usage and fees";
  return `${counts} of at least ${minimum.amount} ${every(billing.period, 1)}${minimum.prorate ? ", by days in a part of it" : ""}; what is missing is charged at the end`;
}

export function billingInWords({ period, anchor, change }: Billing): string[] {
  const day =
    typeof anchor === "number"
      ? `from day ${anchor} of the month`
      : {
          account: "from the account’s billing day",
          start: "from the day on which the service came to the plan",
          calendar: "by the calendar",
        }[anchor];
  const changes = {
    at_once: "A move to another plan takes effect at once.",
    period_end: "A move to another plan takes effect when the period ends.",
    refused: "A service can’t move to another plan.",
  }[change];
  return [`Billed ${period === "day" ? "daily" : `by the ${period}`}, ${day}.`, changes];
}
