// What is typed off a card.
import * as v from "valibot";
import { readSerial } from "./card-of-pin.ts";

/** As typed, with its dashes; a typo is found by its check. */
export const pinField = v.pipe(v.string("must be text"), v.maxLength(100, "is too long"));

export const serialField = v.optional(
  v.pipe(
    v.string("must be text"),
    v.check((text) => text.trim() === "" || readSerial(text) !== undefined, 'must be a serial number such as "SUMMER-0000123"'),
    v.transform((text) => (text.trim() === "" ? undefined : readSerial(text))),
  ),
);

/** Where the one who typed it sits: guesses are counted by address too. */
export const clientAddressField = v.optional(
  v.pipe(v.string(), v.maxLength(45), v.regex(/^[0-9a-fA-F.:]{2,45}$/, "must be an IP address")),
);
