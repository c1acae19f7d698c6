// Which time bands of a plan hold at an instant. Once per day it asks the calendar and the zone; after that it only compares numbers.
import type { Band, BandWindow, Holidays } from "../catalog/document/calendar.ts";
import { WEEKDAYS } from "../catalog/document/calendar.ts";
import { holidayTest } from "../catalog/document/public-holidays.ts";

/** The bands that hold together; the same object whenever it is the same ones. */
export type BandSet = {
  /** The heaviest first. */
  readonly codes: readonly string[];
  /** By the band's rank: 1 when it holds. */
  readonly holds: Uint8Array;
};

/** A time during which nothing changes, from its first millisecond to the one after its last. It may go on in the next interval. */
export type BandInterval = { readonly fromMs: number; readonly toMs: number; readonly set: BandSet };

export type TimeBands = {
  /** The interval that the instant (milliseconds since 1970) is in. */
  at(ms: number): BandInterval;
  /** The heaviest first; of equal weight, the first in the plan. A band's rank is its place here. */
  readonly ranked: readonly Band[];
  /** Throws RangeError when the plan doesn't have it. */
  rankOf(code: string): number;
};

const DAY_MS = 86_400_000;
/** Beyond these (13 years) the days are forgotten and found anew. */
const MOST_DAYS = 5000;
const EPOCH = Temporal.PlainDate.from("1970-01-01");

/**
 * What the clock on the wall shows decides: a window inside the hour that daylight saving skips never holds on that day, one
 * inside the hour that it repeats holds twice. A window that runs past midnight belongs to the day on which it begins.
 */
export function compileBands(bands: readonly Band[], holidays: Holidays | undefined, zone: string): TimeBands {
  const ranked = bands.toSorted((a, b) => b.weight - a.weight);
  const isHoliday = holidayTest(bands.some(asksForHolidays) ? holidays : undefined);
  const spansOn = ranked.map(({ windows }) => spansOfDay(windows, isHoliday));
  const sets = new Map<string, BandSet>();
  const days = new Map<number, readonly BandInterval[]>();

  function setOf(ranks: readonly number[]): BandSet {
    const key = ranks.join();
    const known = sets.get(key);
    if (known) return known;
    const set = {
      codes: ranks.map((rank) => (ranked[rank] as Band).code),
      holds: Uint8Array.from(ranked, (_, rank) => (ranks.includes(rank) ? 1 : 0)),
    };
    sets.set(key, set);
    return set;
  }

  function intervalsOf(day: number): readonly BandInterval[] {
    const known = days.get(day);
    if (known) return known;
    const pieces = piecesOf(day * DAY_MS, zone).flatMap((piece) => intervalsIn(piece, spansOn, setOf));
    if (days.size >= MOST_DAYS) days.clear();
    days.set(day, pieces);
    return pieces;
  }

  const always = { fromMs: Number.NEGATIVE_INFINITY, toMs: Number.POSITIVE_INFINITY, set: setOf([]) };
  return {
    ranked,
    at(ms) {
      if (ranked.length === 0) return always;
      const intervals = intervalsOf(Math.floor(ms / DAY_MS));
      let [low, high] = [0, intervals.length - 1];
      while (low < high) {
        const middle = (low + high + 1) >> 1;
        if ((intervals[middle] as BandInterval).fromMs <= ms) low = middle;
        else high = middle - 1;
      }
      return intervals[low] as BandInterval;
    },
    rankOf(code) {
      const rank = ranked.findIndex((band) => band.code === code);
      if (rank < 0) throw new RangeError(`the plan has no band ${JSON.stringify(code)}`);
      return rank;
    },
  };
}

const asksForHolidays = ({ windows }: Band) => windows.some((window) => window.holidays !== "any");

/** Milliseconds of the wall clock, counted as if it never jumped. */
type Span = { readonly from: number; readonly to: number };
/** The windows that begin on a day (counted from 1970-01-01). */
type SpansOfDay = (day: number) => readonly Span[];

function spansOfDay(windows: readonly BandWindow[], isHoliday: (isoDate: string) => boolean): SpansOfDay {
  const timed = windows.map(({ from, to, ...when }) => {
    const [begins, ends] = [minuteOf(from), minuteOf(to)];
    return { ...when, from: begins * 60_000, to: (ends > begins ? ends : ends + 24 * 60) * 60_000 };
  });
  return (day) => {
    const isoDate = EPOCH.add({ days: day }).toString();
    // 1970-01-01 was a Thursday.
    const weekday = WEEKDAYS[(((day + 3) % 7) + 7) % 7] as (typeof WEEKDAYS)[number];
    return timed
      .filter(({ weekdays, fromDate, toDate, holidays }) => {
        if (weekdays && !weekdays.includes(weekday)) return false;
        if ((fromDate && isoDate < fromDate) || (toDate && isoDate > toDate)) return false;
        return holidays === "any" || isHoliday(isoDate) === (holidays === "only");
      })
      .map(({ from, to }) => ({ from: day * DAY_MS + from, to: day * DAY_MS + to }));
  };
}

const minuteOf = (time: string) => Number(time.slice(0, 2)) * 60 + Number(time.slice(3));

/** A part of a day of UTC in which the zone keeps its offset: the wall clock shows `offsetMs` more than UTC. */
type Piece = { readonly fromMs: number; readonly toMs: number; readonly offsetMs: number };

function piecesOf(dayMs: number, zone: string): Piece[] {
  const pieces: Piece[] = [];
  let at = Temporal.Instant.fromEpochMilliseconds(dayMs).toZonedDateTimeISO(zone);
  while (at.epochMilliseconds < dayMs + DAY_MS) {
    const next = at.getTimeZoneTransition("next");
    const toMs = Math.min(next?.epochMilliseconds ?? Number.POSITIVE_INFINITY, dayMs + DAY_MS);
    pieces.push({ fromMs: at.epochMilliseconds, toMs, offsetMs: at.offsetNanoseconds / 1_000_000 });
    at = Temporal.Instant.fromEpochMilliseconds(toMs).toZonedDateTimeISO(zone);
  }
  return pieces;
}

function intervalsIn(
  { fromMs, toMs, offsetMs }: Piece,
  spansOn: readonly SpansOfDay[],
  setOf: (ranks: readonly number[]) => BandSet,
): BandInterval[] {
  const dayOf = (ms: number) => Math.floor((ms + offsetMs) / DAY_MS);
  // From the day before: its windows may run past midnight.
  const localDays = Array.from({ length: dayOf(toMs - 1) - dayOf(fromMs) + 2 }, (_, i) => dayOf(fromMs) - 1 + i);
  const spans = spansOn.map((of) => localDays.flatMap(of).map(({ from, to }) => ({ from: from - offsetMs, to: to - offsetMs })));
  const cuts = spans.flat().flatMap(({ from, to }) => [from, to]);
  const starts = [...new Set([fromMs, ...cuts.filter((ms) => ms > fromMs && ms < toMs)])].sort((a, b) => a - b);
  return starts.map((start, index) => ({
    fromMs: start,
    toMs: starts[index + 1] ?? toMs,
    set: setOf(spans.flatMap((of, rank) => (of.some(({ from, to }) => from <= start && start < to) ? [rank] : []))),
  }));
}
