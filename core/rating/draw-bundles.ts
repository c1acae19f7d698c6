// What of a usage bundles pay: the units that are taken out of them, the price of those units, and the price of what goes beyond.
import type { Bundle } from "../catalog/document/components.ts";
import { dayOf } from "../kernel/period.ts";
import { toExactText, ZERO } from "../kernel/rational.ts";
import { cover, type Grant, grantsOn, quantumOf, type Take } from "./bundles.ts";
import { lineOf } from "./charge-line.ts";
import type { CompiledBundle, CompiledUsage } from "./compile-usage.ts";
import { figureOf, unitName, unitsOf } from "./figures.ts";
import type { InForce } from "./in-force.ts";
import { pricePerUnit } from "./shapes/per-unit.ts";
import type { Priced } from "./shapes/priced.ts";
import type { TraceLine } from "./trace.ts";
import type { ChargeLine, Drawn } from "./usage-rating.ts";
import type { UsageState } from "./usage-state.ts";

export type Bundled = {
  readonly takes: readonly Take[];
  readonly lines: readonly ChargeLine[];
  /** By metric, for those that a bundle is about: how much is paid, in 10^-9 of it, and whether that is all of it. */
  readonly paid: ReadonlyMap<string, { readonly nano: bigint; readonly all: boolean }>;
};
export type Blocked = { readonly blocked: string };

/** Works out what bundles pay, and changes nothing; `applies` says which of those that match are asked. */
export function drawBundles(
  usage: CompiledUsage,
  now: InForce,
  applies: (bundle: Bundle) => boolean,
  state: UsageState,
  trace?: TraceLine[],
): Bundled | Blocked {
  const takes: Take[] = [];
  const lines: ChargeLine[] = [];
  const paid = new Map<string, { nano: bigint; all: boolean }>();
  const matching = usage.bundles.filter(({ bundle, matches }) => matches(now.asked) && applies(bundle));
  if (matching.length === 0) return { takes, lines, paid };

  const day = dayOf(Temporal.Instant.fromEpochMilliseconds(now.fact.startMs), now.plan.zone);
  const grants = new Map(matching.map(({ bundle }) => [bundle, grantsOn(now.plan, now.terms, bundle, day, state)]));
  for (const [metric, bundles] of Map.groupBy(matching, (one) => one.metric)) {
    const need = figureOf(now.fact, metric);
    const there = bundles.filter(({ bundle }) => grants.get(bundle)?.length);
    if (need === undefined || there.length === 0) continue;
    const done = payWith(now, there, (bundle) => grants.get(bundle) as Grant[], metric, need, trace);
    if ("blocked" in done) return done;
    takes.push(...done.takes);
    lines.push(...done.lines);
    paid.set(metric, { nano: done.nano, all: done.nano === need });
  }
  return { takes, lines, paid };
}

function payWith(
  now: InForce,
  bundles: readonly CompiledBundle[],
  grantsOf: (bundle: Bundle) => Grant[],
  metric: string,
  need: bigint,
  trace?: TraceLine[],
): { takes: readonly Take[]; lines: ChargeLine[]; nano: bigint } | Blocked {
  const { takes, covered, beyond } = cover(bundles, grantsOf, need, quantumOf(now.fact.kind, metric));
  const lines: ChargeLine[] = [];
  for (const [bundle, taken] of Map.groupBy(takes, ({ grant }) => grant.bundle)) {
    for (const { grant, taken: nano } of taken) trace?.push(taking(grant, nano));
    if (!bundle.price) continue;
    const units = unitsOf(
      taken.reduce((sum, one) => sum + one.taken, 0n),
      bundle,
    );
    lines.push(pricedLine(now, bundle, pricePerUnit(bundle.price, units, ZERO, trace), trace));
  }
  if (!beyond) return { takes, lines, nano: covered };
  const { code, name = code, whenEmpty } = beyond;
  const overage = whenEmpty.use === "overage" ? whenEmpty : undefined;
  trace?.push({ kind: "bundle_empty", code, name, use: overage ? "overage" : "block" });
  if (!overage) return { blocked: code };
  const over = pricePerUnit(overage.price, unitsOf(need, beyond), unitsOf(covered, beyond), trace);
  lines.push(pricedLine(now, beyond, over, trace));
  return { takes, lines, nano: need };
}

const pricedLine = (now: InForce, bundle: Bundle, priced: Priced, trace?: TraceLine[]) =>
  lineOf(now, { code: bundle.code, billed: { quantity: toExactText(priced.billed), unit: unitName(bundle) } }, priced, trace);

const taking = ({ bundle, key, left }: Grant, taken: bigint): TraceLine => ({
  kind: "bundle",
  code: bundle.code,
  name: bundle.name ?? bundle.code,
  from: key.from,
  before: toExactText(unitsOf(left, bundle)),
  taken: toExactText(unitsOf(taken, bundle)),
  left: toExactText(unitsOf(left - taken, bundle)),
  unit: unitName(bundle),
});

/** Keeps what was taken. */
export function useBundles(takes: readonly Take[], state: UsageState): Drawn[] {
  return takes.map(({ grant: { bundle, key }, taken }) => {
    state.useBundle(key, taken);
    const carried = key.code === bundle.code ? {} : { carried: true as const };
    return { code: bundle.code, pooled: key.pooled, from: key.from, quantity: toExactText(unitsOf(taken, bundle)), ...carried };
  });
}
