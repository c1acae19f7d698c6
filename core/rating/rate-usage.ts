// What a fact of usage of any kind costs on a service's terms: bundles first, then the components that match it, then the deck of calls. The live
// session, the batch, the quote and the re-rating call this one function, so that they can't differ.
import type { Bundle, UsageComponent } from "../catalog/document/components.ts";
import { type CompiledComponent, usageOf } from "./compile-usage.ts";
import { type Bundled, drawBundles, useBundles } from "./draw-bundles.ts";
import { figureOf, NANO } from "./figures.ts";
import { type InForce, inForce } from "./in-force.ts";
import { addToPeriod } from "./period-totals.ts";
import { countEvent, type PricedLine, priceComponent, priceDeck } from "./price-component.ts";
import { rateAcross } from "./rate-across.ts";
import type { TraceLine } from "./trace.ts";
import type { CallFact, UsageFact } from "./usage.ts";
import type { ChargeLine, PeriodDelta, RatedUsage, RefusedUsage, ServiceTerms, UsageRating } from "./usage-rating.ts";
import type { UsageState } from "./usage-state.ts";

/**
 * The price of the fact, once for each metric that a component prices. `state` is read and, unless the fact is refused, changed. `trace` receives
 * the lines that explain it. Throws RangeError for terms without a plan, and for figures that are no quantities.
 */
export function rateUsage(terms: ServiceTerms, fact: UsageFact, state: UsageState, trace?: TraceLine[]): UsageRating {
  const now = inForce(terms, fact);
  const usage = usageOf(now.plan);
  const components = pricing(usage.components, now);
  const received = fact.kind === "call" && fact.direction === "in" && components.length === 0;
  if (fact.kind === "call" && !fact.answered) return unanswered(now, fact, received, trace);

  const bundled = drawBundles(usage, now, (bundle) => mayPay(bundle, now, components, received), state, trace);
  if ("blocked" in bundled) return { ok: false, code: "blocked", bundle: bundled.blocked };
  const priced: PricedLine[] = [];
  for (const one of components) {
    if (one.component.per === "period" || isPaid(bundled, one.metric)) continue;
    const line = priceComponent(now, one, paidOf(bundled, one.metric), state, trace);
    if ("ok" in line) return { ok: false, code: "no_rate" };
    priced.push(line);
  }
  const included = [...bundled.paid.values()].some(({ all }) => all);
  if (components.length === 0 && !included && !received) {
    const line = fact.kind === "call" ? deckLine(now, fact, paidOf(bundled, "seconds"), trace) : noPrice(fact, trace);
    if ("ok" in line) return { ok: false, code: "no_rate" };
    priced.push(line);
  }
  if (received && bundled.takes.length === 0) trace?.push({ kind: "free", reason: "incoming" });

  // Nothing is refused from here on.
  const drawn = useBundles(bundled.takes, state);
  const period = components.flatMap((one) => settle(now, one, bundled, state, trace));
  return { ...summed(now, bundled, priced), period, drawn, reason: reasonOf(fact, bundled, priced, { received, included }) };
}

/** For each metric the heaviest component that matches and has a price for the destination. */
function pricing(components: readonly CompiledComponent[], { asked, fact }: InForce): CompiledComponent[] {
  const found = new Map<string, CompiledComponent>();
  for (const one of components) {
    if (found.has(one.metric) || !one.matches(asked) || figureOf(fact, one.metric) === undefined) continue;
    if (one.byPrefix && !("destination" in fact && one.byPrefix(fact.destination))) continue;
    if (one.deck && !("destination" in fact && one.deck.prefixes.find(fact.destination) >= 0)) continue;
    found.set(one.metric, one);
  }
  return [...found.values()];
}

/**
 * A call received that costs nothing takes nothing out of bundles, but those for calls received. A destination that has no price, in a plan that
 * prices destinations, is never free: a bundle that doesn't name it doesn't pay for it.
 */
function mayPay({ where }: Bundle, { plan, fact }: InForce, components: readonly CompiledComponent[], received: boolean): boolean {
  if (received) return where.direction === "in";
  if (components.length > 0 || where.prefixes || where.trunks || !("destination" in fact)) return true;
  if (fact.kind === "call" && plan.ratePrefixes.length > 0) return plan.prefixes.find(fact.destination) >= 0;
  return !plan.document.usage.some((one) => one.of === fact.kind && pricesDestinations(one));
}

