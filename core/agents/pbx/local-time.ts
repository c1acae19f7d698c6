// A PBX writes wall-clock times without a zone. This turns them into instants, exactly across daylight saving and fast in between.

/** `flag` says that the wall-clock time never was (a clock put forward skipped it). */
export type LocalInstant = { readonly iso: string; readonly flag?: "local_time_skipped" };

/**
 * Reader of `YYYY-MM-DD HH:MM:SS` in one IANA zone. Null when the text isn't such a time.
 * `nearEpochSec` decides between the two instants of an hour that the clock repeats; without it the earlier is taken.
 */
export type LocalTimeReader = (text: string, nearEpochSec?: number) => LocalInstant | null;

const shape = /^\d{4}-\d\d-\d\d \d\d$/;
const CACHED_HOURS = 20_000;
const skipped = "local_time_skipped" as const;

/** Throws RangeError when the zone is not known. */
export function localTimeReader(zone: string): LocalTimeReader {
  Temporal.PlainDateTime.from("2026-01-01T00:00:00").toZonedDateTime(zone);
  // Local hour → the UTC hour it is; "" where minutes or daylight saving need the full computation; null where no such hour can be.
  const hours = new Map<string, string | null>();

  return (text, nearEpochSec) => {
    if (text.length !== 19 || !isMinuteAndSecond(text)) return null;
    const hour = text.slice(0, 13);
    let utcHour = hours.get(hour);
    if (utcHour === undefined) {
      if (hours.size >= CACHED_HOURS) hours.clear();
      utcHour = utcHourOf(hour, zone);
      hours.set(hour, utcHour);
    }
    if (utcHour === null) return null;
    if (utcHour !== "") return { iso: `${utcHour}${text.slice(13)}Z` };
    return resolve(text, zone, nearEpochSec);
  };
}

function isMinuteAndSecond(text: string): boolean {
  const digit = (at: number, max: number) => {
    const code = text.charCodeAt(at) - 48;
    return code >= 0 && code <= max;
  };
  return text[13] === ":" && text[16] === ":" && digit(14, 5) && digit(15, 9) && digit(17, 5) && digit(18, 9);
}

function utcHourOf(hour: string, zone: string): string | null {
  if (!shape.test(hour) || hour < "1970-01-02" || hour > "2199-12-30") return null;
  const day = hour.slice(0, 10);
  const clock = hour.slice(11);
  if (clock > "23") return null;
  let first: Temporal.PlainDateTime;
  try {
    first = Temporal.PlainDateTime.from(`${day}T${clock}:00:00`);
  } catch {
    return null;
  }
  const last = first.with({ minute: 59, second: 59 });
  const offsets = [first, last].flatMap((t) => [
    t.toZonedDateTime(zone, { disambiguation: "earlier" }).offsetNanoseconds,
    t.toZonedDateTime(zone, { disambiguation: "later" }).offsetNanoseconds,
  ]);
  const [offset = 0] = offsets;
  if (offsets.some((o) => o !== offset) || offset % 3_600_000_000_000 !== 0) return "";
  return first.toZonedDateTime(zone).toInstant().toString().slice(0, 13);
}

function resolve(text: string, zone: string, nearEpochSec: number | undefined): LocalInstant {
  const local = Temporal.PlainDateTime.from(text.replace(" ", "T"));
  const earlier = local.toZonedDateTime(zone, { disambiguation: "earlier" });
  const later = local.toZonedDateTime(zone, { disambiguation: "later" });
  // In a skipped hour both candidates read differently on the wall from what was asked.
  if (!earlier.toPlainDateTime().equals(local)) return { iso: later.toInstant().toString(), flag: skipped };
  if (nearEpochSec === undefined || earlier.epochNanoseconds === later.epochNanoseconds) return { iso: earlier.toInstant().toString() };
  const near = nearEpochSec * 1000;
  const isLater = Math.abs(later.epochMilliseconds - near) < Math.abs(earlier.epochMilliseconds - near);
  return { iso: (isLater ? later : earlier).toInstant().toString() };
}
