// Worked cases of fees, periods and credit: plans, a service's days on them, and what is charged by some day, to the last digit. The pure function, the
// quote and the path of commands and jobs into the books must give the same; each test asks one of them.
import type { PlanDocumentInput } from "../../core/catalog/plan-document.ts";
import { formatMicros } from "../../core/kernel/money.ts";
import { type CaseUsage, perUnit, priced, used } from "./cases.ts";

type Parts = Partial<PlanDocumentInput>;
type Fee = NonNullable<Parts["fees"]>[number];
/** `later`: versions, and the instants at which they begin. */
export type CasePlan = {
  readonly plan: PlanDocumentInput;
  readonly later?: readonly { readonly from: string; readonly plan: PlanDocumentInput }[];
};

type OnPlan = readonly [day: string, plan: CasePlan];
export type FeeCase = {
  readonly id: string;
  readonly says: string;
  /** The day on which the service comes to each plan. */
  readonly on: readonly [OnPlan, ...OnPlan[]];
  /** The first day on which it isn't on any plan any more. */
  readonly endedOn?: string;
  /** What is due at the beginning of this day is charged. */
  readonly until: string;
  readonly billingDay?: number;
  readonly taxExempt?: boolean;
  /** What the account has before. */
  readonly credit?: string;
  readonly usage?: readonly CaseUsage[];
  /** What the usage costs by itself, with tax. */
  readonly usageCosts?: string;
  /** "kind code from/to net+tax", in any order. */
  readonly lines: readonly string[];
  /** With what the usage costs, and less the credit. */
  readonly owed: string;
};

type Line = { kind: string; code: string; from: unknown; to: unknown; amountMicros: bigint; taxMicros: bigint };
export const inShort = ({ kind, code, from, to, amountMicros, taxMicros }: Line): string =>
  `${kind} ${code} ${from}/${to} ${formatMicros(amountMicros)}${taxMicros === 0n ? "" : `+${formatMicros(taxMicros)}`}`;
/** Lines that begin by then. */
export const before = (day: string, lines: readonly string[]) => lines.filter((line) => line.split(" ")[2]!.slice(0, 10) < day);

const plan = (parts: Parts): CasePlan => ({
  plan: {
    schema: "mediabilling/plan@1",
    kind: "universal",
    name: "Case",
    currency: "UAH",
    zone: "UTC",
    rounding: { decimals: 2 },
    ...parts,
  },
});
const fee = (amount: string, more: Partial<Fee> = {}): Fee => ({ code: "line", name: "Line", amount, every: "month", ...more });
const once = (code: string, amount: string, at: "start" | "end" = "start"): Fee => ({ code, name: code, amount, at });
const flat = (amount: string, parts: Parts = {}, more: Partial<Fee> = {}) => plan({ fees: [fee(amount, more)], ...parts });
const vat = (percent: string, mode: "exclusive" | "inclusive" = "exclusive", on?: string[]): Parts => ({
  taxes: { mode, rates: [{ code: "vat", name: "VAT", percent, ...(on ? { on } : {}) }] },
});
const off = (...discounts: object[]): Parts => ({
  discounts: discounts.map((one, i) => ({ code: `off${i}`, name: "Off", ...one })) as never,
});

const dayAfter = (day: string, days: number) => Temporal.PlainDate.from(day).add({ days }).toString();
/** A line for each day: what a whole amount of cents comes to by that day, half up, less what it came to before. */
function daily(from: string, cents: bigint, ofDays: bigint, days = Number(ofDays), first = 0n, taxPercent = 0n): string[] {
  const upTo = (day: bigint) => (2n * cents * day + ofDays) / (2n * ofDays);
  const taxUpTo = (day: bigint) => (2n * upTo(day) * taxPercent + 100n) / 200n;
  return Array.from({ length: days }, (_, i) => {
    const day = first + BigInt(i);
    const [amountMicros, taxMicros] = [upTo, taxUpTo].map((sum) => (sum(day + 1n) - sum(day)) * 10_000n) as [bigint, bigint];
    return inShort({ kind: "fee", code: "line", from: dayAfter(from, i), to: dayAfter(from, i + 1), amountMicros, taxMicros });
  });
}

