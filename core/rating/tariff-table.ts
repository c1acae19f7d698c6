// All tariffs of a plan in one array of numbers. Kept as objects with bigints, a deck of 100,000 prefixes spends its time
// in cache misses: half a million calls a second against 1.2 million as a table (tests/bench/rating.ts).
import type { PlanRate } from "../catalog/plan-document.ts";
import { fromDecimal, lcm, multiply, type Rational, rational, ZERO } from "../kernel/rational.ts";
import type { Exact } from "./exact.ts";

/**
 * A tariff is what a call costs, whatever its destination is called. It starts at an offset `at` of `cells`, with the
 * fields of `HEAD`, then `BLOCK` for each time band that has prices, the heaviest first, and for all other times, the
 * last; then `STEP` for each step of each block. Cells are whole numbers; one that a float can't hold exactly is NaN
 * there and a bigint in `wide`, so that `exactCell` is exact for every price.
 */
export type TariffTable = {
  readonly cells: Float64Array;
  readonly wide: ReadonlyMap<number, bigint>;
  /** What only a trace needs, by the tariff's offset. */
  readonly written: ReadonlyMap<number, WrittenTariff>;
};

/**
 * Numerators (`minimum`, `cap`, `connect`, `perIncrement`) are in `den`-ths of the plan's rounding unit: sums are exact.
 * NO_CAP: there is none. `endsCall` is 1 when the cap ends the call, 0 when the rest is free.
 */
export const HEAD = { freeSec: 0, den: 1, minimum: 2, cap: 3, endsCall: 4, blocks: 5, size: 6 } as const;
export const NO_CAP = -1;
/** `rank` of the band, NO_BAND in the last; `stepsAt` is an offset of `cells`. No steps: there is no price at that time. */
export const BLOCK = { rank: 0, connect: 1, stepsAt: 2, stepCount: 3, size: 4 } as const;
export const NO_BAND = -1;
export const STEP = { fromSec: 0, incrementSec: 1, perIncrement: 2, size: 3 } as const;

export type WrittenTariff = {
  /** `den` against a whole currency unit. */
  readonly currencyDen: bigint;
  /** Of all blocks in turn, as in the table. */
  readonly steps: readonly { readonly price: string; readonly perSec: number }[];
};

export const exactCell = ({ cells, wide }: TariffTable, at: number): Exact => {
  const cell = cells[at] as number;
  return Number.isNaN(cell) ? (wide.get(at) as bigint) : cell;
};

export const writtenTariff = ({ written }: TariffTable, tariffAt: number) => written.get(tariffAt) as WrittenTariff;

/** The price and its unit of a step, as the plan has it. */
export function writtenStep(table: TariffTable, tariffAt: number, stepAt: number) {
  const { cells } = table;
  const firstAt = tariffAt + HEAD.size + (cells[tariffAt + HEAD.blocks] as number) * BLOCK.size;
  return writtenTariff(table, tariffAt).steps[(stepAt - firstAt) / STEP.size] as WrittenTariff["steps"][number];
}

/**
 * Compiles the rates' prices; `tariffAt[i]` is the offset of rate i's. Rates that are priced alike share a tariff.
 * `rankOf` gives the place of a band among all, the heaviest first.
 */
export function compileTariffs(
  rates: readonly PlanRate[],
  unitsPerCurrency: bigint,
  rankOf: (band: string) => number,
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
    const key = JSON.stringify([rate.connectFee, rate.minimumCharge, rate.freeSec, rate.maxCost, rate.steps, rate.bands]);
    const same = known.get(key);
    if (same !== undefined) return same;

    const at = cells.length;
    const blocks = blocksOf(rate, rankOf);
    const { den, minimum, cap, connects, perIncrement } = commonNumerators(rate, blocks, unitsPerCurrency);
    for (const head of [rate.freeSec ?? 0, den, minimum, cap, rate.maxCost?.strategy === "disconnect" ? 1 : 0, blocks.length]) push(head);
    let stepsAt = cells.length + blocks.length * BLOCK.size;
    for (const [index, { rank, steps }] of blocks.entries()) {
      for (const field of [rank, connects[index] as bigint, stepsAt, steps.length]) push(field);
      stepsAt += steps.length * STEP.size;
    }
    const steps = blocks.flatMap((block) => block.steps);
    for (const [index, { fromSec, incrementSec }] of steps.entries())
      for (const field of [fromSec, incrementSec, perIncrement[index] as bigint]) push(field);
    written.set(at, { currencyDen: den * unitsPerCurrency, steps: steps.map(({ price, perSec }) => ({ price, perSec })) });
    known.set(key, at);
    return at;
  });
  return { table: { cells: Float64Array.from(cells), wide, written }, tariffAt };
}

type Block = { readonly rank: number; readonly connectFee: string; readonly steps: PlanRate["steps"] };

function blocksOf({ bands, connectFee, steps }: PlanRate, rankOf: (band: string) => number): Block[] {
  const inBands = bands.map((one) => ({ rank: rankOf(one.band), connectFee: one.connectFee ?? connectFee, steps: one.steps }));
  return [...inBands.sort((a, b) => a.rank - b.rank), { rank: NO_BAND, connectFee, steps }];
}

/** All prices of a rate as integers over their least common denominator. */
function commonNumerators(rate: PlanRate, blocks: readonly Block[], unitsPerCurrency: bigint) {
  const units = rational(unitsPerCurrency);
  const inUnits = (price: string) => multiply(fromDecimal(price), units);
  const minimum = rate.minimumCharge ? inUnits(rate.minimumCharge) : ZERO;
  const connects = blocks.map(({ connectFee }) => inUnits(connectFee));
  const perIncrement = blocks.flatMap(({ steps }) =>
    steps.map(({ price, incrementSec, perSec }) => multiply(inUnits(price), rational(BigInt(incrementSec), BigInt(perSec)))),
  );
  const most = rate.maxCost && inUnits(rate.maxCost.amount);
  const den = [minimum, ...(most ? [most] : []), ...connects, ...perIncrement].reduce((all, part) => lcm(all, part.den), 1n);
  const numerator = (value: Rational) => value.num * (den / value.den);
  const cap = most ? numerator(most) : BigInt(NO_CAP);
  return { den, minimum: numerator(minimum), cap, connects: connects.map(numerator), perIncrement: perIncrement.map(numerator) };
}

/** Started increments in so many seconds; exact, since both are whole and below 2^53. */
export function startedIncrements(seconds: number, incrementSec: number): number {
  const rest = seconds % incrementSec;
  return (seconds - rest) / incrementSec + (rest > 0 ? 1 : 0);
}
