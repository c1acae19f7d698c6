// How long a call may last for the money there is: what a live call is allowed before it begins, by the walk that prices it.
import { longestWithin } from "./call-cost.ts";
import { fromStart } from "./rate-across.ts";
import type { NoRate } from "./rate-call.ts";
import type { PlanSegment } from "./walk-increments.ts";

export type Affordable = { readonly ok: true; readonly sec: number } | NoRate;

/**
 * The longest duration, in whole seconds up to MAX_SECONDS, whose price is at most `limitMicros`; 0 when the first increment
 * costs more. It ends where the cap of the rate ends the call, and where the plan has no price any more. Refused when
 * there is no price at the beginning. A limit below zero affords nothing, not even what is free.
 */
export function affordableSec(
  segments: readonly PlanSegment[],
  { destination, startMs, coveredSec = 0 }: { readonly destination: string; readonly startMs: number; readonly coveredSec?: number },
  limitMicros: bigint,
): Affordable {
  const { plan, later } = fromStart(segments, startMs);
  const index = plan.prefixes.find(destination);
  if (index < 0) return { ok: false, code: "no_rate", destination };
  if (limitMicros < 0n) return { ok: true, sec: 0 };
  const call = { destination, startMs: Math.floor(startMs), coveredSec, plan, tariffAt: plan.tariffAt[index] as number, later };
  const sec = longestWithin(call, limitMicros / plan.microsPerUnit);
  return sec === undefined ? { ok: false, code: "no_rate", destination, fromSec: 0 } : { ok: true, sec };
}
