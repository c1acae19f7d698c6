// Walks the increments of a call, over steps, time bands and plan versions, and adds up their prices exactly. What a call
// costs and how long a call an amount pays for are both answered by this walk, so that they can't differ.
import type { CompiledPlan } from "./compile-plan.ts";
import { type Exact, plusTimes, times } from "./exact.ts";
import { BLOCK, exactCell, HEAD, NO_BAND, STEP, startedIncrements } from "./tariff-table.ts";

/** A plan, or plan version, and the instant from which it is in force. */
export type PlanSegment = { readonly fromMs: number; readonly plan: CompiledPlan };

/** A call whose first rate is found. */
export type PricedCall = {
  readonly destination: string;
  /** Without it bands don't hold. */
  readonly startMs: number | undefined;
  /** Increments begin here; the connect fee is for calls that begin them at 0. */
  readonly coveredSec: number;
  readonly plan: CompiledPlan;
  readonly tariffAt: number;
  /** The plans after the first, oldest first. */
  readonly later: readonly PlanSegment[];
};

/** Increments with one price, for a trace. `plan` is the one in force, `index` that of its rate. */
export type Run = {
  readonly plan: CompiledPlan;
  readonly tariffAt: number;
  readonly index: number;
  readonly blockAt: number;
  readonly stepAt: number;
  readonly fromSec: number;
  increments: number;
};

export type Walk = {
  /** The price before minimum, cap and rounding, in `den`-ths of the first plan's rounding unit. */
  readonly num: Exact;
  readonly den: Exact;
  /** The end of the last increment. */
  readonly sec: number;
  /** Why it went no further: all is walked, the next increment would be too much, or has no price. */
  readonly end: "done" | "limit" | "no_rate";
};

/**
 * Walks the increments that begin before `toSec`, as long as `within` agrees to the sum (to a smaller one it must
 * agree too). `runs` receives what was walked.
 */
export function walkIncrements(
  call: PricedCall,
  toSec: number,
  within?: (num: Exact, den: Exact) => boolean,
  runs?: (run: Run) => void,
): Walk {
  const { startMs } = call;
  let part = firstPart(call);
  let sec = call.coveredSec;
  let num = sec === 0 ? exactCell(part.plan.tariffs, blockAt(part.plan, part.tariffAt, startMs) + BLOCK.connect) : 0;

  while (sec < toSec) {
    if (sec >= part.endSec) {
      const following = partAt(call, part, sec);
      if (!following) return { num, den: part.den, sec, end: "no_rate" };
      num = times(num, following.growth);
      part = following;
    }
    const { plan, tariffAt, index, den, scale } = part;
    const { tariffs } = plan;
    const { cells } = tariffs;
    let endSec = Math.min(toSec, part.endSec);
    let block = tariffAt + HEAD.size;
    if (cells[block + BLOCK.rank] !== NO_BAND) {
      const interval = startMs === undefined ? undefined : plan.bands.at(startMs + sec * 1000);
      block = interval ? blockOf(cells, block, interval.set.holds) : blockAt(plan, tariffAt, undefined);
      if (interval) endSec = Math.min(endSec, secondAt(startMs, interval.toMs));
    }
    let step = cells[block + BLOCK.stepsAt] as number;
    const lastStep = step + ((cells[block + BLOCK.stepCount] as number) - 1) * STEP.size;
    if (lastStep < step) return { num, den, sec, end: "no_rate" };

    while (sec < endSec) {
      while (step < lastStep && (cells[step + STEP.size + STEP.fromSec] as number) <= sec) step += STEP.size;
      const untilSec = step < lastStep ? Math.min(endSec, cells[step + STEP.size + STEP.fromSec] as number) : endSec;
      const incrementSec = cells[step + STEP.incrementSec] as number;
      const perIncrement = exactCell(tariffs, step + STEP.perIncrement);
      const price = scale === 1 ? perIncrement : times(perIncrement, scale);
      const all = startedIncrements(untilSec - sec, incrementSec);
      const sum = plusTimes(num, price, all);
      const increments = within && !within(sum, den) ? mostWithin(all, (count) => within(plusTimes(num, price, count), den)) : all;
      if (increments > 0) runs?.({ plan, tariffAt, index, blockAt: block, stepAt: step, fromSec: sec, increments });
      sec += increments * incrementSec;
      if (increments < all) return { num: plusTimes(num, price, increments), den, sec, end: "limit" };
      num = sum;
    }
  }
  return { num, den: part.den, sec, end: "done" };
}

/** The seconds of a call in which one plan is in force. */
type Part = {
  readonly plan: CompiledPlan;
  readonly tariffAt: number;
  readonly index: number;
  /** The place in `later` of the plan after it, and the first second in which that is in force. */
  readonly next: number;
  readonly endSec: number;
  /** What sums are in from here on, what this plan's numerators are multiplied by for it, and a sum so far. */
  readonly den: Exact;
  readonly scale: Exact;
  readonly growth: Exact;
};

function firstPart({ plan, tariffAt, startMs, later }: PricedCall): Part {
  const den = exactCell(plan.tariffs, tariffAt + HEAD.den);
  return { plan, tariffAt, index: -1, next: 0, endSec: secondAt(startMs, later[0]?.fromMs), den, scale: 1, growth: 1 };
}

/** The part that the second is in, which is after `before`; none when its plan has no price for the destination. */
function partAt(call: PricedCall, before: Part, sec: number): Part | undefined {
  const { startMs, later } = call;
  let { next } = before;
  // A version may be so short that no increment begins in it.
  while (sec >= secondAt(startMs, later[next + 1]?.fromMs)) next++;
  const { plan } = later[next] as PlanSegment;
  const index = plan.prefixes.find(call.destination);
  if (index < 0) return undefined;
  const tariffAt = plan.tariffAt[index] as number;
  // A common denominator: theirs, and the first plan's rounding unit against theirs.
  const growth = times(exactCell(plan.tariffs, tariffAt + HEAD.den), 10 ** plan.decimals);
  const scale = times(before.den, 10 ** call.plan.decimals);
  const endSec = secondAt(startMs, later[next + 1]?.fromMs);
  return { plan, tariffAt, index, next: next + 1, endSec, den: times(before.den, growth), scale, growth };
}

/** The second of the call that begins at the instant, or next after it; Infinity when there is none, or the call's time is not known. */
const secondAt = (startMs: number | undefined, ms: number | undefined) =>
  startMs === undefined || ms === undefined ? Number.POSITIVE_INFINITY : Math.ceil((ms - startMs) / 1000);

/** The prices that hold at the instant: those of the heaviest band that the rate has a price for. */
export function blockAt(plan: CompiledPlan, tariffAt: number, ms: number | undefined): number {
  const { cells } = plan.tariffs;
  const first = tariffAt + HEAD.size;
  if ((cells[first + BLOCK.rank] as number) === NO_BAND) return first;
  if (ms === undefined) return first + ((cells[tariffAt + HEAD.blocks] as number) - 1) * BLOCK.size;
  return blockOf(cells, first, plan.bands.at(ms).set.holds);
}

function blockOf(cells: Float64Array, first: number, holds: Uint8Array): number {
  let block = first;
  for (let rank = cells[block] as number; rank !== NO_BAND && holds[rank] !== 1; rank = cells[block] as number) block += BLOCK.size;
  return block;
}

/** The largest count below `all` that is within, or 0. */
function mostWithin(all: number, within: (count: number) => boolean): number {
  let [low, high] = [0, all - 1];
  while (low < high) {
    const middle = low + Math.ceil((high - low) / 2);
    if (within(middle)) low = middle;
    else high = middle - 1;
  }
  return low;
}