const inAdvance: FeeCase[] = [
  {
    id: "P1",
    says: "50 a month in advance from 8 January, VAT 20 %",
    on: [["2026-01-08", flat("50.00", vat("20"))]],
    until: "2026-02-01",
    lines: ["fee line 2026-01-08/2026-02-01 38.71+7.74", "fee line 2026-02-01/2026-03-01 50.00+10.00"],
    owed: "106.45",
  },
  {
    id: "P3",
    says: "counted from the start on the 31st, clamped and restored",
    on: [["2024-01-31", flat("10", { billing: { anchor: "start" } })]],
    until: "2024-04-30",
    lines: [
      "fee line 2024-01-31/2024-02-29 10.00",
      "fee line 2024-02-29/2024-03-31 10.00",
      "fee line 2024-03-31/2024-04-30 10.00",
      "fee line 2024-04-30/2024-05-31 10.00",
    ],
    owed: "40",
  },
  {
    id: "P5",
    says: "160 with VAT 25 %, ended after 1 of 30 days",
    on: [["2026-06-01", flat("160.00", vat("25"))]],
    endedOn: "2026-06-02",
    until: "2026-07-01",
    lines: ["fee line 2026-06-01/2026-07-01 160.00+40.00", "fee line 2026-06-02/2026-07-01 -154.67+-38.67"],
    owed: "6.66",
  },
  {
    id: "P6",
    says: "a week of 29.99 with tax of 23.33 %, ended after 1 of 7 days",
    on: [["2026-06-01", flat("29.99", vat("23.33"), { every: "week" })]],
    endedOn: "2026-06-02",
    until: "2026-07-01",
    lines: ["fee line 2026-06-01/2026-06-08 29.99+7.00", "fee line 2026-06-02/2026-06-08 -25.71+-6.00"],
    owed: "5.28",
  },
  {
    id: "P9",
    says: "up to the account's billing day, 9 of 31 days",
    on: [["2026-09-16", flat("24.95")]],
    billingDay: 25,
    until: "2026-09-25",
    lines: ["fee line 2026-09-16/2026-09-25 7.24", "fee line 2026-09-25/2026-10-25 24.95"],
    owed: "32.19",
  },
  {
    id: "P11",
    says: "up to the account's billing day, 22 of 30 days",
    on: [["2026-09-25", flat("24.95")]],
    billingDay: 17,
    until: "2026-10-17",
    lines: ["fee line 2026-09-25/2026-10-17 18.30", "fee line 2026-10-17/2026-11-17 24.95"],
    owed: "43.25",
  },
  {
    id: "P13",
    says: "23 May to 15 June is 23 of 31 days",
    on: [["2026-05-23", flat("30", { rounding: { decimals: 6 } })]],
    billingDay: 23,
    endedOn: "2026-06-15",
    until: "2026-06-23",
    lines: ["fee line 2026-05-23/2026-06-23 30.00", "fee line 2026-06-15/2026-06-23 -7.741935"],
    owed: "22.258065",
  },
  {
    id: "P13 fixed",
    says: "23 May to 15 June is 22 of 30 days by the fixed month",
    on: [["2026-05-23", flat("30", {}, { proration: "fixed_30" })]],
    billingDay: 23,
    endedOn: "2026-06-15",
    until: "2026-06-23",
    lines: ["fee line 2026-05-23/2026-06-23 30.00", "fee line 2026-06-15/2026-06-23 -8.00"],
    owed: "22",
  },
  {
    id: "P16",
    says: "two plans share the period from billing day 10 at the day of the change",
    on: [
      ["2011-02-10", flat("100")],
      ["2011-02-24", flat("200")],
    ],
    billingDay: 10,
    until: "2011-03-10",
    lines: [
      "fee line 2011-02-10/2011-03-10 100.00",
      "fee line 2011-02-24/2011-03-10 -50.00",
      "fee line 2011-02-24/2011-03-10 100.00",
      "fee line 2011-03-10/2011-04-10 200.00",
    ],
    owed: "350",
  },
  {
    id: "K8",
    says: "a credit of 20, then a charge of 100: 80 is due",
    on: [["2026-03-01", flat("100", {}, { charge: "arrears" })]],
    credit: "20",
    until: "2026-04-01",
    lines: ["fee line 2026-03-01/2026-04-01 100.00"],
    owed: "80",
  },
  {
    id: "change of two fees",
    says: "a change within the month gives back both fees of one plan and charges both of the other",
    on: [
      ["2026-06-01", plan({ fees: [fee("30"), fee("15", { code: "tv", name: "TV" })] })],
      ["2026-06-11", plan({ fees: [fee("60"), fee("9", { code: "tv", name: "TV" })] })],
    ],
    until: "2026-07-01",
    lines: [
      "fee line 2026-06-01/2026-07-01 30.00",
      "fee tv 2026-06-01/2026-07-01 15.00",
      "fee line 2026-06-11/2026-07-01 -20.00",
      "fee tv 2026-06-11/2026-07-01 -10.00",
      "fee line 2026-06-11/2026-07-01 40.00",
      "fee tv 2026-06-11/2026-07-01 6.00",
      "fee line 2026-07-01/2026-08-01 60.00",
      "fee tv 2026-07-01/2026-08-01 9.00",
    ],
    owed: "130",
  },
  {
    id: "change with other taxes",
    says: "what is given back has the tax of the plan that was left",
    on: [
      ["2026-06-01", flat("30", vat("20"))],
      ["2026-06-11", flat("60", vat("7"))],
    ],
    endedOn: "2026-06-21",
    until: "2026-07-01",
    lines: [
      "fee line 2026-06-01/2026-07-01 30.00+6.00",
      "fee line 2026-06-11/2026-07-01 -20.00+-4.00",
      "fee line 2026-06-11/2026-07-01 40.00+2.80",
      "fee line 2026-06-21/2026-07-01 -20.00+-1.40",
    ],
    owed: "33.4",
  },
  {
    id: "change on the billing day",
    says: "nothing is given back",
    on: [
      ["2026-01-01", flat("10")],
      ["2026-02-01", flat("20")],
    ],
    until: "2026-03-01",
    lines: ["fee line 2026-01-01/2026-02-01 10.00", "fee line 2026-02-01/2026-03-01 20.00", "fee line 2026-03-01/2026-04-01 20.00"],
    owed: "50",
  },
  {
    id: "change and back",
    says: "a service that comes back to its plan within the month is charged for each day once",
    on: (() => {
      const [a, b] = [flat("31"), flat("62")];
      return [
        ["2026-01-01", a],
        ["2026-01-11", b],
        ["2026-01-21", a],
      ];
    })(),
    until: "2026-02-01",
    lines: [
      "fee line 2026-01-01/2026-02-01 31.00",
      "fee line 2026-01-11/2026-02-01 -21.00",
      "fee line 2026-01-11/2026-02-01 42.00",
      "fee line 2026-01-21/2026-02-01 -22.00",
      "fee line 2026-01-21/2026-02-01 11.00",
      "fee line 2026-02-01/2026-03-01 31.00",
    ],
    owed: "72",
  },
  {
    id: "trial",
    says: "nothing for the first 14 days, which run over the month's end",
    on: [["2026-01-25", flat("31", {}, { trialDays: 14 })]],
    until: "2026-03-01",
    lines: ["fee line 2026-02-08/2026-03-01 23.25", "fee line 2026-03-01/2026-04-01 31.00"],
    owed: "54.25",
  },
  {
    id: "trial not outlasted",
    says: "a service that ends within its trial pays nothing",
    on: [["2026-01-25", flat("31", {}, { trialDays: 14 })]],
    endedOn: "2026-02-08",
    until: "2026-03-01",
    lines: [],
    owed: "0",
  },
  {
    id: "fixed 30",
    says: "15 February to its end is 16 of 30 days by the fixed month",
    on: [["2026-02-15", flat("30", {}, { proration: "fixed_30" })]],
    until: "2026-03-01",
    lines: ["fee line 2026-02-15/2026-03-01 16.00", "fee line 2026-03-01/2026-04-01 30.00"],
    owed: "46",
  },
  {
    id: "fixed 30 on the 31st",
    says: "the last day of a month of 31 is one of 30",
    on: [["2026-01-31", flat("30", {}, { proration: "fixed_30" })]],
    until: "2026-02-01",
    lines: ["fee line 2026-01-31/2026-02-01 1.00", "fee line 2026-02-01/2026-03-01 30.00"],
    owed: "31",
  },
  {
    id: "no proration",
    says: "a part costs the whole, and nothing is given back",
    on: [["2026-01-20", flat("31", {}, { proration: "none" })]],
    endedOn: "2026-01-22",
    until: "2026-02-01",
    lines: ["fee line 2026-01-20/2026-02-01 31.00"],
    owed: "31",
  },
  {
    id: "rounded day",
    says: "the price of a day, rounded, times the days; what is given back leaves the days that were used",
    on: [["2026-01-22", flat("10", {}, { proration: "rounded_day" })]],
    endedOn: "2026-02-11",
    until: "2026-03-01",
    // A day of January is 0.32; ten of February are 0.36 each.
    lines: ["fee line 2026-01-22/2026-02-01 3.20", "fee line 2026-02-01/2026-03-01 10.00", "fee line 2026-02-11/2026-03-01 -6.40"],
    owed: "6.8",
  },
  {
    id: "weekly",
    says: "weeks begin on Mondays; one goes over the month's end",
    on: [["2026-06-17", flat("7", {}, { every: "week" })]],
    endedOn: "2026-07-03",
    until: "2026-08-01",
    lines: [
      "fee line 2026-06-17/2026-06-22 5.00",
      "fee line 2026-06-22/2026-06-29 7.00",
      "fee line 2026-06-29/2026-07-06 7.00",
      "fee line 2026-07-03/2026-07-06 -3.00",
    ],
    owed: "16",
  },
  {
    id: "fortnights",
    says: "every two weeks from the first day on",
    on: [["2026-01-07", flat("14", { billing: { anchor: "start" } }, { every: "week", count: 2 })]],
    until: "2026-02-07",
    lines: ["fee line 2026-01-07/2026-01-21 14.00", "fee line 2026-01-21/2026-02-04 14.00", "fee line 2026-02-04/2026-02-18 14.00"],
    owed: "42",
  },
  {
    id: "leap year",
    says: "a year from 29 February ends on 28 February",
    on: [["2024-02-29", flat("366", { billing: { anchor: "start" } }, { every: "year" })]],
    until: "2025-02-28",
    lines: ["fee line 2024-02-29/2025-02-28 366.00", "fee line 2025-02-28/2026-02-28 366.00"],
    owed: "732",
  },
  {
    id: "a year cut short",
    says: "a year that ends in July gives back what was charged in January",
    on: [["2026-01-01", flat("365", {}, { every: "year" })]],
    endedOn: "2026-07-01",
    until: "2026-08-01",
    lines: ["fee line 2026-01-01/2027-01-01 365.00", "fee line 2026-07-01/2027-01-01 -184.00"],
    owed: "181",
  },
  {
    id: "billing day 31",
    says: "clamped in February, restored in March; each a whole period",
    on: [["2026-01-31", flat("10")]],
    billingDay: 31,
    until: "2026-04-30",
    lines: [
      "fee line 2026-01-31/2026-02-28 10.00",
      "fee line 2026-02-28/2026-03-31 10.00",
      "fee line 2026-03-31/2026-04-30 10.00",
      "fee line 2026-04-30/2026-05-31 10.00",
    ],
    owed: "40",
  },
  {
    id: "one day",
    says: "a service of one day pays that day",
    on: [["2026-01-10", flat("31")]],
    endedOn: "2026-01-11",
    until: "2026-02-01",
    lines: ["fee line 2026-01-10/2026-02-01 22.00", "fee line 2026-01-11/2026-02-01 -21.00"],
    owed: "1",
  },
  {
    id: "three months",
    says: "each month has a charge with its own date",
    on: [["2026-03-10", flat("31")]],
    until: "2026-06-01",
    lines: [
      "fee line 2026-03-10/2026-04-01 22.00",
      "fee line 2026-04-01/2026-05-01 31.00",
      "fee line 2026-05-01/2026-06-01 31.00",
      "fee line 2026-06-01/2026-07-01 31.00",
    ],
    owed: "115",
  },
];

