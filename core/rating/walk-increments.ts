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
  const { startMs, later } = call;
  let { plan, tariffAt } = call;
  let den = exactCell(plan.tariffs, tariffAt + HEAD.den);
  let sec = call.coveredSec;
  let num = sec === 0 ? exactCell(plan.tariffs, blockAt(plan, tariffAt, startMs) + BLOCK.connect) : 0;
  let scale: Exact = 1;
  let index = -1;
  let next = 0;

  while (sec < toSec) {
    let endSec = toSec;
    const following = later[next];
    if (following && startMs !== undefined) {
      const changeSec = secondAt(startMs, following.fromMs);
      if (sec >= changeSec) {
        next++;
        const upcoming = later[next];
        if (upcoming && sec >= secondAt(startMs, upcoming.fromMs)) continue;
        plan = following.plan;
        index = plan.prefixes.find(call.destination);
        if (index < 0) return { num, den, sec, end: "no_rate" };
        tariffAt = plan.tariffAt[index] as number;
        // A common denominator: theirs, and the first plan's rounding unit against theirs.
        const factor = times(exactCell(plan.tariffs, tariffAt + HEAD.den), 10 ** plan.decimals);
        scale = times(10 ** call.plan.decimals, den);
        [num, den] = [times(num, factor), times(den, factor)];
        continue;
      }
      endSec = Math.min(endSec, changeSec);
    }

    const { tariffs, bands } = plan;
    const { cells } = tariffs;
    let block = tariffAt + HEAD.size;
    if ((cells[block + BLOCK.rank] as number) !== NO_BAND) {
      if (startMs === undefined) block = blockAt(plan, tariffAt, undefined);
      else {
        const interval = bands.at(startMs + sec * 1000);
        block = blockOf(cells, block, interval.set.holds);
        endSec = Math.min(endSec, secondAt(startMs, interval.toMs));
      }
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
  return { num, den, sec, end: "done" };
}

/** The second of the call that begins at the instant or next after it. Exact to the fraction of a millisecond for calls of up to years. */
const secondAt = (startMs: number, ms: number) => Math.ceil((ms - startMs) / 1000);

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
