// A subscriber's figures as finished text and charts: money in the account's currency, days in the provider's calendar.
import { amountText, clockText, dateTimeText, integerText, moneyText, wordsOf } from "../core/kernel/display.ts";
import type { DayFigures, HourPair } from "../core/read/period.ts";
import type { PortalCall, PortalMovement } from "../core/read/portal/query.ts";
import { barChart } from "../views/shared/bar-chart.ts";
import type { Html } from "../views/shared/html.ts";
import { movementText } from "../views/shared/ledger-words.ts";
import { usageWords } from "../views/shared/usage-words.ts";
import type { Reader } from "./portal.ts";

/** A sum: rounded to the currency's own digits. What one call cost is shown exactly. */
export const sumText = (micros: bigint, currency: string, { locale }: Reader) => moneyText(micros, currency, { locale, digits: "minor" });

/** "218.40" and "UAH" apart, for a figure whose unit is smaller. */
export const amountOf = (micros: bigint, currency: string, { locale }: Reader) => ({
  amount: amountText(micros, currency, { locale, digits: "minor" }),
  currency,
});

export const dayText = (day: string, { locale }: Reader, length: "short" | "long" = "short") =>
  Temporal.PlainDate.from(day).toLocaleString(wordsOf(locale), { day: "numeric", month: length });

export const monthName = (day: string, { locale }: Reader) =>
  Temporal.PlainDate.from(day).toLocaleString(wordsOf(locale), { month: "long" });

/** Where the calls of these days are listed; both days included. */
export const callsHref = (from: string, to: string) => `/calls?from=${from}&to=${to}`;

export function daysChart(days: readonly DayFigures[], currency: string, reader: Reader, height?: "short"): Html {
  return barChart([{ name: "Charged", values: days.map((day) => day.amountMicros) }], {
    title: `Charges by day, last ${days.length} days, in ${currency}`,
    categoryName: "Day",
    categories: days.map(({ day }) => ({
      label: dayText(day, reader),
      axis: String(Temporal.PlainDate.from(day).day),
      href: callsHref(day, day),
    })),
    format: (micros) => sumText(micros, currency, reader),
    locale: reader.locale,
    ...(height ? { height } : {}),
  });
}

export function hoursChart(hours: readonly HourPair[], currency: string, reader: Reader): Html {
  const two = (hour: number) => String(hour).padStart(2, "0");
  return barChart(
    [
      { name: "Yesterday", values: hours.map(({ yesterday }) => yesterday.amountMicros), kind: "before" },
      { name: "Today", values: hours.map(({ today }) => today?.amountMicros ?? null), kind: "now" },
    ],
    {
      title: `Charges by hour, today and yesterday, in ${currency}`,
      categoryName: "Hour",
      categories: hours.map(({ hour }) => ({ label: `${two(hour)}:00`, axis: two(hour) })),
      format: (micros) => sumText(micros, currency, reader),
      locale: reader.locale,
    },
  );
}

/** What moved the balance, in plain words; who corrected something, and why, isn't told. */
export function movementRow(movement: PortalMovement, reader: Reader, now: Temporal.Instant) {
  const { template, details, line, isTax, isReversal, amountMicros, currency } = movement;
  const charge = Array.isArray(details.charges) ? (details.charges[line - 1] as { name?: string } | undefined) : undefined;
  const name = charge?.name ?? movementText(template, details);
  return {
    when: dateTimeText(movement.effectiveAt, reader, now),
    what: `${isTax ? "Tax on " : ""}${isTax ? name.charAt(0).toLowerCase() + name.slice(1) : name}${isReversal ? ", taken back" : ""}`,
    amount: moneyText(amountMicros, currency, { locale: reader.locale, digits: "minor", signed: true }),
    gain: amountMicros > 0n,
    balance: sumText(movement.balanceAfterMicros, currency, reader),
  };
}

const dispositions: Readonly<Record<string, string>> = { no_answer: "no answer", busy: "busy", failed: "didn't get through" };

/** "1 call", "12 calls". */
export const callsText = (count: number, { locale }: Reader) => `${integerText(count, locale)} ${count === 1 ? "call" : "calls"}`;

export type CallRow = { when: string; number: string; detail: string; time: string; price: string };

/** Rows of a table of calls. The number is that of the other side. */
export function callRows(calls: readonly PortalCall[], reader: Reader, now: Temporal.Instant): CallRow[] {
  return calls.map((call) => {
    const incoming = call.direction === "in";
    const words = usageWords(call, reader.locale);
    const isCall = call.kind === "call";
    const detail = isCall ? [incoming ? "incoming" : call.destinationName, dispositions[call.disposition]] : [words.note, words.amount];
    return {
      when: dateTimeText(call.startedAt, reader, now),
      number: (incoming ? call.source : words.what) || "hidden number",
      detail: detail.filter(Boolean).join(" · "),
      time: !isCall ? words.time : call.disposition === "answered" ? clockText(call.billedSec) : "–",
      // A subscriber pays the tax too.
      price: moneyText(call.amountMicros + call.taxMicros, call.currency, { locale: reader.locale }),
    };
  });
}