const otherwise: FeeCase[] = [
  {
    id: "P2",
    says: "910 a quarter in arrears, on the plan from 20 May to 20 June inclusive",
    on: [["2026-05-20", flat("910.00", {}, { every: "quarter", charge: "arrears" })]],
    endedOn: "2026-06-21",
    until: "2026-07-01",
    lines: ["fee line 2026-05-20/2026-06-21 320.00"],
    owed: "320",
  },
  {
    id: "P17",
    says: "40 a month day by day: 20 pay for 15 days of 30 exactly",
    on: [["2026-06-01", flat("40", {}, { charge: "daily" })]],
    credit: "20",
    endedOn: "2026-06-16",
    until: "2026-07-01",
    lines: daily("2026-06-01", 4000n, 30n, 15),
    owed: "0",
  },
  ...([28n, 29n, 30n, 31n] as const).map((days, i): FeeCase => {
    const from = ["2026-02-01", "2024-02-01", "2026-04-01", "2026-03-01"][i]!;
    return {
      id: `B13 of ${days} days`,
      says: `10 a month by day sum to exactly 10`,
      on: [[from, flat("10", {}, { charge: "daily" })]],
      endedOn: dayAfter(from, Number(days)),
      until: dayAfter(from, Number(days)),
      lines: daily(from, 1000n, days),
      owed: "10",
    };
  }),
  {
    id: "daily with VAT",
    says: "the taxes of the days sum to the tax of the month",
    on: [["2026-02-01", flat("10", vat("20"), { charge: "daily" })]],
    endedOn: "2026-03-01",
    until: "2026-03-01",
    lines: daily("2026-02-01", 1000n, 28n, 28, 0n, 20n),
    owed: "12",
  },
  ...(["2026-03-28", "2026-10-24"] as const).map(
    (from): FeeCase => ({
      id: `daily from ${from} in Kyiv`,
      says: "a day of 23 or 25 hours is one day",
      on: [[from, flat("31", { zone: "Europe/Kyiv" }, { charge: "daily" })]],
      endedOn: dayAfter(from, 3),
      until: dayAfter(from, 3),
      lines: daily(from, 3100n, 31n, 3),
      owed: "3",
    }),
  ),
  {
    id: "daily, change of plan",
    says: "the day of the change is the new plan's",
    on: [
      ["2026-06-01", flat("30", {}, { charge: "daily" })],
      ["2026-06-03", flat("60", {}, { charge: "daily" })],
    ],
    endedOn: "2026-06-05",
    until: "2026-07-01",
    lines: [...daily("2026-06-01", 3000n, 30n, 2), ...daily("2026-06-03", 6000n, 30n, 2, 2n)],
    owed: "6",
  },
  {
    id: "daily, another price",
    says: "a version that begins within a day counts from the next",
    on: [
      [
        "2026-06-01",
        {
          ...flat("30", {}, { charge: "daily" }),
          later: [{ from: "2026-06-03T12:00:00Z", plan: flat("60", {}, { charge: "daily" }).plan }],
        },
      ],
    ],
    endedOn: "2026-06-06",
    until: "2026-07-01",
    lines: [...daily("2026-06-01", 3000n, 30n, 3), ...daily("2026-06-04", 6000n, 30n, 2, 3n)],
    owed: "7",
  },
  {
    id: "another price from a date",
    says: "a new version's price is that of the periods that begin under it",
    on: [["2026-01-01", { ...flat("10"), later: [{ from: "2026-02-15T00:00:00Z", plan: flat("20").plan }] }]],
    until: "2026-03-01",
    lines: ["fee line 2026-01-01/2026-02-01 10.00", "fee line 2026-02-01/2026-03-01 10.00", "fee line 2026-03-01/2026-04-01 20.00"],
    owed: "40",
  },
  {
    id: "another price, then the end",
    says: "what is given back has the price that was charged",
    on: [["2026-01-01", { ...flat("31"), later: [{ from: "2026-01-15T00:00:00Z", plan: flat("62").plan }] }]],
    endedOn: "2026-01-21",
    until: "2026-02-01",
    lines: ["fee line 2026-01-01/2026-02-01 31.00", "fee line 2026-01-21/2026-02-01 -11.00"],
    owed: "20",
  },
  {
    id: "a fee more",
    says: "a fee that a version brings begins with it; one that it drops ends with its period",
    on: [
      [
        "2026-01-01",
        { ...flat("31"), later: [{ from: "2026-01-17T00:00:00Z", plan: plan({ fees: [fee("62", { code: "tv", name: "TV" })] }).plan }] },
      ],
    ],
    until: "2026-02-01",
    lines: ["fee line 2026-01-01/2026-02-01 31.00", "fee tv 2026-01-17/2026-02-01 30.00", "fee tv 2026-02-01/2026-03-01 62.00"],
    owed: "123",
  },
  {
    id: "change in arrears",
    says: "each plan charges its own days after its last",
    on: [
      ["2026-06-01", flat("30", {}, { charge: "arrears" })],
      ["2026-06-11", flat("60", {}, { charge: "arrears" })],
    ],
    until: "2026-07-01",
    lines: ["fee line 2026-06-01/2026-06-11 10.00", "fee line 2026-06-11/2026-07-01 40.00"],
    owed: "50",
  },
  {
    id: "at the start and the end",
    says: "fees that are charged once, when the service comes and when it leaves",
    on: [["2026-01-05", plan({ fees: [once("in", "25"), once("out", "9.99", "end")] })]],
    endedOn: "2026-03-01",
    until: "2026-03-01",
    lines: ["fee in 2026-01-05/2026-01-06 25.00", "fee out 2026-02-28/2026-03-01 9.99"],
    owed: "34.99",
  },
  {
    id: "at the end, by a change",
    says: "who moves to another plan has left the one before",
    on: [
      ["2026-01-05", plan({ fees: [once("out", "9.99", "end")] })],
      ["2026-01-20", plan({ fees: [once("in", "25")] })],
    ],
    until: "2026-02-01",
    lines: ["fee out 2026-01-19/2026-01-20 9.99", "fee in 2026-01-20/2026-01-21 25.00"],
    owed: "34.99",
  },
];

