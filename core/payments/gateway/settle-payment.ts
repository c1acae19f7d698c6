// Takes in what a gateway said and brings the books to it. Both in one transaction: what was answered with "yes" is done, what wasn't comes again.
import { and, eq } from "drizzle-orm";
import { type GatewayEventKind, gatewayEvents } from "../../../db/schema/payments.ts";
import { parseMicros } from "../../kernel/money.ts";
import { accountInScope, type Reach } from "../../subscribers/in-scope.ts";
import { enterPayment, paymentUnder } from "../enter-payment.ts";
import { type AccountFound, findAccount } from "../find-account.ts";
import {
  type Books,
  bookCancelled,
  bookChargeBackReversed,
  bookChargedBack,
  bookRefunded,
  bookRefundReversed,
  movementsOf,
  type Payment,
} from "../payment-books.ts";
import type { GatewayEvent } from "./gateway-event.ts";
import type { Gateway } from "./gateways.ts";
import { type Booked, type Step, stepsTo, type Wanted, wantedOf } from "./payment-wanted.ts";

type Said = {
  readonly eventId: string;
  readonly externalId: string;
  readonly kind: GatewayEventKind;
  readonly at: Temporal.Instant;
  readonly data: EventData;
};

/** Stored as JSON; amounts are decimal text. */
export type EventData = {
  readonly amount: string;
  readonly currency: string;
  readonly account?: string | undefined;
  readonly payerName?: string | undefined;
  readonly payerPhone?: string | undefined;
  readonly details?: string | undefined;
  readonly paidAt?: string | undefined;
  readonly stated?: { readonly state: "succeeded" | "failed" | "charged_back"; readonly refunded: string };
};

type Stored = GatewayEvent & { readonly data: EventData };
type Context = Books & Reach;

export type Settled = {
  readonly isNew: boolean;
  readonly payment: Payment | undefined;
  readonly wanted: Wanted;
  readonly steps: readonly Step[];
};

/** The caller holds the gateway. An event that is known changes nothing, whatever it says this time. */
export async function settlePayment(context: Context, gateway: Gateway, said: Said): Promise<Settled> {
  const { tx, providerId, now } = context;
  const { eventId, externalId, kind, at, data } = said;
  const added = await tx
    .insert(gatewayEvents)
    .values({ providerId, gatewayId: gateway.id, eventId, externalId, kind, at: at.toString(), data, storedAt: now.toString() })
    .onConflictDoNothing()
    .returning({ id: gatewayEvents.eventId });
  const events = await eventsOf(context, gateway, externalId);
  const wanted = wantedOf(events);
  let payment = await paymentUnder(context, gateway.channelId, externalId);
  const booked = payment && (await bookedOf(context, payment));
  const steps = stepsTo(wanted, booked);
  for (const step of steps) payment = await take(context, gateway, externalId, step, payment, wanted.paidBy as Stored | undefined);
  return { isNew: added.length > 0, payment, wanted, steps };
}

async function eventsOf({ tx, providerId }: Books, gateway: Gateway, externalId: string): Promise<Stored[]> {
  const of = and(
    eq(gatewayEvents.providerId, providerId),
    eq(gatewayEvents.gatewayId, gateway.id),
    eq(gatewayEvents.externalId, externalId),
  );
  const rows = await tx.select().from(gatewayEvents).where(of);
  return rows.map(({ eventId, kind, at, data }) => {
    const { amount, currency, stated, ...rest } = data as EventData;
    return {
      ...{ eventId, kind, atMs: Temporal.Instant.from(at).epochMilliseconds, amountMicros: parseMicros(amount)!, currency },
      ...(stated ? { stated: { state: stated.state, refundedMicros: parseMicros(stated.refunded)! } } : {}),
      data: { amount, currency, ...rest },
    };
  });
}

async function bookedOf(context: Books, payment: Payment): Promise<Booked> {
  const movements = await movementsOf(context, payment.id);
  const undone = new Set(movements.map(({ reversesId }) => reversesId));
  return {
    amountMicros: payment.amountMicros,
    refunds: movements.filter(({ id, kind }) => kind === "refunded" && !undone.has(id)),
    isChargedBack: payment.chargedBackMicros > 0n,
    isCancelled: payment.state === "cancelled",
  };
}

async function take(
  context: Context,
  gateway: Gateway,
  externalId: string,
  step: Step,
  payment: Payment | undefined,
  paidBy: Stored | undefined,
): Promise<Payment> {
  if (step.do === "enter") return enter(context, gateway, externalId, paidBy!);
  // Held, so that the account can't be closed or changed meanwhile: as everywhere, before its balance.
  if (payment!.accountId !== null) await accountInScope(context, payment!.accountId);
  switch (step.do) {
    case "refund":
      return bookRefunded(context, payment!, { amountMicros: step.amountMicros, byGateway: true });
    case "reverse-refund":
      return bookRefundReversed(context, payment!, (await movementsOf(context, payment!.id)).find(({ id }) => id === step.id)!);
    case "charge-back":
      return bookChargedBack(context, payment!);
    case "reverse-charge-back":
      return bookChargeBackReversed(context, payment!);
    case "cancel":
      return bookCancelled(context, payment!, "The gateway's list says that it failed");
  }
}

async function enter(
  context: Context,
  gateway: Gateway,
  externalId: string,
  { atMs, data, amountMicros, currency }: Stored,
): Promise<Payment> {
  const { tx, providerId, now } = context;
  let account: AccountFound = await findAccount(tx, providerId, data.account, currency);
  if ("accountId" in account) {
    const held = await accountInScope(context, account.accountId);
    if (held?.account.status !== "active") account = { because: "account-closed" };
  }
  const paidAt = data.paidAt ? Temporal.Instant.from(data.paidAt) : Temporal.Instant.fromEpochMilliseconds(atMs);
  return enterPayment(context, {
    ...{
      channelId: gateway.channelId,
      gatewayId: gateway.id,
      externalId,
      account,
      accountText: data.account ?? null,
      currency,
      amountMicros,
    },
    ...{ payerName: data.payerName ?? null, payerPhone: data.payerPhone ?? null, details: data.details ?? null },
    // A clock that is ahead of ours doesn't make money wait.
    paidAt: Temporal.Instant.compare(paidAt, now) > 0 ? now : paidAt,
  });
}
