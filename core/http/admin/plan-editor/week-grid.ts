// Time bands as a week that can be painted: seven weekdays and public holidays, by half hours. Windows that a week can't show (dates, other
// minutes, holidays that depend on the weekday) stay as they are written. What is not painted anew keeps its windows too.
import { type Band, type BandWindow, WEEKDAYS } from "../../../catalog/document/calendar.ts";

export const CELLS = 48;
/** The weekdays, then public holidays. */
export const ROWS = [...WEEKDAYS, "holiday"] as const;
export type Row = (typeof ROWS)[number];

export type WeekGrid = {
  /** By row and half hour: the index of the band that holds, -1 for none. The last row is only meant when `ownHolidays`. */
  readonly cells: readonly (readonly number[])[];
  readonly ownHolidays: boolean;
};

const cellOf = (time: string): number | undefined => {
  const [hours, minutes] = time.split(":").map(Number);
  return minutes === 0 || minutes === 30 ? hours! * 2 + minutes! / 30 : undefined;
};
const timeOf = (cell: number) => `${String(Math.floor(cell / 2)).padStart(2, "0")}:${cell % 2 === 0 ? "00" : "30"}`;

/** Whether a week of half hours can show the window. */
export const isWeekly = ({ from, to, fromDate, toDate, holidays }: BandWindow): boolean =>
  !fromDate && !toDate && cellOf(from) !== undefined && cellOf(to) !== undefined && (holidays === "any" || from < to);

function holds({ weekdays, from, to, holidays }: BandWindow, day: number, cell: number, holiday: boolean): boolean {
  if (holidays === "only" ? !holiday : holidays === "except" && holiday) return false;
  const [start, end] = [cellOf(from)!, cellOf(to)!];
  const on = (index: number) => weekdays === undefined || weekdays.includes(WEEKDAYS[(index + 7) % 7]!);
  if (start < end) return on(day) && cell >= start && cell < end;
  return (on(day) && cell >= start) || (on(day - 1) && cell < end);
}

/** The band that decides at a half hour: the heaviest that holds, the first of equal ones. */
function bandAt(bands: readonly Band[], day: number, cell: number, holiday: boolean): number {
  let best = -1;
  for (const [index, band] of bands.entries()) {
    if (best >= 0 && band.weight <= bands[best]!.weight) continue;
    if (band.windows.some((window) => isWeekly(window) && holds(window, day, cell, holiday))) best = index;
  }
  return best;
}

/** The painted week, or undefined when on public holidays it depends on the weekday which band holds. */
export function gridOf(bands: readonly Band[]): WeekGrid | undefined {
  const row = (day: number, holiday: boolean) => Array.from({ length: CELLS }, (_, cell) => bandAt(bands, day, cell, holiday));
  const week = WEEKDAYS.map((_, day) => row(day, false));
  const holidays = WEEKDAYS.map((_, day) => row(day, true));
  const text = (cells: readonly number[]) => cells.join();
  if (holidays.every((cells, day) => text(cells) === text(week[day]!)))
    return { cells: [...week, Array.from({ length: CELLS }, () => -1)], ownHolidays: false };
  if (holidays.every((cells) => text(cells) === text(holidays[0]!))) return { cells: [...week, holidays[0]!], ownHolidays: true };
  return undefined;
}

export type Stroke = {
  readonly rows: readonly Row[];
  readonly from: string;
  readonly to: string /** Index; -1 wipes out. */;
  readonly band: number;
};

/** `from` after `to` runs past midnight, into the next row. Painting the holidays' row gives them a week of their own. */
export function painted(grid: WeekGrid, { rows, from, to, band }: Stroke): WeekGrid {
  const [start, end] = [cellOf(from), cellOf(to)];
  if (start === undefined || end === undefined) return grid;
  const cells = grid.cells.map((row) => [...row]);
  const fill = (row: number, a: number, b: number) => cells[row]?.fill(band, a, b);
  for (const name of rows) {
    const row = ROWS.indexOf(name);
    if (start < end) fill(row, start, end);
    else {
      fill(row, start, CELLS);
      fill(row === 7 ? 7 : (row + 1) % 7, 0, end);
    }
  }
  return { cells, ownHolidays: grid.ownHolidays || (rows.includes("holiday") && band >= 0) };
}

/** The windows that show exactly this week, by band; as few as days with the same hours allow. */
export function windowsOf({ cells, ownHolidays }: WeekGrid, bands: number): BandWindow[][] {
  return Array.from({ length: bands }, (_, band) => {
    const runs = cells.slice(0, 7).map((row) => runsOf(row, band));
    const overnight = ownHolidays ? [] : joinedNights(runs);
    const weekly = [...overnight, ...grouped(runs)].map((window) => (ownHolidays ? { ...window, holidays: "except" as const } : window));
    const holiday = ownHolidays
      ? runsOf(cells[7]!, band).map(([a, b]) => ({ ...window([...WEEKDAYS], a, b), holidays: "only" as const }))
      : [];
    return [...weekly, ...holiday];
  });
}

type Run = readonly [from: number, to: number];

function runsOf(row: readonly number[], band: number): Run[] {
  const runs: Run[] = [];
  let start = -1;
  for (let cell = 0; cell <= row.length; cell++) {
    const inside = cell < row.length && row[cell] === band;
    if (inside && start < 0) start = cell;
    if (!inside && start >= 0) {
      runs.push([start, cell]);
      start = -1;
    }
  }
  return runs;
}

const window = (weekdays: (typeof WEEKDAYS)[number][], from: number, to: number): BandWindow => ({
  ...(weekdays.length === 7 ? {} : { weekdays }),
  from: timeOf(from),
  to: timeOf(to),
  holidays: "any",
});

function byTime(all: readonly (readonly [day: number, run: Run])[]): BandWindow[] {
  const days = new Map<string, { run: Run; days: number[] }>();
  for (const [day, run] of all) {
    const same = days.get(run.join()) ?? { run, days: [] };
    same.days.push(day);
    days.set(run.join(), same);
  }
  return [...days.values()].map(({ run, days }) =>
    window(
      days.map((day) => WEEKDAYS[day]!),
      ...run,
    ),
  );
}

const grouped = (runs: readonly (readonly Run[])[]) => byTime(runs.flatMap((row, day) => row.map((run) => [day, run] as const)));

/** Evenings that go on in the morning of the next day become one window; they are taken out of `runs`. */
function joinedNights(runs: Run[][]): BandWindow[] {
  const nights: [number, Run][] = [];
  const evenings = runs.map((row) => row.find(([from, to]) => from > 0 && to === CELLS));
  const mornings = runs.map((row) => row.find(([from, to]) => from === 0 && to < CELLS));
  for (const [day, evening] of evenings.entries()) {
    const next = (day + 1) % 7;
    const morning = mornings[next];
    if (!evening || !morning || morning[1] >= evening[0]) continue;
    nights.push([day, [evening[0], morning[1]]]);
    runs[day] = runs[day]!.filter((run) => run !== evening);
    runs[next] = runs[next]!.filter((run) => run !== morning);
  }
  return byTime(nights);
}