const taxes: FeeCase[] = [
  {
    id: "D1",
    says: "7 × 400 less 3 × 500, 25 for the document, VAT 25 %",
    on: [
      [
        "2026-06-01",
        plan({
          fees: [once("paper", "25")],
          usage: [priced(perUnit("400"))],
          ...off({ amount: "1500", on: ["use"] }),
          ...vat("25"),
        }),
      ],
    ],
    endedOn: "2026-07-01",
    until: "2026-07-01",
    usage: [used("7", "2026-06-02")],
    usageCosts: "3500",
    lines: ["fee paper 2026-06-01/2026-06-02 25.00+6.25", "discount off0 2026-06-01/2026-07-01 -1500.00+-375.00"],
    owed: "1656.25",
  },
  {
    id: "exempt",
    says: "an exempt customer pays no tax on top",
    on: [["2026-06-01", flat("30", vat("20"))]],
    taxExempt: true,
    endedOn: "2026-06-16",
    until: "2026-07-01",
    lines: ["fee line 2026-06-01/2026-07-01 30.00", "fee line 2026-06-16/2026-07-01 -15.00"],
    owed: "15",
  },
  {
    id: "inclusive",
    says: "the tax is in the price, and in what is given back",
    on: [["2026-06-11", flat("120", vat("20", "inclusive"))]],
    endedOn: "2026-06-21",
    until: "2026-07-01",
    lines: ["fee line 2026-06-11/2026-07-01 66.67+13.33", "fee line 2026-06-21/2026-07-01 -33.33+-6.67"],
    owed: "40",
  },
  {
    id: "inclusive, exempt",
    says: "an exempt customer pays the net",
    on: [["2026-06-11", flat("120", vat("20", "inclusive"))]],
    taxExempt: true,
    endedOn: "2026-07-01",
    until: "2026-07-01",
    lines: ["fee line 2026-06-11/2026-07-01 66.67"],
    owed: "66.67",
  },
  {
    id: "inclusive discount",
    says: "a discount is off the price, the tax in it too",
    on: [["2026-06-01", flat("120", { ...vat("20", "inclusive"), ...off({ amount: "12" }) })]],
    endedOn: "2026-07-01",
    until: "2026-07-01",
    lines: ["fee line 2026-06-01/2026-07-01 100.00+20.00", "discount off0 2026-06-01/2026-07-01 -10.00+-2.00"],
    owed: "108",
  },
  {
    id: "taxes of some fees",
    says: "a discount on everything takes off the tax of what has one",
    on: [
      [
        "2026-06-01",
        plan({
          fees: [fee("100"), fee("50", { code: "tv", name: "TV" })],
          ...vat("20", "exclusive", ["line"]),
          ...off({ percent: "10" }),
        }),
      ],
    ],
    endedOn: "2026-07-01",
    until: "2026-07-01",
    lines: [
      "fee line 2026-06-01/2026-07-01 100.00+20.00",
      "fee tv 2026-06-01/2026-07-01 50.00",
      "discount off0 2026-06-01/2026-07-01 -15.00+-2.00",
    ],
    owed: "153",
  },
];

