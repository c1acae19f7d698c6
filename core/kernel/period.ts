// Periods of the calendar: half-open ranges of days, counted from an anchor. Days, never milliseconds: a zone decides which instant a day begins.

export type PeriodUnit = "day" | "week" | "month" | "quarter" | "year";
/** From the first day to the day after the last. */
export type Period = { readonly from: Temporal.PlainDate; readonly to: Temporal.PlainDate };

/**
 * The day from which periods are counted. `day` (1 to 31): a billing day, of months, quarters that begin in January, or years; weeks begin on
 * Mondays. Counted from one anchor, a billing day of 31 is clamped in short months, and restored after them.
 */
export const anchorOf = (unit: PeriodUnit, day = 1): Temporal.PlainDate =>
  Temporal.PlainDate.from(unit === "week" ? { year: 2001, month: 1, day: 1 } : { year: 2000, month: 1, day: unit === "day" ? 1 : day });

/** The beginning of the period number `n` after the anchor's. */
export function boundary(anchor: Temporal.PlainDate, unit: PeriodUnit, count: number, n: number): Temporal.PlainDate {
  const periods = n * count;
  if (unit === "day") return anchor.add({ days: periods });
  if (unit === "week") return anchor.add({ weeks: periods });
  return anchor.add({ months: periods * monthsIn[unit] });
}

/** The period that contains the day. */
export function periodOf(anchor: Temporal.PlainDate, unit: PeriodUnit, count: number, day: Temporal.PlainDate): Period {
  const before = (a: Temporal.PlainDate, b: Temporal.PlainDate) => Temporal.PlainDate.compare(a, b) < 0;
  let n = Math.floor(elapsed(anchor, unit, day) / count);
  // A clamped anchor can be off by one either way.
  while (before(day, boundary(anchor, unit, count, n))) n--;
  while (!before(day, boundary(anchor, unit, count, n + 1))) n++;
  return { from: boundary(anchor, unit, count, n), to: boundary(anchor, unit, count, n + 1) };
}

export const nextPeriod = (anchor: Temporal.PlainDate, unit: PeriodUnit, count: number, { to }: Period): Period =>
  periodOf(anchor, unit, count, to);

/** Days in the period. */
export const daysIn = ({ from, to }: Period): number => from.until(to, { largestUnit: "day" }).days;

/** The instant at which the day begins in the zone. */
export const startOfDay = (day: Temporal.PlainDate, zone: string): Temporal.Instant => day.toZonedDateTime(zone).toInstant();

/** The day that the instant is in. */
export const dayOf = (instant: Temporal.Instant, zone: string): Temporal.PlainDate => instant.toZonedDateTimeISO(zone).toPlainDate();

const monthsIn = { month: 1, quarter: 3, year: 12 } as const;

/** Whole units from the anchor to the day, give or take one. */
function elapsed(anchor: Temporal.PlainDate, unit: PeriodUnit, day: Temporal.PlainDate): number {
  if (unit === "day" || unit === "week") return Math.floor(anchor.until(day, { largestUnit: "day" }).days / (unit === "week" ? 7 : 1));
  return Math.floor(((day.year - anchor.year) * 12 + day.month - anchor.month) / monthsIn[unit]);
}
