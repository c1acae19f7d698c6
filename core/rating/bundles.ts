// Units that are included: what a bundle grants when, and what a usage takes out of which.
import type { Bundle } from "../catalog/document/components.ts";
import { nextPeriod, type Period, periodOf } from "../kernel/period.ts";
import { anchorFor, isBefore } from "./charges/timeline.ts";
import type { CompiledPlan } from "./compile-plan.ts";
import type { CompiledBundle } from "./compile-usage.ts";
import { NANO, nanoOf } from "./figures.ts";
import type { ServiceTerms } from "./usage-rating.ts";
import type { StateKey, UsageState } from "./usage-state.ts";

/** Units that were granted once and are there on the day. Quantities are 10^-9 of the metric. */
export type Grant = {
  readonly bundle: Bundle;
  /** Where its use is kept. */
  readonly key: StateKey;
  readonly left: bigint;
  /** The first day on which it is gone. */
  readonly expiresOn: Temporal.PlainDate;
};

/** The grants of a bundle that can be used on the day, the oldest first; also those that are used up. */
export function grantsOn(plan: CompiledPlan, terms: ServiceTerms, bundle: Bundle, day: Temporal.PlainDate, state: UsageState): Grant[] {
  const granted = nanoOf(bundle.quantity, bundle) * BigInt(bundle.pooled ? terms.pooledServices : 1);
  const once = ({ from, to }: Period): Grant[] => {
    if (isBefore(day, from) || !isBefore(day, to)) return [];
    const key = { code: bundle.code, pooled: bundle.pooled, from: from.toString() };
    return [{ bundle, key, left: notBelowZero(granted - state.bundleUsed(key)), expiresOn: to }];
  };
  const { validity } = bundle;
  if (validity.kind === "days") return once({ from: terms.startedOn, to: terms.startedOn.add({ days: validity.days }) });
  if (validity.kind === "dates")
    return once({ from: Temporal.PlainDate.from(validity.from), to: Temporal.PlainDate.from(validity.to).add({ days: 1 }) });
  return grantsOfPeriods(plan, terms, { bundle, every: validity.every, granted }, day, state);
}

/** The period's own grant, and what is left of those before it that roll over. Of each, never more than was granted is used. */
function grantsOfPeriods(
  plan: CompiledPlan,
  terms: ServiceTerms,
  { bundle, every, granted }: { readonly bundle: Bundle; readonly every: Parameters<typeof periodOf>[1]; readonly granted: bigint },
  day: Temporal.PlainDate,
  state: UsageState,
): Grant[] {
  const { code, pooled, rollover } = bundle;
  const { billing } = plan.document;
  // What services share is granted to all of them on one day.
  const shared = pooled && billing.anchor === "start" ? { ...billing, anchor: "account" as const } : billing;
  const anchor = anchorFor({ billing: shared }, every, terms);
  const most = rollover?.most === undefined ? granted : nanoOf(rollover.most, bundle) * BigInt(pooled ? terms.pooledServices : 1);
  const current = periodOf(anchor, every, 1, day);

  const grants: Grant[] = [];
  let period = current;
  for (let age = 0; age <= (rollover?.periods ?? 0); age++) {
    if (age > 0 && !isBefore(terms.startedOn, period.to)) break;
    const own = { code, pooled, from: period.from.toString() };
    const carried = { ...own, code: `${code}+` };
    const unused = granted - state.bundleUsed(own);
    const left = (age > 0 && unused > most ? most : unused) - state.bundleUsed(carried);
    let expires = period;
    for (let i = 0; i < (rollover?.periods ?? 0); i++) expires = nextPeriod(anchor, every, 1, expires);
    grants.unshift({ bundle, key: age > 0 ? carried : own, left: notBelowZero(left), expiresOn: expires.to });
    period = periodOf(anchor, every, 1, period.from.subtract({ days: 1 }));
  }
  return grants;
}

const notBelowZero = (nano: bigint) => (nano < 0n ? 0n : nano);

export type Take = { readonly grant: Grant; readonly taken: bigint };
export type Coverage = {
  readonly takes: readonly Take[];
  /** So much of the need is paid by bundles. */
  readonly covered: bigint;
  /** The bundle that decides about the rest, when it doesn't leave it to the plan's price. */
  readonly beyond: Bundle | undefined;
};

/**
 * Takes the need out of the bundles: the heaviest first; of equal ones the grant that expires first, then the first bundle in the plan. An empty
 * one that doesn't leave the rest to others ends it. `quantum`: what the usage is counted in (a whole second of a call).
 */
export function cover(bundles: readonly CompiledBundle[], grantsOf: (bundle: Bundle) => Grant[], need: bigint, quantum: bigint): Coverage {
  const takes: Take[] = [];
  const grants = bundles
    .flatMap(({ bundle }) => grantsOf(bundle))
    .toSorted((a, b) => b.bundle.weight - a.bundle.weight || Temporal.PlainDate.compare(a.expiresOn, b.expiresOn));
  let rest = need;
  for (const [index, grant] of grants.entries()) {
    if (rest === 0n) break;
    const { bundle, left } = grant;
    const increment = incrementOf(bundle, quantum);
    const wanted = (rest + increment - 1n) / increment;
    const there = left / increment;
    const taken = (wanted < there ? wanted : there) * increment;
    if (taken > 0n) takes.push({ grant, taken });
    const covered = ((taken < rest ? taken : rest) / quantum) * quantum;
    rest -= covered;
    const last = !grants.slice(index + 1).some((other) => other.bundle === bundle);
    if (rest > 0n && last && bundle.whenEmpty.use !== "rate") return { takes, covered: need - rest, beyond: bundle };
  }
  return { takes, covered: need - rest, beyond: undefined };
}

function incrementOf(bundle: Bundle, quantum: bigint): bigint {
  const written = bundle.increment ?? bundle.price?.steps[0]?.increment;
  const nano = written === undefined ? quantum : nanoOf(written, bundle);
  return nano > 0n ? nano : 1n;
}

/** Calls are counted in whole seconds; of other usage any part is taken. */
export const quantumOf = (kind: string, metric: string): bigint => (kind === "call" && metric === "seconds" ? NANO : 1n);
