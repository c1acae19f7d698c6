// Whole numbers that are exact whatever their size, and fast while they are small: sums of prices in parts of a rounding unit.
import { type RoundingMode, roundQuotient } from "../kernel/rational.ts";

/**
 * A whole number, 0 or more: a `number` only while it is below 2^53, where such are exact, else a bigint. With bigints alone
 * a call takes twice as long to price (tests/bench/rating.ts).
 */
export type Exact = number | bigint;

/** sum + price × count. A result that would have been rounded is at least 2^53, and seen by that. */
export function plusTimes(sum: Exact, price: Exact, count: number): Exact {
  if (typeof sum === "number" && typeof price === "number") {
    const result = sum + price * count;
    if (result <= Number.MAX_SAFE_INTEGER) return result;
  }
  return BigInt(sum) + BigInt(price) * BigInt(count);
}

export function times(a: Exact, b: Exact): Exact {
  if (typeof a === "number" && typeof b === "number") {
    const result = a * b;
    if (result <= Number.MAX_SAFE_INTEGER) return result;
  }
  return BigInt(a) * BigInt(b);
}

/** num/den rounded to a whole number, as `roundQuotient` does. */
export function roundExact(num: Exact, den: Exact, mode: RoundingMode): Exact {
  if (typeof num === "bigint" || typeof den === "bigint") return roundQuotient(BigInt(num), BigInt(den), mode);
  const rest = num % den;
  const floor = (num - rest) / den;
  if (rest === 0 || mode === "down") return floor;
  if (mode === "up") return floor + 1;
  // Below 2^54: doubling is exact.
  const twice = rest * 2;
  if (twice === den && mode === "half_even") return floor + (floor % 2);
  return twice >= den ? floor + 1 : floor;
}