const graduated = (price: object) => plan({ usage: [priced(price as never, { per: "period", aggregate: "sum" })] });
const L1 = graduated({
  shape: "graduated",
  tiers: [
    { upTo: "10", price: "10", flat: "2" },
    { upTo: "20", price: "5", flat: "3" },
    { price: "5", flat: "3" },
  ],
});
const L7 = graduated({
  shape: "volume",
  tiers: [
    { upTo: "100", price: "2", flat: "10" },
    { upTo: "200", price: "1" },
    { price: "0.5", flat: "50" },
  ],
});
const litres = (price: object, aggregate: "sum" | "max" = "sum") =>
  plan({ fees: [fee("30")], usage: [priced(price as never, { per: "period", aggregate })] });
const steps = [{ upTo: "1000", price: "1.5" }, { price: "2.0" }];
const capacity = { shape: "capacity", tiers: [{ upTo: "1000", price: "750" }, { price: "500" }] };
const ofUse = (id: string, says: string, on: CasePlan, quantity: string, usageCosts: string, owed: string): FeeCase => ({
  id,
  says,
  on: [["2026-09-01", on]],
  endedOn: "2026-10-01",
  until: "2026-10-01",
  usage: [used(quantity, "2026-09-10")],
  usageCosts,
  lines: ["fee line 2026-09-01/2026-10-01 30.00"],
  owed,
});
const eachEvent = (parts: Parts) => plan({ usage: [priced(perUnit("8"))], ...parts });

