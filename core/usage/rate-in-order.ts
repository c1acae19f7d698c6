// Rates what depends on earlier usage, in the order in which it happened.
import { rateUsage } from "../rating/rate-usage.ts";
import type { RatedUsage } from "../rating/usage-rating.ts";
import type { Counters } from "./counters.ts";
import {
  endOf,
  MOST_MICROS,
  MOST_SEC,
  type PendingRecord,
  type QuarantinedRecord,
  type RatedDetails,
  type RatedRecord,
} from "./rate-records.ts";

/** The order of events: by the instant that decides the price, and between equals by the key, which is the same whatever way a record comes. */
export const byEventTime = (
  a: { readonly fact: { readonly startMs: number }; readonly key: string },
  b: { readonly fact: { readonly startMs: number }; readonly key: string },
): number => a.fact.startMs - b.fact.startMs || (a.key < b.key ? -1 : a.key > b.key ? 1 : 0);

/** Rates the records against the counters, which it changes. What is refused changes nothing and waits with the reason. */
export function rateInOrder(pending: readonly PendingRecord[], counters: Counters): (RatedRecord | QuarantinedRecord)[] {
  return pending.toSorted(byEventTime).map((one) => rateOne(one, counters));
}

function rateOne(
  { key, sequence, record, fact, holder, party, terms }: PendingRecord,
  counters: Counters,
): RatedRecord | QuarantinedRecord {
  const [plan] = terms.segments;
  counters.mark();
  const rating = rateUsage(terms, fact, counters.stateOf({ ...holder, planId: plan.planId }));
  const wait = (reason: QuarantinedRecord["reason"]): QuarantinedRecord => {
    counters.undo();
    return { state: "quarantined", key, sequence, record, reason, party };
  };
  if (!rating.ok) return wait(rating.code);
  if (isBeyondBelief(rating)) return wait("implausible");
  const { amountMicros, taxMicros, billedSec, prefix, destinationName, reason, lines, period, drawn } = rating;
  const details: RatedDetails = { lines, period, drawn, segments: furtherSegments(terms, endOf(fact)) };
  return {
    state: "rated",
    key,
    sequence,
    record,
    holder,
    plan,
    amountMicros,
    taxMicros,
    billedSec,
    prefix,
    destinationName,
    reason,
    details,
  };
}

/** Nobody owes this: somebody counted wrong, or a price has a few zeros too many. */
function isBeyondBelief({ amountMicros, taxMicros, billedSec, period }: RatedUsage): boolean {
  const most = (micros: bigint) => micros > MOST_MICROS || micros < -MOST_MICROS;
  return (
    most(amountMicros) || most(taxMicros) || billedSec > MOST_SEC || period.some((one) => most(one.amountMicros) || most(one.taxMicros))
  );
}

const furtherSegments = ({ segments }: PendingRecord["terms"], endMs: number) =>
  segments
    .slice(1)
    .filter((one) => one.fromMs < endMs)
    .map(({ fromMs, planId, version }) => ({ from: Temporal.Instant.fromEpochMilliseconds(fromMs).toString(), planId, version }));
