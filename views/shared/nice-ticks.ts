// Round values for an axis, in integers: a tick that is a money label must be exactly what it says.

/** A positive step of 1, 2 or 5 × 10^n that cuts `span` into at most `parts` pieces. */
export function niceStep(span: bigint, parts: number): bigint {
  const least = span <= 0n ? 1n : (span + BigInt(parts) - 1n) / BigInt(parts);
  let ten = 1n;
  while (ten * 10n <= least) ten *= 10n;
  for (const factor of [1n, 2n, 5n, 10n]) if (ten * factor >= least) return ten * factor;
  return ten * 10n;
}

/** Ticks from the highest to the lowest that enclose zero and every value: `[6000n, 4000n, 2000n, 0n]`. At least two. */
export function niceTicks(values: readonly bigint[], parts = 4): bigint[] {
  let low = 0n;
  let high = 0n;
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  const step = niceStep(high - low, parts);
  const top = high <= 0n ? (low === 0n ? step : 0n) : ((high + step - 1n) / step) * step;
  const bottom = low >= 0n ? 0n : -((-low + step - 1n) / step) * step;
  const ticks: bigint[] = [];
  for (let tick = top; tick >= bottom; tick -= step) ticks.push(tick);
  return ticks;
}