const periodEnds: FeeCase[] = [
  {
    id: "L1 of nothing",
    says: "no unit costs the first tier's flat fee",
    on: [["2026-09-01", L1]],
    endedOn: "2026-10-01",
    until: "2026-10-01",
    lines: ["usage use 2026-09-01/2026-10-01 2.00"],
    owed: "2",
  },
  {
    id: "L7 of nothing",
    says: "no unit costs the first tier's flat fee, in each month",
    on: [["2026-09-01", L7]],
    endedOn: "2026-11-01",
    until: "2026-11-01",
    lines: ["usage use 2026-09-01/2026-10-01 10.00", "usage use 2026-10-01/2026-11-01 10.00"],
    owed: "20",
  },
  {
    id: "L27",
    says: "one event at 8, a minimum of 10, 25 of 28 days",
    on: [["2026-02-04", eachEvent({ minimum: { amount: "10.00" } })]],
    endedOn: "2026-03-01",
    until: "2026-03-01",
    usage: [used("1", "2026-02-10")],
    usageCosts: "8",
    lines: ["minimum minimum 2026-02-04/2026-03-01 0.93"],
    owed: "8.93",
  },
  ofUse("K4, 400 in all tiers", "with the fee", litres({ shape: "graduated", tiers: steps }), "400", "600", "630"),
  ofUse("K4, 1200 in all tiers", "with the fee", litres({ shape: "graduated", tiers: steps }), "1200", "1900", "1930"),
  ofUse("K4, 400 in the top tier", "with the fee", litres({ shape: "volume", tiers: steps }), "400", "600", "630"),
  ofUse("K4, 1200 in the top tier", "with the fee", litres({ shape: "volume", tiers: steps }), "1200", "2400", "2430"),
  ofUse("K5, a peak of 400", "with the fee", litres(capacity, "max"), "400", "750", "780"),
  ofUse("K5, a peak of 1200", "with the fee", litres(capacity, "max"), "1200", "500", "530"),
  {
    id: "minimum, not by days",
    says: "a part of a month has the whole minimum",
    on: [["2026-06-11", eachEvent({ minimum: { amount: "10", prorate: false } })]],
    until: "2026-07-01",
    lines: ["minimum minimum 2026-06-11/2026-07-01 10.00"],
    owed: "10",
  },
  {
    id: "minimum of usage and fees",
    says: "a fee counts towards it, as far as it is charged in the period",
    on: [["2026-06-16", eachEvent({ fees: [fee("6")], minimum: { amount: "30", counts: "usage_and_fees" }, ...vat("20") })]],
    endedOn: "2026-07-01",
    until: "2026-07-01",
    lines: ["fee line 2026-06-16/2026-07-01 3.00+0.60", "minimum minimum 2026-06-16/2026-07-01 12.00+2.40"],
    owed: "18",
  },
  {
    id: "minima of two plans",
    says: "each plan has its days' part of its own",
    on: [
      ["2026-04-01", eachEvent({ minimum: { amount: "30" } })],
      ["2026-04-11", eachEvent({ minimum: { amount: "60" } })],
    ],
    endedOn: "2026-05-01",
    until: "2026-05-01",
    usage: [used("1", "2026-04-05"), used("2", "2026-04-20")],
    usageCosts: "24",
    lines: ["minimum minimum 2026-04-01/2026-04-11 2.00", "minimum minimum 2026-04-11/2026-05-01 24.00"],
    owed: "50",
  },
  {
    id: "periods of two plans",
    says: "the month of the second begins with the change",
    on: [
      ["2026-06-01", eachEvent({ minimum: { amount: "30" } })],
      ["2026-06-11", eachEvent({ minimum: { amount: "30" }, billing: { anchor: "start" } })],
    ],
    until: "2026-07-11",
    lines: ["minimum minimum 2026-06-01/2026-06-11 10.00", "minimum minimum 2026-06-11/2026-07-11 30.00"],
    owed: "40",
  },
  {
    id: "prices of two plans",
    says: "a price of a period begins anew with the plan; what was left unused costs its first tier too",
    on: [
      ["2026-09-01", L1],
      ["2026-09-11", L1.plan.usage ? graduated(L1.plan.usage[0]!.price) : L1],
    ],
    endedOn: "2026-10-01",
    until: "2026-10-01",
    usage: [used("11", "2026-09-05")],
    usageCosts: "110",
    lines: ["usage use 2026-09-11/2026-10-01 2.00"],
    owed: "112",
  },
  {
    id: "first two periods",
    says: "half off in the first two, the part of the first month being one",
    on: [["2026-01-20", flat("31", off({ percent: "50", periods: 2 }))]],
    endedOn: "2026-04-01",
    until: "2026-04-01",
    lines: [
      "fee line 2026-01-20/2026-02-01 12.00",
      "discount off0 2026-01-20/2026-02-01 -6.00",
      "fee line 2026-02-01/2026-03-01 31.00",
      "discount off0 2026-02-01/2026-03-01 -15.50",
      "fee line 2026-03-01/2026-04-01 31.00",
    ],
    owed: "52.5",
  },
  {
    id: "discounts in turn",
    says: "ten percent of the fee, then five off what is left of everything",
    on: [["2026-06-01", eachEvent({ fees: [fee("100")], ...off({ percent: "10", on: ["line"] }, { amount: "5" }), ...vat("20") })]],
    endedOn: "2026-07-01",
    until: "2026-07-01",
    usage: [used("1", "2026-06-10")],
    usageCosts: "9.6",
    lines: [
      "fee line 2026-06-01/2026-07-01 100.00+20.00",
      "discount off0 2026-06-01/2026-07-01 -10.00+-2.00",
      "discount off1 2026-06-01/2026-07-01 -5.00+-1.00",
    ],
    owed: "111.6",
  },
  {
    id: "a discount on a year cut short",
    says: "what is given back of a fee takes its part of the discount back with it",
    on: [["2026-01-01", flat("365", off({ percent: "10" }), { every: "year" })]],
    endedOn: "2026-07-01",
    until: "2026-08-01",
    lines: [
      "fee line 2026-01-01/2027-01-01 365.00",
      "fee line 2026-07-01/2027-01-01 -184.00",
      "discount off0 2026-01-01/2026-02-01 -18.10",
    ],
    owed: "162.9",
  },
];

export const feeCases: readonly FeeCase[] = [...inAdvance, ...otherwise, ...taxes, ...periodEnds];
