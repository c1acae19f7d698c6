// What a fact leaves in the state for the component that prices it, and what that costs in the period.
import type { CompiledComponent } from "./compile-usage.ts";
import type { Bundled } from "./draw-bundles.ts";
import type { InForce } from "./in-force.ts";
import { addToPeriod } from "./period-totals.ts";
import { countEvent } from "./price-component.ts";
import { isPaid } from "./price-usage.ts";
import type { TraceLine } from "./trace.ts";
import type { PeriodDelta } from "./usage-rating.ts";
import type { UsageState } from "./usage-state.ts";

/** Figures are in 10^-9 of the component's metric. */
export type Settled = {
  readonly bundled: Bundled;
  /** The fact's own figure, and that less what bundles paid of it. */
  readonly whole: bigint;
  readonly rest: bigint;
  /** Of a slice: the same of what lies before it in its session. */
  readonly before?: { readonly whole: bigint; readonly rest: bigint; readonly bundled: Bundled };
};

const TOTALS_OF_DIRECTIONS = ["prevailing_direction", "percentile_95"];

/** Directions are counted whole: bundles don't have any. What a bundle pays in full isn't in a component's total. */
export function settle(now: InForce, one: CompiledComponent, of: Settled, state: UsageState, trace?: TraceLine[]): PeriodDelta[] {
  const { component, metric } = one;
  const ofDirections = TOTALS_OF_DIRECTIONS.includes(component.aggregate);
  if (isPaid(of.bundled, metric) && !ofDirections) return [];
  const begun = of.before && (ofDirections || !isPaid(of.before.bundled, metric)) ? of.before : undefined;
  if (component.per === "event") {
    if (!begun) countEvent(now, one, state);
    return [];
  }
  return [
    ofDirections
      ? addToPeriod(now, component, { nano: of.whole, before: begun?.whole }, state, trace)
      : addToPeriod(now, component, { nano: of.rest, before: begun?.rest }, state, trace),
  ];
}
