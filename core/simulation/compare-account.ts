// One account under both sides: the same usage in the order of events, rated against what each side's own earlier usage used up. Pure.
import type { UsageFact } from "../rating/usage.ts";
import { type Replayable, replay } from "../rerating/replay.ts";
import { Counters } from "../usage/counters.ts";
import type { PayingService } from "../usage/price-fact.ts";
import { Bill, type Money, type Window } from "./bill.ts";
import type { Side, SimulatedAccount } from "./part-context.ts";

/** Net, by destination: of usage in the window. */
export type Both = { records: number; oldMicros: bigint; newMicros: bigint };

export type Comparison = {
  readonly records: number;
  readonly before: Readonly<Money>;
  readonly after: Readonly<Money>;
  /** Without a price, by side. */
  readonly unpriced: number;
  readonly unpricedBefore: number;
  readonly components: ReadonlyMap<string, Both & { name: string }>;
  readonly destinations: ReadonlyMap<string, Both>;
  /** Of what has no price on the side that is tried: what the other side asks for it. */
  readonly withoutPrice: ReadonlyMap<string, Both>;
};

export function compareAccount<U extends Replayable>(
  account: SimulatedAccount,
  usage: readonly U[],
  sides: { readonly before: Side; readonly after: Side },
  window: Window,
): Comparison {
  const services = new Map(account.services.map((one) => [one.serviceId, one]));
  const serviceOf = ({ serviceId }: U): PayingService => services.get(serviceId)!;
  const [before, after] = [sides.before, sides.after].map((side) => ({
    bill: new Bill(window, new Map(account.services.map(({ serviceId }) => [serviceId, side.timelineOf(serviceId)]))),
    // Both sides begin alike: with nothing used up.
    replayed: replay(usage, side.pricing, serviceOf, new Counters()),
  })) as [Billed<U>, Billed<U>];

  const destinations = new Map<string, Both>();
  const withoutPrice = new Map<string, Both>();
  const counts = { records: 0, unpriced: 0, unpricedBefore: 0 };
  for (const [i, { usage: one, price: was }] of before.replayed.entries()) {
    const { price: is } = after.replayed[i]!;
    const { serviceId, fact } = one;
    const oldMicros = typeof was === "string" ? 0n : before.bill.use(serviceId, fact.startMs, was);
    const newMicros = typeof is === "string" ? 0n : after.bill.use(serviceId, fact.startMs, is);
    if (fact.startMs < window.fromMs || fact.startMs >= window.toMs) continue;
    counts.records++;
    if (typeof was === "string") counts.unpricedBefore++;
    const name = placeOf(fact, named(was) ?? named(is));
    addTo(destinations, name, { records: 1, oldMicros, newMicros });
    if (typeof is !== "string") continue;
    counts.unpriced++;
    addTo(withoutPrice, name, { records: 1, oldMicros, newMicros });
  }
  before.bill.close();
  after.bill.close();
  return {
    ...counts,
    before: before.bill.sum,
    after: after.bill.sum,
    components: bothOf(before.bill, after.bill),
    destinations,
    withoutPrice,
  };
}

type Billed<U extends Replayable> = { readonly bill: Bill; readonly replayed: ReturnType<typeof replay<U>> };

const named = (price: string | { readonly destinationName: string | null }) => (typeof price === "string" ? null : price.destinationName);

/** So many first digits stand for a destination that no plan has a name for. */
const DIGITS = 5;

/** What usage is grouped by: where a call or message went, or what kind of usage it is. */
function placeOf(fact: UsageFact, name: string | null): string {
  switch (fact.kind) {
    case "call":
    case "message":
      if (name !== null) return name;
      if (fact.direction === "in") return fact.kind === "call" ? "Calls received" : "Messages received";
      return fact.destination.length > DIGITS ? `${fact.destination.slice(0, DIGITS)}…` : fact.destination || "No number";
    case "session":
      return "Internet sessions";
    case "traffic":
      return fact.trafficClass === undefined ? "Traffic" : `Traffic, ${fact.trafficClass}`;
    case "event":
      return fact.type;
  }
}

export function addTo<B extends Both>(sums: Map<string, B>, key: string, { ...one }: B): void {
  const sum = sums.get(key);
  if (!sum) return void sums.set(key, one as unknown as B);
  sum.records += one.records;
  sum.oldMicros += one.oldMicros;
  sum.newMicros += one.newMicros;
}

/** Parts of the plans by their codes; the new name where there are two. */
function bothOf(before: Bill, after: Bill): Map<string, Both & { name: string }> {
  const both = new Map<string, Both & { name: string }>();
  for (const key of new Set([...before.parts.keys(), ...after.parts.keys()])) {
    const [was, is] = [before.parts.get(key), after.parts.get(key)];
    both.set(key, {
      name: (is ?? was)!.name,
      records: Math.max(was?.records ?? 0, is?.records ?? 0),
      oldMicros: was?.amountMicros ?? 0n,
      newMicros: is?.amountMicros ?? 0n,
    });
  }
  return both;
}
