// Exact fractions: what a price is before it is rounded. A plan compiles to them, a trace prints them; no float takes part.

/** A fraction in lowest terms; `den` > 0. */
export type Rational = { readonly num: bigint; readonly den: bigint };

export const ROUNDING_MODES = ["half_up", "half_even", "up", "down"] as const;
export type RoundingMode = (typeof ROUNDING_MODES)[number];

export const ZERO: Rational = { num: 0n, den: 1n };

const DECIMAL = /^(-?)(\d+)(?:\.(\d+))?$/;

export function gcd(a: bigint, b: bigint): bigint {
  let [x, y] = [a < 0n ? -a : a, b < 0n ? -b : b];
  while (y !== 0n) [x, y] = [y, x % y];
  return x;
}

export const lcm = (a: bigint, b: bigint): bigint => (a / gcd(a, b)) * b;

/** `num`/`den` in lowest terms. Throws RangeError when `den` is zero. */
export function rational(num: bigint, den = 1n): Rational {
  if (den === 0n) throw new RangeError("a fraction cannot have the denominator 0");
  const common = gcd(num, den) * (den < 0n ? -1n : 1n);
  return { num: num / common, den: den / common };
}

/** "0.033" → 33/1000, with any number of decimals. Throws RangeError on anything but a plain decimal. */
export function fromDecimal(text: string): Rational {
  const match = DECIMAL.exec(text);
  if (!match) throw new RangeError(`not a decimal: ${JSON.stringify(text)}`);
  const [, sign, whole = "", fraction = ""] = match;
  return rational(BigInt(`${sign}${whole}${fraction}`), 10n ** BigInt(fraction.length));
}

export const add = (a: Rational, b: Rational): Rational => rational(a.num * b.den + b.num * a.den, a.den * b.den);

export const subtract = (a: Rational, b: Rational): Rational => rational(a.num * b.den - b.num * a.den, a.den * b.den);

export const isLess = (a: Rational, b: Rational): boolean => a.num * b.den < b.num * a.den;

export const least = (a: Rational, b: Rational): Rational => (isLess(b, a) ? b : a);

/** How many `size` the quantity has begun: 110.5 has begun 111 of size 1. None of what is not above zero. */
export function begun(quantity: Rational, size: Rational): bigint {
  const [num, den] = [quantity.num * size.den, quantity.den * size.num];
  return num <= 0n ? 0n : (num + den - 1n) / den;
}

export const multiply = (a: Rational, b: Rational): Rational => rational(a.num * b.num, a.den * b.den);

/** `num`/`den` rounded to an integer; num ≥ 0 and den > 0. "up" is away from zero. */
export function roundQuotient(num: bigint, den: bigint, mode: RoundingMode): bigint {
  const floor = num / den;
  const rest = num - floor * den;
  if (rest === 0n || mode === "down") return floor;
  if (mode === "up") return floor + 1n;
  const twice = rest * 2n;
  if (twice === den && mode === "half_even") return floor + (floor & 1n);
  return twice >= den ? floor + 1n : floor;
}

/** The exact value as text: "0.65" when the decimals end, else a fraction, "77/120". */
export function toExactText(value: Rational): string {
  let rest = value.den;
  let decimals = 0;
  while (rest % 10n === 0n) [rest, decimals] = [rest / 10n, decimals + 1];
  // What is left of a terminating decimal's denominator is a power of two or a power of five.
  for (const factor of [2n, 5n]) while (rest % factor === 0n) [rest, decimals] = [rest / factor, decimals + 1];
  if (rest !== 1n) return `${value.num}/${value.den}`;
  return decimalText((value.num * 10n ** BigInt(decimals)) / value.den, decimals);
}

/** What `toExactText` wrote. Throws RangeError on anything else. */
export function fromExactText(text: string): Rational {
  const [num = "", den] = text.split("/");
  return den === undefined ? fromDecimal(num) : rational(BigInt(num), BigInt(den));
}

/** 6417n with 4 decimals → "0.6417". */
export function decimalText(scaled: bigint, decimals: number): string {
  const digits = (scaled < 0n ? -scaled : scaled).toString().padStart(decimals + 1, "0");
  const sign = scaled < 0n ? "-" : "";
  if (decimals === 0) return sign + digits;
  return `${sign}${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`;
}
