// All tariffs of a plan in one array of numbers. Kept as objects with bigints, a deck of 100,000 prefixes spends its time
// in cache misses: half a million calls a second against 1.2 million as a table (tests/bench/rating.ts).
import type { PlanRate } from "../catalog/plan-document.ts";
import { fromDecimal, lcm, multiply, type Rational, rational, ZERO } from "../kernel/rational.ts";

/**
 * A tariff is what a call costs, whatever its destination is called. It starts at an offset `at` of `cells`, with the
 * fields of `HEAD`, then `STEP` for each step. Cells are whole numbers; one that a float can't hold exactly is NaN
 * there and a bigint in `wide`, so that `exactCell` is exact for every price.
 */
export type TariffTable = {
  readonly cells: Float64Array;
  readonly wide: ReadonlyMap<number, bigint>;
  /** What only a trace needs, by the tariff's offset. */
  readonly written: ReadonlyMap<number, WrittenTariff>;
};

/** Numerators (`connect`, `minimum`, `perIncrement`) are in `den`-ths of the plan's rounding unit: sums are exact. */
export const HEAD = { freeSec: 0, stepCount: 1, den: 2, connect: 3, minimum: 4, size: 5 } as const;
/** Seconds from `startSec` to `endSec` (Infinity in the last) are billed in whole increments. */
export const STEP = { startSec: 0, endSec: 1, incrementSec: 2, perIncrement: 3, size: 4 } as const;

export type WrittenTariff = {
  /** `den` against a whole currency unit. */
  readonly currencyDen: bigint;
  readonly steps: readonly { readonly price: string; readonly perSec: number }[];
};

export const exactCell = ({ cells, wide }: TariffTable, at: number): bigint => {
  const cell = cells[at] as number;
  if (cell === 0) return 0n;
  return Number.isNaN(cell) ? (wide.get(at) as bigint) : BigInt(cell);
};

/** Compiles the rates' prices; `tariffAt[i]` is the offset of rate i's. Rates that are priced alike share a tariff. */
export function compileTariffs(
  rates: readonly PlanRate[],
  unitsPerCurrency: bigint,
): { readonly table: TariffTable; readonly tariffAt: Int32Array } {
  const cells: number[] = [];
  const wide = new Map<number, bigint>();
  const written = new Map<number, WrittenTariff>();
  const known = new Map<string, number>();
  const push = (value: number | bigint) => {
    const exact = typeof value === "number" || value <= Number.MAX_SAFE_INTEGER;
    if (!exact) wide.set(cells.length, value);
    cells.push(exact ? Number(value) : Number.NaN);
  };

  const tariffAt = Int32Array.from(rates, (rate) => {
    const key = JSON.stringify([rate.connectFee, rate.minimumCharge, rate.freeSec, rate.steps]);
    const same = known.get(key);
    if (same !== undefined) return same;

    const at = cells.length;
    const { den, connect, minimum, perIncrement } = commonNumerators(rate, unitsPerCurrency);
    const bounds = stepBounds(rate.steps);
    for (const head of [rate.freeSec ?? 0, bounds.length, den, connect, minimum]) push(head);
    for (const { index, startSec, endSec, incrementSec } of bounds)
      for (const field of [startSec, endSec, incrementSec, perIncrement[index] as bigint]) push(field);
    written.set(at, {
      currencyDen: den * unitsPerCurrency,
      steps: bounds.map(({ price, perSec }) => ({ price, perSec })),
    });
    known.set(key, at);
    return at;
  });
  return { table: { cells: Float64Array.from(cells), wide, written }, tariffAt };
}

/** All prices of a rate as integers over their least common denominator. */
function commonNumerators(rate: PlanRate, unitsPerCurrency: bigint) {
  const units = rational(unitsPerCurrency);
  const inUnits = (price: string) => multiply(fromDecimal(price), units);
  const connect = inUnits(rate.connectFee);
  const minimum = rate.minimumCharge ? inUnits(rate.minimumCharge) : ZERO;
  const perIncrement = rate.steps.map(({ price, incrementSec, perSec }) =>
    multiply(inUnits(price), rational(BigInt(incrementSec), BigInt(perSec))),
  );
  const den = [connect, minimum, ...perIncrement].reduce((all, part) => lcm(all, part.den), 1n);
  const numerator = (value: Rational) => value.num * (den / value.den);
  return { den, connect: numerator(connect), minimum: numerator(minimum), perIncrement: perIncrement.map(numerator) };
}

/**
 * When each step really begins. An increment that has begun keeps its price to its end, so a step begins at the first
 * increment that starts at or after `fromSec`; one that is overrun by a long increment before it never begins.
 */
function stepBounds(steps: PlanRate["steps"]) {
  let startSec = 0;
  return steps.flatMap((step, index) => {
    const nextFromSec = steps[index + 1]?.fromSec;
    if (nextFromSec === undefined) return [{ ...step, index, startSec, endSec: Number.POSITIVE_INFINITY }];
    if (nextFromSec <= startSec) return [];
    const begins = startSec;
    startSec += startedIncrements(nextFromSec - startSec, step.incrementSec) * step.incrementSec;
    return [{ ...step, index, startSec: begins, endSec: startSec }];
  });
}

/** Started increments in so many seconds; exact, since both are whole and below 2^53. */
export function startedIncrements(seconds: number, incrementSec: number): number {
  const rest = seconds % incrementSec;
  return (seconds - rest) / incrementSec + (rest > 0 ? 1 : 0);
}
