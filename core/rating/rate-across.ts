// A call that outlives the plan version, or plan, that it began in: increments that begin after the change have the new prices.
import type { CompiledPlan } from "./compile-plan.ts";
import { type CallRating, type CallSlice, type CallUsage, charge, sliceOf } from "./rate-call.ts";
import type { TraceLine } from "./trace.ts";
import type { PlanSegment } from "./walk-increments.ts";

export type { PlanSegment };
export type TimedCall = CallUsage & { readonly startMs: number };

/**
 * Prices a call over the plans that are in force while it lasts, oldest first; the first must be in force when it begins.
 * Seconds go on counting from the beginning of the call; connect fee, free seconds, minimum, cap and rounding, once, are
 * those of the first. Refused when one that an increment begins in has no price for the destination. `trace` receives the
 * lines that explain it. Throws RangeError for segments that are empty, out of order or in different currencies.
 */
export function rateAcross(segments: readonly PlanSegment[], usage: TimedCall, trace?: TraceLine[]): CallRating {
  const { plan, later } = fromStart(segments, usage.startMs);
  return charge(plan, later, usage, trace);
}

/** As `rateSlice`, over plans. */
export const sliceAcross = (segments: readonly PlanSegment[], slice: CallSlice & { readonly startMs: number }): CallRating =>
  sliceOf(slice, (usage) => rateAcross(segments, { ...usage, startMs: slice.startMs }));

/** The plan in which a call begins, and those that follow. What ended before it doesn't matter. */
export function fromStart(
  segments: readonly PlanSegment[],
  startMs: number,
): { readonly plan: CompiledPlan; readonly later: readonly PlanSegment[] } {
  const first = Math.max(
    0,
    segments.findLastIndex(({ fromMs }) => fromMs <= startMs),
  );
  const plan = segments[first]?.plan;
  if (!plan) throw new RangeError("a call needs a plan that is in force when it begins");
  const later = segments.slice(first + 1);
  later.forEach(({ fromMs, plan: next }, index) => {
    if (fromMs <= (segments[first + index]?.fromMs ?? 0)) throw new RangeError("plans must be in the order in which they begin");
    if (next.currency !== plan.currency) throw new RangeError(`a call can't be charged in ${plan.currency} and ${next.currency}`);
  });
  return { plan, later };
}
