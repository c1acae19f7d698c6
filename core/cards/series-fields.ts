// The fields that commands over series and ranges of cards share.
import * as v from "valibot";
import { idField, lineField } from "../kernel/input-fields.ts";
import { DURATION } from "./validity.ts";

export const MAX_RANGE = 1_000_000;

export const durationField = v.pipe(
  v.string('must be days or months, such as "P30D" or "P6M"'),
  v.regex(DURATION, 'must be days or months, such as "P30D" or "P6M"'),
);

export const dayField = v.pipe(
  v.string("must be a day such as 2026-11-01"),
  v.isoDate("must be a day such as 2026-11-01"),
  v.check((text) => {
    try {
      const { year } = Temporal.PlainDate.from(text, { overflow: "reject" });
      return year >= 1970 && year < 2200;
    } catch {
      return false;
    }
  }, "must be a day of the years 1970 to 2199"),
);

export const seriesCodeField = v.pipe(lineField(20), v.toUpperCase(), v.regex(/^[A-Z0-9]+$/, "must be letters from A to Z and digits"));

const serialField = v.pipe(
  v.number("must be a serial number"),
  v.integer("must be a whole number"),
  v.minValue(1, "must be at least 1"),
  v.maxValue(999_999_999_999, "is too large"),
);

const whyField = v.optional(lineField(500));

/** A range of serial numbers, both inside it, and why it is moved. */
export const rangeFields = { seriesId: idField, firstSerial: serialField, lastSerial: serialField, why: whyField };
