// What a fact of usage of any kind costs on a service's terms, and what it leaves behind for the next. The live session, the batch, the quote and
// the re-rating call this one function, so that they can't differ.
import { useBundles } from "./draw-bundles.ts";
import { figureOf } from "./figures.ts";
import { inForce } from "./in-force.ts";
import { paidOf, priceUsage } from "./price-usage.ts";
import { isSlice, rateSlice } from "./rate-slice.ts";
import { settle } from "./settle-usage.ts";
import type { TraceLine } from "./trace.ts";
import type { UsageFact } from "./usage.ts";
import type { ServiceTerms, UsageRating } from "./usage-rating.ts";
import type { UsageState } from "./usage-state.ts";

/**
 * The price of the fact, once for each metric that a component prices. `state` is read and, unless the fact is refused, changed. `trace` receives
 * the lines that explain it. Throws RangeError for terms without a plan, and for figures that are no quantities.
 */
export function rateUsage(terms: ServiceTerms, fact: UsageFact, state: UsageState, trace?: TraceLine[]): UsageRating {
  if (isSlice(fact)) return rateSlice(terms, fact, state, trace);
  const now = inForce(terms, fact);
  const priced = priceUsage(now, state, trace);
  if (!priced.ok) return priced;

  // Nothing is refused from here on.
  const { components, bundled, ...rated } = priced;
  const drawn = useBundles(bundled.takes, state);
  const period = components.flatMap((one) => {
    const nano = figureOf(fact, one.metric) as bigint;
    return settle(now, one, { bundled, whole: nano, rest: nano - paidOf(bundled, one.metric) }, state, trace);
  });
  return { ...rated, period, drawn };
}