const pricesDestinations = ({ price, where }: UsageComponent) =>
  price.shape === "rates" || price.shape === "by_prefix" || where.prefixes !== undefined;

const paidOf = ({ paid }: Bundled, metric: string): bigint => paid.get(metric)?.nano ?? 0n;

/** Nothing is left to price. What was not used at all has a price all the same: a flat fee. */
const isPaid = ({ paid }: Bundled, metric: string): boolean => {
  const own = paid.get(metric);
  return own?.all === true && own.nano > 0n;
};

const deckLine = (now: InForce, fact: CallFact, covered: bigint, trace?: TraceLine[]) =>
  priceDeck(now, fact, { code: "calls", covered, segments: now.terms.segments }, trace);

function noPrice({ kind }: UsageFact, trace?: TraceLine[]): RefusedUsage {
  trace?.push({ kind: "no_price", of: kind });
  return { ok: false, code: "no_rate" };
}

const TOTALS_OF_DIRECTIONS = ["prevailing_direction", "percentile_95"];

/** What the fact leaves in the state for its component, and what that costs in the period. Directions are counted whole: bundles don't have any. */
function settle(now: InForce, one: CompiledComponent, bundled: Bundled, state: UsageState, trace?: TraceLine[]): PeriodDelta[] {
  const { component, metric } = one;
  const ofDirections = TOTALS_OF_DIRECTIONS.includes(component.aggregate);
  if (isPaid(bundled, metric) && !ofDirections) return [];
  if (component.per === "event") {
    countEvent(now, one, state);
    return [];
  }
  const nano = (figureOf(now.fact, metric) as bigint) - (ofDirections ? 0n : paidOf(bundled, metric));
  return [addToPeriod(now, component, nano, state, trace)];
}

/** Nobody talked: nothing is charged, whatever the destination. */
function unanswered({ terms }: InForce, fact: CallFact, received: boolean, trace?: TraceLine[]): RatedUsage {
  const rating = received ? undefined : rateAcross(terms.segments, fact, trace);
  if (received) trace?.push({ kind: "free", reason: "incoming" });
  const named = rating?.ok ? rating : { prefix: null, destinationName: null };
  return {
    ok: true,
    amountMicros: 0n,
    taxMicros: 0n,
    lines: [],
    period: [],
    drawn: [],
    billedSec: 0,
    prefix: named.prefix,
    destinationName: named.destinationName,
    reason: received ? "incoming" : "not_answered",
  };
}

function summed({ plan, fact }: InForce, bundled: Bundled, priced: readonly PricedLine[]) {
  const lines: ChargeLine[] = [...bundled.lines, ...priced.map(({ line }) => line)];
  const named = lines.find(({ prefix }) => typeof prefix === "string") ?? namedByDeck(plan, fact);
  const taken = fact.kind === "call" ? bundled.takes.filter(({ grant }) => (grant.bundle.metric ?? "seconds") === "seconds") : [];
  return {
    ok: true,
    amountMicros: lines.reduce((sum, { amountMicros }) => sum + amountMicros, 0n),
    taxMicros: lines.reduce((sum, { taxMicros }) => sum + taxMicros, 0n),
    lines,
    billedSec: priced.reduce((sum, one) => sum + one.billedSec, Number(taken.reduce((sum, one) => sum + one.taken, 0n) / NANO)),
    prefix: named.prefix ?? null,
    destinationName: named.destinationName ?? null,
  } as const;
}

/** What a call that the deck didn't price goes by on papers. */
function namedByDeck(plan: InForce["plan"], fact: UsageFact): Pick<ChargeLine, "prefix" | "destinationName"> {
  if (fact.kind !== "call" || fact.direction === "in") return {};
  const index = plan.prefixes.find(fact.destination);
  return index < 0 ? {} : { prefix: plan.ratePrefixes[index] ?? null, destinationName: plan.destinationNames[index] ?? null };
}

function reasonOf(
  fact: UsageFact,
  { lines, takes }: Bundled,
  priced: readonly PricedLine[],
  { received, included }: { readonly received: boolean; readonly included: boolean },
): string | null {
  const told = priced.map(({ line }) => line.reason).find((reason) => reason !== undefined);
  if (told) return told;
  if ([...lines, ...priced.map(({ line }) => line)].some(({ amountMicros }) => amountMicros !== 0n)) return null;
  if (fact.kind === "call" && fact.billableSec === 0) return "zero_duration";
  if (takes.length > 0 && included) return "covered";
  return received ? "incoming" : null;
}
