// What all that a gateway said of one payment comes to, whatever came twice, late, in another order or not at all; and the steps from where
// the books stand to there. Pure.
import type { GatewayEvent } from "./gateway-event.ts";

/** What the books should say of a payment. */
export type Wanted = {
  /** The event that says how much was paid; undefined while nobody says that anything was. */
  readonly paidBy: GatewayEvent | undefined;
  readonly refundedMicros: bigint;
  readonly isChargedBack: boolean;
};

const inTime = (a: GatewayEvent, b: GatewayEvent) => a.atMs - b.atMs || (a.eventId < b.eventId ? -1 : 1);
const least = (a: bigint, b: bigint) => (a < b ? a : b);

/** A success counts, whatever failures there were before or after it: the money is here. Only the gateway's own list may say that it isn't. */
export function wantedOf(events: readonly GatewayEvent[]): Wanted {
  const inOrder = [...events].sort(inTime);
  const last = inOrder.findLast(({ stated }) => stated !== undefined);
  const stated = last?.stated;
  const later = last ? inOrder.filter((event) => event.atMs > last.atMs) : inOrder;
  const isStatedPaid = stated?.state === "succeeded" || stated?.state === "charged_back";
  const success = inOrder.find(({ kind }) => kind === "succeeded");
  const paidBy = isStatedPaid ? (success ?? last) : stated ? later.find(({ kind }) => kind === "succeeded") : success;
  if (!paidBy) return { paidBy, refundedMicros: 0n, isChargedBack: false };
  const refunds = later.filter(({ kind, currency }) => kind === "refunded" && currency === paidBy.currency);
  const refunded = refunds.reduce((sum, { amountMicros }) => sum + amountMicros, isStatedPaid ? stated.refundedMicros : 0n);
  const dispute = later.findLast(({ kind }) => kind === "charged_back" || kind === "chargeback_reversed");
  return {
    paidBy,
    refundedMicros: least(refunded, paidBy.amountMicros),
    isChargedBack: dispute ? dispute.kind === "charged_back" : stated?.state === "charged_back",
  };
}

/** Where the books stand. `refunds`: those that weren't reversed, newest first. */
export type Booked = {
  readonly amountMicros: bigint;
  readonly refunds: readonly { readonly id: string; readonly amountMicros: bigint }[];
  readonly isChargedBack: boolean;
  readonly isCancelled: boolean;
};

export type Step =
  | { readonly do: "enter" | "cancel" | "reverse-charge-back" | "charge-back" }
  | { readonly do: "reverse-refund"; readonly id: string }
  | { readonly do: "refund"; readonly amountMicros: bigint };

/** In the order in which they are to be taken. None when the books are right. A payment that was cancelled stays so: its receipt is void. */
export function stepsTo({ paidBy, refundedMicros, isChargedBack }: Wanted, booked: Booked | undefined): Step[] {
  if (booked?.isCancelled || (!booked && !paidBy)) return [];
  const { amountMicros, refunds, ...now } = booked ?? { amountMicros: paidBy!.amountMicros, refunds: [], isChargedBack: false };
  const wanted = paidBy ? least(refundedMicros, amountMicros) : 0n;
  const steps: Step[] = booked ? [] : [{ do: "enter" }];
  let refunded = refunds.reduce((sum, one) => sum + one.amountMicros, 0n);
  // What is charged back is the rest: before the rest changes, it comes back.
  const willBeChargedBack = paidBy !== undefined && isChargedBack && wanted < amountMicros;
  const isTaken = now.isChargedBack && (!willBeChargedBack || refunded !== wanted);
  if (isTaken) steps.push({ do: "reverse-charge-back" });
  for (const refund of refunds) {
    if (refunded <= wanted) break;
    steps.push({ do: "reverse-refund", id: refund.id });
    refunded -= refund.amountMicros;
  }
  if (refunded < wanted) steps.push({ do: "refund", amountMicros: wanted - refunded });
  if (willBeChargedBack && (!now.isChargedBack || isTaken)) steps.push({ do: "charge-back" });
  if (!paidBy) steps.push({ do: "cancel" });
  return steps;
}
