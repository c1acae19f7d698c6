// How wide the bars of a distribution of amounts are: 1, 2 or 5 times a power of ten, so that their edges can be read.

/** Bars on each side of none. */
export const mostBuckets = 6;

/** The least readable width at which amounts up to this one fit on a side, in micros. */
export function bucketWidth(mostMicros: bigint): bigint {
  for (let power = 1n; ; power *= 10n)
    for (const factor of [1n, 2n, 5n]) if (factor * power * BigInt(mostBuckets) >= mostMicros) return factor * power;
}
