// The version of the plan that is in force when a usage begins. Before the first, it is the first.
import type { CompiledPlan } from "./compile-plan.ts";
import { usageOf } from "./compile-usage.ts";
import type { Asked } from "./match-usage.ts";
import type { UsageFact } from "./usage.ts";
import type { ServiceTerms } from "./usage-rating.ts";
import type { SessionSoFar } from "./usage-state.ts";

export type InForce = {
  readonly fact: UsageFact;
  readonly terms: ServiceTerms;
  readonly plan: CompiledPlan;
  /** When the version came into force, in milliseconds since 1970. */
  readonly fromMs: number;
  readonly asked: Asked;
  /** Of a slice: what of its session was rated already. */
  readonly known?: SessionSoFar;
};

/** Throws RangeError when the terms have no plan. */
export function inForce(terms: ServiceTerms, fact: UsageFact): InForce {
  const segment = terms.segments.findLast(({ fromMs }) => fromMs <= fact.startMs) ?? terms.segments[0];
  if (!segment) throw new RangeError("usage can't be rated without a plan");
  return { fact, terms, ...segment, asked: usageOf(segment.plan).asked(fact, terms.attributes) };
}
