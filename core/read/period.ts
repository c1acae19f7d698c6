// Hours and days as a provider counts them, for charts: today and yesterday, and the days before.

export type Day = {
  readonly zone: string;
  /** YYYY-MM-DD. */
  readonly today: string;
  readonly yesterday: string;
  /** Hour of the day that is running, 0 to 23. */
  readonly hour: number;
  /** Instants: yesterday 00:00, today 00:00, the running hour, tomorrow 00:00. */
  readonly yesterdayStart: string;
  readonly todayStart: string;
  readonly hourStart: string;
  readonly end: string;
};

/** The day that contains `now` in the zone. */
export function dayOf(now: Temporal.Instant, zone: string): Day {
  const local = now.toZonedDateTimeISO(zone);
  const start = local.startOfDay();
  const instant = (z: Temporal.ZonedDateTime) => z.toInstant().toString();
  return {
    zone,
    today: local.toPlainDate().toString(),
    yesterday: local.toPlainDate().subtract({ days: 1 }).toString(),
    hour: local.hour,
    yesterdayStart: instant(start.toPlainDate().subtract({ days: 1 }).toZonedDateTime(zone)),
    todayStart: instant(start),
    hourStart: instant(local.round({ smallestUnit: "hour", roundingMode: "floor" })),
    end: instant(start.toPlainDate().add({ days: 1 }).toZonedDateTime(zone)),
  };
}

/** The `count` days up to and with `day`, oldest first, YYYY-MM-DD. */
export function daysUpTo(day: string, count: number): string[] {
  const last = Temporal.PlainDate.from(day);
  return Array.from({ length: count }, (_, i) => last.subtract({ days: count - 1 - i }).toString());
}

/** Times are those of calls; octets are of sessions and traffic; the amount is net. */
export type Figures = {
  calls: number;
  answered: number;
  durationSec: number;
  billedSec: number;
  sessions: number;
  octetsIn: bigint;
  octetsOut: bigint;
  messages: number;
  events: number;
  amountMicros: bigint;
};
export const noFigures: Figures = {
  calls: 0,
  answered: 0,
  durationSec: 0,
  billedSec: 0,
  sessions: 0,
  octetsIn: 0n,
  octetsOut: 0n,
  messages: 0,
  events: 0,
  amountMicros: 0n,
};

export const sum = (all: readonly Figures[]): Figures =>
  all.reduce<Figures>(
    (a, b) => ({
      calls: a.calls + b.calls,
      answered: a.answered + b.answered,
      durationSec: a.durationSec + b.durationSec,
      billedSec: a.billedSec + b.billedSec,
      sessions: a.sessions + b.sessions,
      octetsIn: a.octetsIn + b.octetsIn,
      octetsOut: a.octetsOut + b.octetsOut,
      messages: a.messages + b.messages,
      events: a.events + b.events,
      amountMicros: a.amountMicros + b.amountMicros,
    }),
    noFigures,
  );

/** Whether anything was used, or anything charged. */
export const isAny = (figures: Figures): boolean =>
  figures.calls + figures.sessions + figures.messages + figures.events > 0 ||
  figures.octetsIn + figures.octetsOut > 0n ||
  figures.amountMicros !== 0n;

export type HourlyRow = Figures & { currency: string; hour: string };
export type DailyRow = Figures & { currency: string; day: string };
/** One hour of the day, 0 to 23: today's figures beside yesterday's; today's are null for hours that haven't begun. */
export type HourPair = { hour: number; today: Figures | null; yesterday: Figures };
export type DayFigures = Figures & { day: string };

/** 24 hours, with those that a change of the clock repeats added up. */
export function hourPairs(rows: readonly HourlyRow[], day: Day): HourPair[] {
  const found = new Map<string, Figures>();
  for (const row of rows) {
    const local = Temporal.Instant.from(row.hour).toZonedDateTimeISO(day.zone);
    const key = `${local.toPlainDate()} ${local.hour}`;
    found.set(key, sum([found.get(key) ?? noFigures, row]));
  }
  const of = (date: string, hour: number) => found.get(`${date} ${hour}`) ?? noFigures;
  return Array.from({ length: 24 }, (_, hour) => ({
    hour,
    today: hour > day.hour ? null : of(day.today, hour),
    yesterday: of(day.yesterday, hour),
  }));
}

/** One entry per day, zeros for days without usage. */
export const dayFigures = (rows: readonly DailyRow[], days: readonly string[]): DayFigures[] =>
  days.map((day) => ({ day, ...sum(rows.filter((row) => row.day === day)) }));

/** Today, and the hours of it that are over beside the same hours of yesterday: what a comparison is honest about. */
export function compare(pairs: readonly HourPair[], day: Day) {
  const over = pairs.filter((pair) => pair.hour < day.hour);
  return {
    today: sum(pairs.flatMap((pair) => pair.today ?? [])),
    hoursOver: {
      todayMicros: sum(over.flatMap((p) => p.today ?? [])).amountMicros,
      yesterdayMicros: sum(over.map((p) => p.yesterday)).amountMicros,
    },
  };
}
