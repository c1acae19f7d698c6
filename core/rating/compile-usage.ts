// What a plan says of any usage, made ready once: conditions, look-up tables, order by weight.
import type { Bundle, UsageComponent } from "../catalog/document/components.ts";
import type { PriceOf } from "../catalog/document/shapes.ts";
import { type CompiledPlan, compilePlan } from "./compile-plan.ts";
import { metricOf } from "./figures.ts";
import { type Asked, type Condition, compileWhere } from "./match-usage.ts";
import { compileByPrefix, type PrefixPrice } from "./shapes/by-prefix.ts";
import { compileTrafficClasses } from "./traffic-classes.ts";
import type { Attributes, TrafficFact, UsageFact } from "./usage.ts";

export type CompiledComponent = {
  readonly component: UsageComponent;
  readonly metric: string;
  readonly matches: Condition;
  /** Of a price by prefix, and of a deck of its own. */
  readonly byPrefix?: (destination: string) => PrefixPrice | undefined;
  readonly deck?: CompiledPlan;
};
export type CompiledBundle = { readonly bundle: Bundle; readonly metric: string; readonly matches: Condition };

export type CompiledUsage = {
  /** The heaviest first; of equal weight, the first in the plan. */
  readonly components: readonly CompiledComponent[];
  readonly bundles: readonly CompiledBundle[];
  asked(fact: UsageFact, attributes: Attributes): Asked;
};

const compiled = new WeakMap<CompiledPlan, CompiledUsage>();

/** Compiles what isn't the deck, the first time that it is asked for: most plans for calls need none of it. */
export function usageOf(plan: CompiledPlan): CompiledUsage {
  const known = compiled.get(plan);
  if (known) return known;
  const made = compileUsage(plan);
  compiled.set(plan, made);
  return made;
}

function compileUsage(plan: CompiledPlan): CompiledUsage {
  const { usage, bundles, trafficClasses } = plan.document;
  const classOf = compileTrafficClasses(trafficClasses);
  return {
    components: usage
      .map((component) => ({
        component,
        metric: metricOf(component),
        matches: compileWhere(component),
        ...(component.price.shape === "by_prefix" ? { byPrefix: compileByPrefix(component.price) } : {}),
        ...(component.price.shape === "rates" ? { deck: deckOf(plan, component.price) } : {}),
      }))
      .toSorted((a, b) => b.component.weight - a.component.weight),
    bundles: bundles.map((bundle) => ({ bundle, metric: metricOf(bundle), matches: compileWhere(bundle) })),
    asked(fact, attributes) {
      let band: { readonly code: string | undefined } | undefined;
      let trafficClass: string | undefined;
      return {
        fact,
        attributes,
        band() {
          band ??= { code: plan.bands.at(fact.startMs).set.codes[0] };
          return band.code;
        },
        trafficClass(traffic: TrafficFact) {
          trafficClass ??= classOf(traffic);
          return trafficClass;
        },
      };
    },
  };
}

/** The deck of a component as a plan of its own, in the bands and the zone of the plan that it is in. */
const deckOf = (plan: CompiledPlan, { rates }: PriceOf<"rates">): CompiledPlan =>
  compilePlan({ ...plan.document, rates, usage: [], bundles: [] }, { zone: plan.zone });
