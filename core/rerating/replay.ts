// Rates the usage of an account again in the order in which it happened. Pure: re-rating gives it what is stored, a simulation another plan.
import type { UsageFact } from "../rating/usage.ts";
import type { Counters } from "../usage/counters.ts";
import { type NoPrice, type PayingService, type Price, type Pricing, priceOnTerms, priceOrTerms } from "../usage/price-fact.ts";
import { byEventTime } from "../usage/rate-in-order.ts";

export type Replayable = { readonly key: string; readonly serviceId: string; readonly fact: UsageFact };

export type Replayed<U extends Replayable> = { readonly usage: U; readonly price: Price | NoPrice };

/**
 * The new price of each, in event order, against `counters`: what was used before the first of them, which are changed. A record without a price
 * changes nothing, unless `keep` does for it what its old charge did.
 */
export function replay<U extends Replayable>(
  usage: readonly U[],
  pricing: Pricing,
  serviceOf: (usage: U) => PayingService,
  counters: Counters,
  keep: (usage: U) => void = () => {},
): Replayed<U>[] {
  return usage.toSorted(byEventTime).map((one) => {
    const price = priceAgain(one, pricing, serviceOf(one), counters);
    if (typeof price === "string") keep(one);
    return { usage: one, price };
  });
}

/** The price of one record against what the counters say. */
export function priceAgain({ fact }: Replayable, pricing: Pricing, service: PayingService, counters: Counters): Price | NoPrice {
  const found = priceOrTerms(pricing, service, fact);
  if (typeof found === "string" || !("segments" in found)) return found;
  return priceOnTerms(found, fact, service, counters);
}
