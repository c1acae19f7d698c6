// The fields of commands that move money by hand.
import * as v from "valibot";
import { amountField, inReach, lineField } from "../kernel/input-fields.ts";
import { parseMicros } from "../kernel/money.ts";

const signed = 'must be a decimal string such as "12.50", with a minus for what the account loses, and at most 6 decimals';

/** A decimal string of either sign, at most 6 decimals → micros. */
export const signedAmountField = v.pipe(
  v.string(signed),
  v.check((value) => parseMicros(value) !== undefined, signed),
  v.transform((value) => parseMicros(value)!),
  inReach,
);

/** A decimal string above zero, at most 6 decimals → micros. */
export const sumField = v.pipe(
  amountField,
  v.check((micros) => micros > 0n, "must be above zero"),
);

/** Why, for whoever reads the books. */
export const reasonField = lineField(500);
