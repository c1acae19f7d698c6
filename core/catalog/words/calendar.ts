// Time bands in words: "every day from 18:00 to 08:00, and all day on public holidays".
import { type Band, type BandWindow, type Holidays, WEEKDAYS } from "../document/calendar.ts";
import { counted, listed } from "./amounts.ts";

const LONG: Record<(typeof WEEKDAYS)[number], string> = {
  mon: "Monday",
  tue: "Tuesday",
  wed: "Wednesday",
  thu: "Thursday",
  fri: "Friday",
  sat: "Saturday",
  sun: "Sunday",
};
const country = new Intl.DisplayNames("en", { type: "region" });

function days(weekdays: BandWindow["weekdays"]): string {
  const chosen = WEEKDAYS.filter((day) => weekdays?.includes(day) ?? true);
  if (chosen.length === 7) return "every day";
  const first = WEEKDAYS.indexOf(chosen[0]!);
  const inARow = chosen.length > 2 && chosen.every((day, i) => day === WEEKDAYS[first + i]);
  return inARow ? `${LONG[chosen[0]!]} to ${LONG[chosen.at(-1)!]}` : listed(chosen.map((day) => LONG[day]));
}

export function windowInWords({ weekdays, from, to, fromDate, toDate, holidays }: BandWindow): string {
  const time = from === "00:00" && to === "24:00" ? "all day" : `from ${from} to ${to}${to < from ? " the next day" : ""}`;
  const onDays = days(weekdays);
  const day = holidays === "only" ? `on public holidays${onDays === "every day" ? "" : ` that fall on ${onDays}`}` : onDays;
  const dates = [fromDate && `from ${fromDate}`, toDate && `until ${toDate}`].filter(Boolean).join(" ");
  const words = time === "all day" && day === "every day" ? "at all times" : time === "all day" ? `${day}, all day` : `${day} ${time}`;
  return `${words}${holidays === "except" ? ", except on public holidays" : ""}${dates ? `, ${dates}` : ""}`;
}

export const bandName = ({ code, name }: Pick<Band, "code" | "name">): string => name ?? code;

export const bandInWords = (band: Band): string => listed(band.windows.map(windowInWords));

/** Which of several bands counts when they overlap, or nothing when there is only one. */
export function overlapInWords(bands: readonly Band[]): string[] {
  if (bands.length < 2) return [];
  const order = [...bands].sort((a, b) => b.weight - a.weight);
  return [`Where time bands overlap, the first of these that holds decides: ${listed(order.map(bandName))}.`];
}

export function holidaysInWords(holidays: Holidays | undefined): string {
  if (!holidays) return "no public holidays";
  const place = holidays.country
    ? `public holidays of ${country.of(holidays.country) ?? holidays.country}${holidays.state ? `, ${holidays.state}` : ""}${holidays.region ? `, ${holidays.region}` : ""}`
    : "no public holidays of a country";
  return [
    place,
    ...(holidays.also.length > 0
      ? [`also ${holidays.also.length < 4 ? listed(holidays.also) : counted(holidays.also.length, "day")}`]
      : []),
    ...(holidays.not.length > 0 ? [`but not ${holidays.not.length < 4 ? listed(holidays.not) : counted(holidays.not.length, "day")}`] : []),
  ].join(", ");
}
