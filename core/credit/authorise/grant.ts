// How much an amount pays for: by the price function, so that what is held is what will be charged. Pure.
import { rateUsage } from "../../rating/rate-usage.ts";
import type { RatedUsage } from "../../rating/usage-rating.ts";
import { Counters } from "../../usage/counters.ts";
import type { Terms } from "../../usage/plans-in-force.ts";
import { factOfHeld, type HeldSession, type HeldUsage, NONE, type Quantity } from "./held-usage.ts";

export type Ask = {
  readonly terms: Terms;
  readonly owner: { readonly accountId: string; readonly serviceId: string };
  /** What is used up already, with what other sessions hold. It isn't changed. */
  readonly counters: Counters;
  readonly session: Omit<HeldSession, "until">;
  readonly used: Quantity;
  /** Of what follows. */
  readonly wanted: Quantity;
};

export type Grant = {
  readonly ok: true;
  /** Beyond what is used. */
  readonly granted: Quantity;
  readonly usage: HeldUsage;
  /** The price of all that is used or granted and not charged yet, with tax. */
  readonly grossMicros: bigint;
  /** Less than was asked for. */
  readonly last: boolean;
};
export type GrantRefusal = { readonly ok: false; readonly code: "no_rate" | "bundle_used_up" | "insufficient_funds" | "max_cost_reached" };

/** The most that is asked for and that the limit pays for. Messages and events are granted whole or not at all. */
export function grant(ask: Ask, limitMicros: bigint): Grant | GrantRefusal {
  if (limitMicros < 0n) return { ok: false, code: "insufficient_funds" };
  const { wanted } = ask;
  const { kind } = ask.session.usage;
  const whole = priceOf(ask, wanted);
  if (whole.ok && whole.grossMicros <= limitMicros) return granted(ask, wanted, whole, false);
  const refusal = (): GrantRefusal => {
    const least = priceOf(ask, { seconds: Math.min(1, wanted.seconds), octets: wanted.octets > 0n ? 1n : 0n });
    return least.ok ? { ok: false, code: "insufficient_funds" } : least;
  };
  if (kind === "message" || kind === "event") return refusal();

  const affords = (quantity: Quantity) => {
    const price = priceOf(ask, quantity);
    return price.ok && price.grossMicros <= limitMicros;
  };
  const found = kind === "call" ? mostSeconds(wanted, affords) : mostOfBoth(wanted, affords);
  const price = priceOf(ask, found);
  if (!price.ok || (found.seconds === 0 && found.octets === 0n)) return refusal();
  return granted(ask, found, price, true);
}

type Price = { readonly ok: true; readonly grossMicros: bigint; readonly usage: HeldUsage; readonly allowedSec?: number };

function granted(
  { used }: Ask,
  quantity: Quantity,
  { grossMicros, usage, allowedSec = Infinity }: Price,
  last: boolean,
): Grant | GrantRefusal {
  // A cap that ends the call ends it for whoever has money too.
  const seconds = Math.max(0, Math.min(quantity.seconds, allowedSec - used.seconds));
  if (seconds === 0 && quantity.seconds > 0) return { ok: false, code: "max_cost_reached" };
  return { ok: true, granted: { ...quantity, seconds }, usage, grossMicros, last: last || seconds < quantity.seconds };
}

/** Octets of a session are priced as those of the dearer direction. */
function priceOf(ask: Ask, quantity: Quantity): Price | GrantRefusal {
  const { usage } = ask.session;
  if (usage.kind !== "session") return rate(ask, usage, quantity);
  const [asIn, asOut] = [rate(ask, { ...usage, octetsAs: "in" }, quantity), rate(ask, { ...usage, octetsAs: "out" }, quantity)];
  if (!asIn.ok || !asOut.ok) return asIn.ok ? asOut : asIn;
  return asOut.grossMicros > asIn.grossMicros ? asOut : asIn;
}

function rate({ terms, owner, counters, session, used }: Ask, usage: HeldUsage, { seconds, octets }: Quantity): Price | GrantRefusal {
  const until = { seconds: used.seconds + seconds, octets: used.octets + octets };
  const state = new Counters(counters).stateOf({ ...owner, planId: terms.segments[0].planId });
  const rating = rateUsage(terms, factOfHeld({ ...session, usage, until }), state);
  if (!rating.ok) return { ok: false, code: rating.code === "blocked" ? "bundle_used_up" : "no_rate" };
  const gross = grossOf(rating);
  const price = { ok: true, grossMicros: gross > 0n ? gross : 0n, usage } as const;
  return rating.allowedSec === undefined ? price : { ...price, allowedSec: rating.allowedSec };
}

/** With what it changes of a period's price. */
const grossOf = ({ amountMicros, taxMicros, period }: RatedUsage): bigint =>
  period.reduce((sum, one) => sum + one.amountMicros + one.taxMicros, amountMicros + taxMicros);

/** Whether the plan, or one that follows, has a price or something included for octets of sessions. */
export const countsOctets = ({ segments }: Terms): boolean =>
  segments.some(({ plan: { document } }) =>
    [...document.usage, ...document.bundles].some(({ of, metric = "octets" }) => of === "session" && metric.startsWith("octets")),
  );

const mostSeconds = ({ seconds }: Quantity, affords: (quantity: Quantity) => boolean): Quantity => ({
  seconds: Number(largest(0n, BigInt(seconds), (n) => affords({ seconds: Number(n), octets: 0n }))),
  octets: 0n,
});

const PARTS = 1024n;
/** As much of both as there is money for, in the proportion asked for; then more of each that is paid by the same money. */
function mostOfBoth(wanted: Quantity, affords: (quantity: Quantity) => boolean): Quantity {
  const part = (n: bigint): Quantity => ({ seconds: Number((BigInt(wanted.seconds) * n) / PARTS), octets: (wanted.octets * n) / PARTS });
  if (!affords(NONE)) return NONE;
  const both = part(largest(0n, PARTS, (n) => affords(part(n))));
  const seconds = Number(
    largest(BigInt(both.seconds), BigInt(wanted.seconds), (n) => affords({ seconds: Number(n), octets: both.octets })),
  );
  return { seconds, octets: largest(both.octets, wanted.octets, (octets) => affords({ seconds, octets })) };
}

/** The largest number up to `most` for which it holds; `least` when it holds for none above that. */
function largest(least: bigint, most: bigint, holds: (n: bigint) => boolean): bigint {
  let [low, high] = [least, most];
  while (low < high) {
    const middle = low + (high - low + 1n) / 2n;
    if (holds(middle)) low = middle;
    else high = middle - 1n;
  }
  return low;
}
