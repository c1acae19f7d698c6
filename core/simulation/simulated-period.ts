// The days that a simulation looks at: those that are asked for, or the last month that is over.
import * as v from "valibot";
import type { Period } from "../kernel/period.ts";

const MOST_DAYS = 366;

const dayMessage = "must be a day such as 2026-11-01";
const dayField = v.pipe(v.string(dayMessage), v.check(isDay, dayMessage));

function isDay(text: string): boolean {
  try {
    const { year } = Temporal.PlainDate.from(text, { overflow: "reject" });
    return /^\d{4}-\d\d-\d\d$/.test(text) && year >= 1970 && year < 2200;
  } catch {
    return false;
  }
}

/** First and last day, both inside; both or neither. */
export const periodFields = { from: v.optional(dayField), to: v.optional(dayField) };
type Asked = { readonly from?: string | undefined; readonly to?: string | undefined };

/** What is wrong with the days, and with which. */
export function periodMistake({ from, to }: Asked, zone: string, now: Temporal.Instant): { path: string; message: string } | undefined {
  if (from === undefined && to === undefined) return undefined;
  if (from === undefined || to === undefined)
    return { path: from === undefined ? "from" : "to", message: "must be given too, or neither: then it is the last month that is over" };
  if (to < from) return { path: "to", message: "must not be before `from`" };
  if (Temporal.PlainDate.from(from).add({ days: MOST_DAYS }).toString() <= to)
    return { path: "to", message: `must be at most ${MOST_DAYS} days after \`from\`` };
  if (to >= now.toZonedDateTimeISO(zone).toPlainDate().toString()) return { path: "to", message: "must be a day that is over" };
  return undefined;
}

/** Half-open, in the provider's zone. */
export function simulatedPeriod({ from, to }: Asked, zone: string, now: Temporal.Instant): Period {
  if (from !== undefined && to !== undefined)
    return { from: Temporal.PlainDate.from(from), to: Temporal.PlainDate.from(to).add({ days: 1 }) };
  const month = now.toZonedDateTimeISO(zone).toPlainDate().with({ day: 1 });
  return { from: month.subtract({ months: 1 }), to: month };
}
