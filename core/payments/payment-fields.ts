// Fields that the inputs of several commands share.
import * as v from "valibot";
import { minorDigits } from "../kernel/display.ts";
import { type Refusal, refuse } from "../kernel/errors.ts";
import { inReach, instantField, lineField } from "../kernel/input-fields.ts";
import { MICROS_PER_UNIT, parseMicros } from "../kernel/money.ts";

const amountMessage = 'must be an amount above zero such as "125.50"';

/** Decimal text above zero → micros. How many decimals the currency has is looked at when it is known: `refuseDecimals`. */
export const moneyField = v.pipe(
  v.string(amountMessage),
  v.check((text) => (parseMicros(text) ?? 0n) > 0n, amountMessage),
  v.transform((text) => parseMicros(text)!),
  inReach,
);

/** What the payer, or the bank, said. */
export const payerFields = {
  payerName: v.optional(lineField(200)),
  payerPhone: v.optional(lineField(40)),
  details: v.optional(lineField(1000)),
};

export const externalIdField = lineField(200);
export const paidAtField = v.optional(instantField);

const coins = (currency: string): bigint => MICROS_PER_UNIT / 10n ** BigInt(minorDigits(currency));

/** Nobody pays fractions of the currency's smallest coin. */
export const inCoins = (amountMicros: bigint, currency: string): boolean => amountMicros % coins(currency) === 0n;

export function refuseDecimals(amountMicros: bigint, currency: string): Refusal | undefined {
  if (inCoins(amountMicros, currency)) return undefined;
  const digits = minorDigits(currency);
  return refuse("invalid_input", { issues: [{ path: "amount", message: `must have at most ${digits} decimals: it is in ${currency}` }] });
}
