// The price of a fact of usage before anything is changed: bundles first, then the components that match it, then the deck of calls.
import type { Bundle, UsageComponent } from "../catalog/document/components.ts";
import { type CompiledComponent, usageOf } from "./compile-usage.ts";
import { type Bundled, drawBundles } from "./draw-bundles.ts";
import { figureOf, NANO } from "./figures.ts";
import type { InForce } from "./in-force.ts";
import { type PricedLine, priceComponent, priceDeck } from "./price-component.ts";
import { rateAcross } from "./rate-across.ts";
import type { TraceLine } from "./trace.ts";
import type { CallFact, UsageFact } from "./usage.ts";
import type { ChargeLine, RatedUsage, RefusedUsage } from "./usage-rating.ts";
import type { UsageState } from "./usage-state.ts";

/** `components`: those that price it, each for its metric; what they add up over a period isn't priced yet. */
export type PricedUsage = Omit<RatedUsage, "period" | "drawn"> & {
  readonly components: readonly CompiledComponent[];
  readonly bundled: Bundled;
};

const NOTHING_TAKEN: Bundled = { takes: [], lines: [], paid: new Map() };

/** Reads the state, and changes nothing. */
export function priceUsage(now: InForce, state: UsageState, trace?: TraceLine[]): PricedUsage | RefusedUsage {
  const { fact } = now;
  const usage = usageOf(now.plan);
  const components = pricing(usage.components, now);
  const received = fact.kind === "call" && fact.direction === "in" && components.length === 0;
  if (fact.kind === "call" && !fact.answered) return { ...unanswered(now, fact, received, trace), components: [], bundled: NOTHING_TAKEN };

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
  return { ...summed(now, bundled, priced), components, bundled, reason: reasonOf(fact, bundled, priced, { received, included }) };
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

export const paidOf = ({ paid }: Bundled, metric: string): bigint => paid.get(metric)?.nano ?? 0n;

/** Nothing is left to price. What was not used at all has a price all the same: a flat fee. */
export const isPaid = ({ paid }: Bundled, metric: string): boolean => {
  const own = paid.get(metric);
  return own?.all === true && own.nano > 0n;
};

const deckLine = (now: InForce, fact: CallFact, covered: bigint, trace?: TraceLine[]) =>
  priceDeck(now, fact, { code: "calls", covered, segments: now.terms.segments }, trace);

function noPrice({ kind }: UsageFact, trace?: TraceLine[]): RefusedUsage {
  trace?.push({ kind: "no_price", of: kind });
  return { ok: false, code: "no_rate" };
}

/** Nobody talked: nothing is charged, whatever the destination. */
function unanswered({ terms }: InForce, fact: CallFact, received: boolean, trace?: TraceLine[]) {
  const rating = received ? undefined : rateAcross(terms.segments, fact, trace);
  if (received) trace?.push({ kind: "free", reason: "incoming" });
  const named = rating?.ok ? rating : { prefix: null, destinationName: null };
  return {
    ok: true,
    amountMicros: 0n,
    taxMicros: 0n,
    lines: [],
    billedSec: 0,
    prefix: named.prefix,
    destinationName: named.destinationName,
    reason: received ? "incoming" : "not_answered",
  } as const;
}

function summed({ plan, fact }: InForce, bundled: Bundled, priced: readonly PricedLine[]) {
  const lines: ChargeLine[] = [...bundled.lines, ...priced.map(({ line }) => line)];
  const named = lines.find(({ prefix }) => typeof prefix === "string") ?? namedByDeck(plan, fact);
  const taken = fact.kind === "call" ? bundled.takes.filter(({ grant }) => (grant.bundle.metric ?? "seconds") === "seconds") : [];
  const allowedSec = priced.find((one) => one.allowedSec !== undefined)?.allowedSec;
  return {
    ...(allowedSec === undefined ? {} : { allowedSec }),
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
