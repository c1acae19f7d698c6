// How a price list is read: which column means what, and how its figures are written. Guessed from the file, corrected by a person.
import * as v from "valibot";
import { MAX_SECONDS } from "../document/fields.ts";
import { DELIMITERS, ENCODINGS } from "./text-table.ts";

/** What a column may mean, with the name that people see. */
export const FIELDS = {
  prefix: "Prefix",
  countryCode: "Country code",
  areaCodes: "Area codes",
  destination: "Destination",
  price: "Price",
  connectFee: "Connect fee",
  increment: "Increment, such as 60/1",
  first: "First increment, s",
  next: "Next increment, s",
  minimumSec: "Minimum time, s",
  minimumCharge: "Minimum charge",
  from: "Effective from",
  band: "Time band",
  action: "Action (new, changed, delete)",
} as const;
export type Field = keyof typeof FIELDS;
export const fieldNames = Object.keys(FIELDS) as Field[];

const oneColumn = "must name one column of the file for each meaning";
const column = v.pipe(v.number(oneColumn), v.integer(oneColumn), v.minValue(0, oneColumn), v.maxValue(99, oneColumn));
const columns = v.strictObject(
  Object.fromEntries(fieldNames.map((field) => [field, v.optional(column)])) as Record<Field, v.OptionalSchema<typeof column, undefined>>,
);

export const MODES = ["replace", "merge"] as const;
export const INCREMENT = /^(\d{1,5})\s*[/-]\s*(\d{1,5})$/;

export const deckReading = v.pipe(
  v.strictObject({
    sheet: v.optional(v.pipe(v.string(), v.maxLength(100))),
    encoding: v.optional(v.picklist(ENCODINGS)),
    delimiter: v.optional(v.picklist(DELIMITERS)),
    headerLine: v.pipe(
      v.number(),
      v.integer(),
      v.minValue(0),
      v.maxValue(1000),
      v.description("Line of the headings, from 1; lines above it are left out. 0: none."),
    ),
    columns: v.pipe(columns, v.description("Field → column, counted from 0.")),
    decimal: v.picklist([".", ","], 'must be "." or ","'),
    dates: v.picklist(["day_first", "month_first"], "must be day_first or month_first"),
    perSec: v.pipe(
      v.number(),
      v.integer(),
      v.minValue(1),
      v.maxValue(MAX_SECONDS),
      v.description("Seconds that a price is for: 60 for a minute."),
    ),
    increment: v.pipe(
      v.string(),
      v.regex(INCREMENT, 'must be first and next seconds such as "60/60" or "1/1"'),
      v.description("Of lines that say none."),
    ),
    mode: v.pipe(
      v.picklist(MODES, "must be replace or merge"),
      v.description(
        "`merge`: what the file doesn't mention stays. `replace`: the lines without a date are the whole deck; when every line has one, those of the earliest day are, from that day on.",
      ),
    ),
  }),
  v.forward(
    v.check(({ columns }) => columns.prefix !== undefined || columns.countryCode !== undefined, "must say which column has the prefix"),
    ["columns", "prefix"],
  ),
  v.forward(
    v.check(({ columns }) => columns.price !== undefined, "must say which column has the price"),
    ["columns", "price"],
  ),
  v.forward(
    v.check(
      ({ columns }) => new Set(Object.values(columns)).size === Object.values(columns).length,
      "must not give one column two meanings",
    ),
    ["columns"],
  ),
);
export type DeckReading = v.InferOutput<typeof deckReading>;
