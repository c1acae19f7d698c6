// Chance that comes out the same each time: the demo's world is made from a seed.

export type Random = {
  /** 0 ≤ x < 1. */
  next(): number;
  /** A whole number, `from` ≤ n ≤ `to`. */
  between(from: number, to: number): number;
  of<T>(items: readonly T[]): T;
  /** One of `[item, weight]`, more often the heavier ones. */
  weighted<T>(items: readonly (readonly [T, number])[]): T;
};

/** Mulberry32: small, fast and even enough for made-up people. Never for money or secrets. */
export function randomFrom(seed: number): Random {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let x = Math.imul(state ^ (state >>> 15), state | 1);
    x ^= x + Math.imul(x ^ (x >>> 7), x | 61);
    return ((x ^ (x >>> 14)) >>> 0) / 4_294_967_296;
  };
  return {
    next,
    between: (from, to) => from + Math.floor(next() * (to - from + 1)),
    of: (items) => items[Math.floor(next() * items.length)]!,
    weighted(items) {
      let left = next() * items.reduce((sum, [, weight]) => sum + weight, 0);
      for (const [item, weight] of items) {
        left -= weight;
        if (left < 0) return item;
      }
      return items.at(-1)![0];
    },
  };
}
