// Money is an integer count of micro-units (10^-6 of the currency unit); a float never holds an amount.

export const MICROS_PER_UNIT = 1_000_000n;

const DECIMAL = /^(-?)(\d{1,12})(?:\.(\d{1,6}))?$/;

/** "12.34" → 12340000n. At most 12 digits before and 6 after the point; anything else is `undefined`. */
export function parseMicros(text: string): bigint | undefined {
  const match = DECIMAL.exec(text.trim());
  if (!match) return undefined;
  const micros = BigInt(match[2]!) * MICROS_PER_UNIT + BigInt((match[3] ?? "").padEnd(6, "0"));
  return match[1] === "-" ? -micros : micros;
}

/** 12340000n → "12.34": exact, at least `minDecimals` places (2 unless told), no more than needed. */
export function formatMicros(micros: bigint, minDecimals = 2): string {
  const magnitude = micros < 0n ? -micros : micros;
  const fraction = (magnitude % MICROS_PER_UNIT).toString().padStart(6, "0");
  let end = 6;
  while (end > minDecimals && fraction[end - 1] === "0") end--;
  const decimals = end === 0 ? "" : `.${fraction.slice(0, end)}`;
  return `${micros < 0n ? "-" : ""}${magnitude / MICROS_PER_UNIT}${decimals}`;
}
