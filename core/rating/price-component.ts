// The line of a charge that one component, or the deck, makes of one fact.
import { begun, fromDecimal, multiply, type Rational, rational, toExactText, ZERO } from "../kernel/rational.ts";
import { billingPeriodOf } from "./billing-period.ts";
import { lineOf, taxedLine } from "./charge-line.ts";
import { type CompiledComponent, usageOf } from "./compile-usage.ts";
import { figureOf, NANO, unitName, unitsOf } from "./figures.ts";
import type { InForce } from "./in-force.ts";
import { rateAcross } from "./rate-across.ts";
import type { NoRate } from "./rate-call.ts";
import { priceByPrefix } from "./shapes/by-prefix.ts";
import { priceOf, type QuantityPrice } from "./shapes/price.ts";
import type { TraceLine } from "./trace.ts";
import type { CallFact } from "./usage.ts";
import type { ChargeLine } from "./usage-rating.ts";
import type { UsageState } from "./usage-state.ts";
import { withFact } from "./version-totals.ts";
import type { PlanSegment } from "./walk-increments.ts";

export type PricedLine = { readonly line: ChargeLine; readonly billedSec: number; readonly allowedSec?: number };

/** Of a component that prices each event. `covered`: what bundles paid, in 10^-9 of its metric. */
export function priceComponent(
  now: InForce,
  compiled: CompiledComponent,
  covered: bigint,
  state: UsageState,
  trace?: TraceLine[],
): PricedLine | NoRate {
  const { component, metric, deck, byPrefix } = compiled;
  const { code, name = code, price } = component;
  const nano = figureOf(now.fact, metric) as bigint;
  const units = unitsOf(nano, component);
  const unit = unitName(component);
  trace?.push({ kind: "component", code, name, quantity: toExactText(unitsOf(nano - covered, component)), unit });
  if (deck) return priceDeck(now, now.fact as CallFact, { code, covered, segments: decksOf(now, code) }, trace);

  const found = byPrefix && "destination" in now.fact ? byPrefix(now.fact.destination) : undefined;
  if (isFreeEvent(now, compiled, state, trace)) return { line: lineOf(now, { code }, { amount: ZERO }, trace), billedSec: 0 };
  const priced = found
    ? priceByPrefix(found, unitsOf(nano - covered, component), trace)
    : priceOf(price as QuantityPrice, units, unitsOf(covered, component), trace);
  const about = {
    code,
    billed: { quantity: toExactText(priced.billed), unit },
    ...(found ? { prefix: found.prefix, destinationName: found.destination } : {}),
  };
  return {
    line: lineOf(now, about, priced, trace),
    billedSec: now.fact.kind === "call" && metric === "seconds" ? secondsOf(priced.billed, component.unit?.size) : 0,
  };
}

/** The deck in force, and those of versions that begin while the call lasts. */
export function priceDeck(
  now: InForce,
  { destination, billableSec, startMs, answered }: CallFact,
  { code, covered, segments }: { readonly code: string; readonly covered: bigint; readonly segments: readonly PlanSegment[] },
  trace?: TraceLine[],
): PricedLine | NoRate {
  const coveredSec = Number(covered / NANO);
  const rating = rateAcross(segments, { destination, billableSec, startMs, answered, coveredSec }, trace);
  if (!rating.ok) return rating;
  const { amountMicros, billedSec, prefix, destinationName, reason, allowedSec } = rating;
  const about = {
    code,
    billed: { quantity: billedSec.toString(), unit: "seconds" },
    prefix,
    destinationName,
    ...(reason ? { reason } : {}),
  };
  const line = taxedLine(now, about, amountMicros, trace);
  return allowedSec === undefined ? { line, billedSec } : { line, billedSec, allowedSec };
}

/** The component's deck in the version in force, and in the later ones that still have it. */
const decksOf = ({ terms, fromMs, plan }: InForce, code: string): PlanSegment[] =>
  [{ fromMs, plan }, ...terms.segments.filter((one) => one.fromMs > fromMs)].flatMap((segment) => {
    const deck = usageOf(segment.plan).components.find(({ component }) => component.code === code)?.deck;
    return deck ? [{ fromMs: segment.fromMs, plan: deck }] : [];
  });

const secondsOf = (units: Rational, size = "1") => Number(begun(multiply(units, fromDecimal(size)), rational(1n)));

/** The first events of a billing period may be free; of those that are charged one by one, the first that arrive. */
function isFreeEvent(now: InForce, { component: { price, code } }: CompiledComponent, state: UsageState, trace?: TraceLine[]): boolean {
  if (price.shape !== "percentage" || price.freeEvents === 0) return false;
  const decided = now.known?.free[code];
  const seen = state.total(keyOf(now, code))?.versions.reduce((sum, { count }) => sum + count, 0n) ?? 0n;
  if (!(decided ?? seen < BigInt(price.freeEvents))) return false;
  trace?.push({ kind: "free_event", events: price.freeEvents });
  return true;
}

/** Remembers that there was one more event, where the first are free. */
export function countEvent(now: InForce, { component }: CompiledComponent, state: UsageState): void {
  if (component.price.shape !== "percentage" || component.price.freeEvents === 0) return;
  const key = keyOf(now, component.code);
  state.setTotal(key, withFact(state.total(key), now.fromMs, component, now.fact, { nano: 0n }));
}

const keyOf = ({ plan, terms, fact }: InForce, code: string) => ({
  code,
  pooled: false,
  from: billingPeriodOf(plan, terms, fact.startMs).from.toString(),
});
