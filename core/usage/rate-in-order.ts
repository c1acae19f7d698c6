// Rates what depends on earlier usage, in the order in which it happened.
import type { Counters } from "./counters.ts";
import { priceOnTerms } from "./price-fact.ts";
import type { PendingRecord, QuarantinedRecord, RatedRecord } from "./rate-records.ts";

type Event = { readonly fact: { readonly startMs: number; readonly slice?: { readonly seconds: number } }; readonly key: string };

/**
 * The order of events: by the instant that decides the price, slices of a session by their place in it, and between equals by the key, which is the
 * same whatever way a record comes.
 */
export const byEventTime = (a: Event, b: Event): number =>
  a.fact.startMs - b.fact.startMs || placeOf(a) - placeOf(b) || (a.key < b.key ? -1 : a.key > b.key ? 1 : 0);

const placeOf = ({ fact }: Event) => fact.slice?.seconds ?? 0;

/** Rates the records against the counters, which it changes. What is refused changes nothing and waits with the reason. */
export function rateInOrder(pending: readonly PendingRecord[], counters: Counters): (RatedRecord | QuarantinedRecord)[] {
  return pending.toSorted(byEventTime).map((one) => rateOne(one, counters));
}

function rateOne(one: PendingRecord, counters: Counters): RatedRecord | QuarantinedRecord {
  const { key, sequence, record, fact, holder, party, terms } = one;
  const price = priceOnTerms(terms, fact, holder, counters);
  if (typeof price === "string") return { state: "quarantined", key, sequence, record, reason: price, party };
  return { state: "rated", key, sequence, record, holder, ...price };
}
