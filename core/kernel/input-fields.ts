// The fields that inputs of commands are made of, so that an id, an instant or an amount is checked alike everywhere.
import * as v from "valibot";
import { parseMicros } from "./money.ts";

// PostgreSQL's text holds no NUL and only whole characters.
const storable = (value: string) => !/\p{Cc}/u.test(value) && value.isWellFormed();

export const idField = v.pipe(v.string("must be an id"), v.uuid("must be an id"));

/** Text of one line, trimmed, 1 to `most` characters. */
export const lineField = (most: number) =>
  v.pipe(
    v.string("must be text"),
    v.trim(),
    v.minLength(1, "must not be blank"),
    v.maxLength(most, `must have at most ${most} characters`),
    v.check(storable, "must not have control characters"),
  );

const isInstant = (value: string) => {
  try {
    const { year } = Temporal.Instant.from(value).toZonedDateTimeISO("UTC");
    return year >= 1970 && year < 2200;
  } catch {
    return false;
  }
};

/** ISO 8601 with offset, years 1970 to 2199 → `Temporal.Instant`. */
export const instantField = v.pipe(
  v.string("must be an instant such as 2026-11-01T00:00:00Z"),
  v.check(isInstant, "must be an instant such as 2026-11-01T00:00:00Z"),
  v.transform((value) => Temporal.Instant.from(value)),
);

const MOST_MICROS = 10_000_000_000n * 1_000_000n;
/** What one movement may come to, either way: some hundreds of the greatest fit into a balance. */
export const inReach = v.check((micros: bigint) => micros <= MOST_MICROS && micros >= -MOST_MICROS, "must be at most 10000000000");

/** A decimal string of zero or more, at most 6 decimals → micros. */
export const amountField = v.pipe(
  v.string('must be a decimal string such as "12.50"'),
  v.check((value) => (parseMicros(value) ?? -1n) >= 0n, 'must be a decimal string such as "12.50", zero or more, with at most 6 decimals'),
  v.transform((value) => parseMicros(value)!),
  inReach,
);

const knownCurrencies: ReadonlySet<string> = new Set(Intl.supportedValuesOf("currency"));

/** A currency of ISO 4217. */
export const currencyField = v.pipe(
  v.string("must be a currency of ISO 4217 such as EUR"),
  v.check((value) => knownCurrencies.has(value), "must be a currency of ISO 4217 such as EUR"),
);

const isZone = (value: string) => {
  // Temporal accepts offsets such as "+02:00" too, but they know no daylight saving.
  if (!/^[A-Za-z]/.test(value)) return false;
  try {
    Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(value);
    return true;
  } catch {
    return false;
  }
};

/** An IANA time zone. */
export const zoneField = v.pipe(
  v.string("must be a time zone such as Europe/Kyiv"),
  v.check(isZone, "must be a time zone such as Europe/Kyiv"),
);

const isLocale = (value: string) => {
  try {
    return Intl.NumberFormat.supportedLocalesOf(value).length === 1;
  } catch {
    return false;
  }
};

/** A BCP 47 language tag that figures and dates can be formatted in. */
export const localeField = v.pipe(v.string("must be a locale such as uk-UA"), v.check(isLocale, "must be a locale such as uk-UA"));

/** Distinct ids of groups, or null for "not limited to groups". */
export const groupIdsField = v.nullable(
  v.pipe(
    v.array(idField),
    v.minLength(1, "must name at least one group"),
    v.maxLength(500, "must name at most 500 groups"),
    v.transform((ids) => [...new Set(ids.map((id) => id.toLowerCase()))]),
  ),
);
