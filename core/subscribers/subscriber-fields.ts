// The fields of a subscriber and of an account as commands accept them.
import * as v from "valibot";
import { amountField, currencyField, lineField } from "../kernel/input-fields.ts";

export const subscriberKindField = v.picklist(["person", "company"], "must be person or company");
export const subscriberNameField = lineField(200);
export const emailField = v.nullable(v.pipe(lineField(254), v.email("must be an e-mail address")));
export const phoneField = v.nullable(v.pipe(lineField(40), v.regex(/^[+\d][\d ()./-]*$/, "must be a telephone number")));

export const accountKindField = v.picklist(["prepaid", "postpaid"], "must be prepaid or postpaid");
export const accountNumberField = v.pipe(
  lineField(32),
  v.regex(/^[\p{L}\p{N}][\p{L}\p{N}./_-]*$/u, "must be letters, digits, and . / _ - between them"),
);

/** Currency is the provider's and the number the next of the series unless told. */
export const accountFields = {
  number: v.optional(accountNumberField),
  currency: v.optional(currencyField),
  kind: accountKindField,
  creditLimit: v.optional(amountField, "0"),
};
