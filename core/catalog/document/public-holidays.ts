// Which days are public holidays of a country. The only file that knows the package date-holidays.
import { createRequire } from "node:module";
import type DateHolidays from "date-holidays";
import type { Holidays } from "./calendar.ts";

/** Loaded when the first plan with a country asks: it is large, and takes longer than everything else at the start of a process. */
const load = () => createRequire(import.meta.url)("date-holidays") as typeof DateHolidays;

type Place = Pick<Holidays, "country" | "state" | "region">;
type KnownPlace = { readonly calendar: DateHolidays; readonly years: Map<number, ReadonlySet<string>> };
const known = new Map<string, KnownPlace>();

function placeOf({ country = "", state = "", region = "" }: Place): KnownPlace {
  const key = JSON.stringify([country, state, region]);
  const place = known.get(key) ?? { calendar: new (load())(country, state, region), years: new Map() };
  known.set(key, place);
  return place;
}

/** What is wrong with the place, if anything: a country without known holidays would silently have none. */
export function placeMistake({ country, state, region }: Place): { readonly key: keyof Place; readonly message: string } | undefined {
  if (!country) {
    if (state || region) return { key: "country", message: "is missing: a state and a region are of a country" };
    return undefined;
  }
  const calendar = new (load())();
  const choice = (all: Record<string, string> | undefined) => Object.keys(all ?? {}).join(", ") || "none";
  const named = (name: string, all: Record<string, string> | undefined) => all !== undefined && Object.hasOwn(all, name);
  if (!named(country, calendar.getCountries())) return { key: "country", message: "is a country whose public holidays are not known" };
  if (!state) return region ? { key: "state", message: "is missing: a region is of a state" } : undefined;
  const states = calendar.getStates(country);
  if (!named(state, states)) return { key: "state", message: `must be one of: ${choice(states)}` };
  const regions = calendar.getRegions(country, state);
  if (region && !named(region, regions)) return { key: "region", message: `must be one of: ${choice(regions)}` };
  return undefined;
}

/** Tells whether a day ("2026-12-25") is a public holiday. A day that is `not` one wins over `also`. */
export function holidayTest(holidays: Holidays | undefined): (isoDate: string) => boolean {
  if (!holidays) return () => false;
  const also = new Set(holidays.also);
  const not = new Set(holidays.not);
  const place = holidays.country ? placeOf(holidays) : undefined;
  const observed = (isoDate: string) => {
    if (!place) return false;
    const year = Number(isoDate.slice(0, 4));
    // Holidays of several days may run over the end of the year.
    return daysOf(place, year).has(isoDate) || (isoDate.slice(5, 7) === "01" && daysOf(place, year - 1).has(isoDate));
  };
  return (isoDate) => !not.has(isoDate) && (also.has(isoDate) || observed(isoDate));
}

/** Whole civil days. One that is a holiday only from noon on is no day off; a plan may name it in `also`. */
function daysOf({ calendar, years }: KnownPlace, year: number): ReadonlySet<string> {
  const cached = years.get(year);
  if (cached) return cached;
  const days = new Set<string>();
  for (const { date, start, end, type } of calendar.getHolidays(year)) {
    if (type !== "public" || date.slice(11, 13) >= "12") continue;
    const first = Temporal.PlainDate.from(date.slice(0, 10));
    // Daylight saving makes one of the days an hour shorter or longer.
    const count = Math.max(1, Math.floor((end.getTime() - start.getTime() + 2 * HOUR_MS) / (24 * HOUR_MS)));
    for (let day = 0; day < count; day++) days.add(first.add({ days: day }).toString());
  }
  years.set(year, days);
  return days;
}

const HOUR_MS = 3_600_000;
