// Paging by key: a page begins after the last row of the one before it, so its cost doesn't grow with its number.
import * as v from "valibot";

export const mostPerPage = 200;

// Query strings carry text, programs carry numbers.
const wholeNumber = v.union([v.pipe(v.string(), v.regex(/^\d{1,9}$/, "must be a whole number"), v.transform(Number)), v.number()]);

/** How many rows, 1 to 200; 50 unless told. */
export const limitField = v.optional(v.pipe(wholeNumber, v.integer(), v.minValue(1), v.maxValue(mostPerPage)), 50);
export const providerField = v.optional(v.pipe(wholeNumber, v.integer(), v.minValue(1)));

const isCursor = (text: string) => {
  try {
    const key: unknown = JSON.parse(atob(text));
    return (
      Array.isArray(key) && key.length <= 4 && key.every((part) => typeof part === "string" && part.length <= 64 && !part.includes("\0"))
    );
  } catch {
    return false;
  }
};

/** Where the page before ended: what it gave as `next`. */
const cursorField = v.pipe(
  v.string(),
  v.maxLength(400),
  v.check(isCursor, "is not a place in this list"),
  v.transform((text) => JSON.parse(atob(text)) as string[]),
);

/** A cursor whose parts must look like `parts`; one that was made for another list is refused with the input. */
export const afterField = (...parts: readonly RegExp[]) =>
  v.optional(
    v.pipe(
      cursorField,
      v.check(
        (key) => key.length === parts.length && parts.every((part, i) => part.test(key[i]!) && (part !== instantPart || exists(key[i]!))),
        "is not a place in this list",
      ),
    ),
  );

export const uuidPart = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
export const numberPart = /^-?\d{1,18}$/;
export const instantPart = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$/;

/** Whether the calendar and the database know such an instant. */
const exists = (instant: string) => !Number.isNaN(Date.parse(instant)) && instant >= "1970" && instant < "2200";

export type Page<T> = { readonly rows: readonly T[]; readonly next: string | null };

/** The text of a cursor behind this key. */
export const cursorAt = (key: readonly (string | number)[]): string => btoa(JSON.stringify(key.map(String)));

/** Cuts a page out of `rows`, of which one more than `limit` was asked for. `keyOf` gives what the next page begins after. */
export function pageOf<T>(rows: readonly T[], limit: number, keyOf: (row: T) => readonly (string | number)[]): Page<T> {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return { rows: shown, next: rows.length > limit && last ? cursorAt(keyOf(last)) : null };
}
