// How a charge line becomes money: once, by the plan's rounding. A credit is rounded as the charge it takes back, with the other sign.
import { type Rational, type RoundingMode, rational, roundQuotient } from "../../kernel/rational.ts";

/** To so many decimals of a currency unit (at most 6). */
export type Rounding = { readonly decimals: number; readonly mode: RoundingMode };

/** An exact amount in currency units as micros, rounded away from or towards zero alike on both sides of it. */
export function roundedMicros({ num, den }: Rational, { decimals, mode }: Rounding): bigint {
  const magnitude = roundQuotient((num < 0n ? -num : num) * 10n ** BigInt(decimals), den, mode) * 10n ** BigInt(6 - decimals);
  return num < 0n ? -magnitude : magnitude;
}

export const exactMicros = (amountMicros: bigint): Rational => rational(amountMicros, 1_000_000n);
