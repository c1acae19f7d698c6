// What a fact of usage costs whoever pays for it: the same whether it has just come in or is rated again.
import { type Basis, basisOf, watched } from "../rating/basis.ts";
import { rateCall, rateSlice } from "../rating/rate-call.ts";
import { rateUsage } from "../rating/rate-usage.ts";
import type { CallFact, UsageFact } from "../rating/usage.ts";
import type { ChargeLine, Drawn, PeriodDelta, RatedUsage } from "../rating/usage-rating.ts";
import type { Counters, StateOwner } from "./counters.ts";
import type { Payer, PlanInForce, PlansOf, Terms, TermsOf } from "./plans-in-force.ts";

/** How a price came about that isn't the deck's alone; amounts are micros as text, since it is stored as JSON. */
export type RatedDetails = {
  readonly lines: readonly ChargeLine[];
  readonly period: readonly PeriodDelta[];
  readonly drawn: readonly Drawn[];
  /** Plan versions that priced a part of it, the first left out: it is pinned in the record. */
  readonly segments: readonly { readonly from: string; readonly planId: string; readonly version: number }[];
  /** What the price was worked out from; records that were rated by older releases have none. */
  readonly basis?: RecordBasis;
};

/** With the plan versions that priced the record, or totals that it belongs to: from when on, in milliseconds since 1970. */
export type RecordBasis = Basis & {
  readonly versions: readonly { readonly fromMs: number; readonly planId: string; readonly version: number }[];
};

export type Price = {
  readonly plan: PlanInForce;
  readonly amountMicros: bigint;
  readonly taxMicros: bigint;
  readonly billedSec: number;
  readonly prefix: string | null;
  readonly destinationName: string | null;
  /** Why it costs nothing. */
  readonly reason: string | null;
  /** Null for a call that one version of a deck priced. */
  readonly details: RatedDetails | null;
};

export type NoPrice = "no_plan" | "currency_differs" | "no_rate" | "blocked" | "implausible";

/** Where plans and terms are found. */
export type Pricing = Pick<PlansOf, "segmentsAt"> & { readonly termsOf: TermsOf };
export type PayingService = Payer & { readonly accountId: string; readonly serviceId: string; readonly currency: string };

/** A hundred million units for one record. The charges of a batch and an account's balance are sums of many such, and must fit in 64 bits. */
const MOST_MICROS = 10n ** 14n;
const MOST_SEC = 2_147_483_647;

/**
 * The price, or why there is none. A call that one version of a deck prices has it at once, and that is most of all usage; of other facts the terms,
 * since their price depends on what was used before, or on more than one plan version.
 */
export function priceOrTerms(pricing: Pricing, service: PayingService, fact: UsageFact): Price | Terms | NoPrice {
  const segments = pricing.segmentsAt(service.serviceId, fact.startMs);
  if (!segments) return "no_plan";
  const [plan, next] = segments;
  const { currency } = service;
  if (plan.currency !== currency) return "currency_differs";
  if (fact.kind !== "call" || !plan.plan.plain || (next && next.fromMs < endOf(fact))) {
    if (next && segments.some((one) => one.currency !== currency && one.fromMs <= endOf(fact))) return "currency_differs";
    return pricing.termsOf(service, segments, fact.startMs);
  }
  const rating = ofDeck(plan, fact);
  if (!rating) return "no_rate";
  // Nobody owes this: the exchange counted wrong, or the price has a few zeros too many. A person has to look.
  return rating.amountMicros > MOST_MICROS || rating.billedSec > MOST_SEC ? "implausible" : rating;
}

const free = { amountMicros: 0n, taxMicros: 0n, billedSec: 0, prefix: null, destinationName: null, details: null };

/** What the deck says about a call; nothing when it has no price. */
function ofDeck(plan: PlanInForce, fact: CallFact): Price | undefined {
  // A deck prices calls made; a call received is recorded and costs its receiver nothing.
  if (fact.direction === "in") return { plan, ...free, reason: "incoming" };
  const rating = fact.slice && fact.answered ? rateSlice(plan.plan, spanOf(fact, fact.slice.seconds)) : rateCall(plan.plan, fact);
  if (rating.ok) {
    const { amountMicros, billedSec, prefix, destinationName, reason = null } = rating;
    return { plan, amountMicros, taxMicros: 0n, billedSec, prefix, destinationName, reason, details: null };
  }
  // What nobody answered is free wherever it went, also to a short code of the switch that no plan will ever price.
  return fact.answered ? undefined : { plan, ...free, reason: "not_answered" };
}

const spanOf = ({ destination, startMs, billableSec }: CallFact, fromSec: number) => ({
  destination,
  startMs,
  fromSec,
  toSec: fromSec + billableSec,
});

/** Prices the fact against the counters, which it changes; without a price nothing is changed. */
export function priceOnTerms(terms: Terms, fact: UsageFact, owner: Omit<StateOwner, "planId">, counters: Counters): Price | NoPrice {
  const [plan] = terms.segments;
  counters.mark();
  const { state, read } = watched(counters.stateOf({ ...owner, planId: plan.planId }));
  const rating = rateUsage(terms, fact, state);
  if (!rating.ok || isBeyondBelief(rating)) {
    counters.undo();
    return rating.ok ? "implausible" : rating.code;
  }
  const { amountMicros, taxMicros, billedSec, prefix, destinationName, reason, lines, period, drawn } = rating;
  const further = furtherSegments(terms, endOf(fact));
  const details: RatedDetails = { lines, period, drawn, segments: further.map(segmentOf), basis: recordBasis(terms, further, read()) };
  return { plan, amountMicros, taxMicros, billedSec, prefix, destinationName, reason, details };
}

/** Nobody owes this: somebody counted wrong, or a price has a few zeros too many. */
function isBeyondBelief({ amountMicros, taxMicros, billedSec, period }: RatedUsage): boolean {
  // A slice after the terms of its session changed under it.
  if (billedSec < 0) return true;
  const most = (micros: bigint) => micros > MOST_MICROS || micros < -MOST_MICROS;
  return (
    most(amountMicros) || most(taxMicros) || billedSec > MOST_SEC || period.some((one) => most(one.amountMicros) || most(one.taxMicros))
  );
}

const furtherSegments = ({ segments }: Terms, endMs: number) => segments.slice(1).filter((one) => one.fromMs < endMs);

const segmentOf = ({ fromMs, planId, version }: PlanInForce) => ({
  from: Temporal.Instant.fromEpochMilliseconds(fromMs).toString(),
  planId,
  version,
});

/** Late usage changes totals to which later versions have added. */
function recordBasis(terms: Terms, further: readonly PlanInForce[], read: Pick<Basis, "used" | "session" | "totals">): RecordBasis {
  const [first] = terms.segments;
  const counted = new Set((read.totals ?? []).flatMap(({ total }) => total?.versions.map(({ fromMs }) => fromMs) ?? []));
  const versions = terms.segments.filter((one) => one === first || further.includes(one) || counted.has(one.fromMs));
  return { ...basisOf(terms, read), versions: versions.map(({ fromMs, planId, version }) => ({ fromMs, planId, version })) };
}

/** When the usage ended, for what has a length that is priced by its parts. */
export const endOf = (fact: UsageFact): number =>
  fact.kind === "call" ? fact.startMs + ((fact.slice?.seconds ?? 0) + fact.billableSec) * 1000 : fact.startMs;
