// Moves a payment's money: the entries in the books, the movement in the payment's history and what the read side is told, in one transaction.
import { and, desc, eq } from "drizzle-orm";
import { rawOf, type Tx } from "../../db/client.ts";
import { type MovementKind, paymentChannels, paymentMovements, payments } from "../../db/schema/payments.ts";
import type { Actor } from "../kernel/actor.ts";
import { newId } from "../kernel/id.ts";
import { dayOf } from "../kernel/period.ts";
import { postedData } from "../ledger/gl-entries.ts";
import { lockBalances, post, postProvider } from "../ledger/post.ts";
import {
  type CashAccount,
  type LedgerTransaction,
  type Posting,
  type ProviderTransaction,
  providerTemplates,
  reversed,
  templates,
} from "../ledger/templates.ts";
import { providerById } from "../providers/tenants.ts";
import { restOf, stateOf } from "./payment-states.ts";

export type Books = {
  readonly tx: Tx;
  readonly providerId: number;
  readonly now: Temporal.Instant;
  readonly actor: Pick<Actor, "name">;
  emit(type: string, data: object): Promise<void>;
};

export type Payment = typeof payments.$inferSelect;
export type Movement = typeof paymentMovements.$inferSelect;

type OnAccount = Pick<LedgerTransaction, "template" | "postings" | "reversesId">;
type InSuspense = Pick<ProviderTransaction, "template" | "postings" | "reversesId">;

type Move = {
  readonly kind: MovementKind;
  readonly amountMicros: bigint;
  readonly channelId?: string;
  readonly why?: string;
  /** The movement that is undone. */
  readonly reverses?: Movement;
  readonly effectiveAt?: Temporal.Instant;
  readonly onAccount?: OnAccount;
  readonly inSuspense?: InSuspense;
  readonly adjustment?: readonly Posting[];
};

/** The payment, held until the transaction ends. */
export async function lockPayment({ tx, providerId }: Pick<Books, "tx" | "providerId">, paymentId: string): Promise<Payment | undefined> {
  const which = and(eq(payments.providerId, providerId), eq(payments.id, paymentId));
  const [row] = await tx.select().from(payments).where(which).for("no key update");
  return row;
}

export async function channelOf({ tx, providerId }: Pick<Books, "tx" | "providerId">, channelId: string) {
  const which = and(eq(paymentChannels.providerId, providerId), eq(paymentChannels.id, channelId));
  const [row] = await tx.select().from(paymentChannels).where(which);
  return row;
}

async function cashOf(books: Books, channelId: string): Promise<CashAccount> {
  return `cash.${(await channelOf(books, channelId))!.kind}`;
}

/** Writes the money that came in: onto the account, or into suspense. The payment's row is there already. */
export async function bookReceived(books: Books, payment: Payment, effectiveAt: Temporal.Instant): Promise<void> {
  const { amountMicros } = payment;
  const cash = await cashOf(books, payment.channelId);
  await book(books, payment, {
    ...(payment.accountId === null
      ? { kind: "suspended", ...suspended(cash, amountMicros) }
      : { kind: "received", ...received(cash, amountMicros) }),
    amountMicros,
    effectiveAt,
  });
}

export async function bookMatched(books: Books, payment: Payment, accountId: string): Promise<Payment> {
  const amountMicros = restOf(payment);
  const matched: Payment = { ...payment, accountId, unmatchedBecause: null };
  const onAccount = { template: "payment.matched" as const, postings: templates["payment.matched"]({ amountMicros }) };
  await book(books, matched, { kind: "matched", amountMicros, onAccount });
  return keep(books, matched);
}

/** Off the account and into suspense: it was somebody else's. */
export async function bookTakenOff(books: Books, payment: Payment, why: string): Promise<Payment> {
  const credit = await lastCredit(books, payment);
  const cash = await cashOf(books, payment.channelId);
  const { amountMicros } = credit;
  await book(books, payment, {
    ...{ kind: "taken-off", amountMicros, why, reverses: credit, onAccount: undone(credit, cash) },
    ...(credit.kind === "matched" ? {} : suspended(cash, amountMicros)),
  });
  return keep(books, { ...payment, accountId: null, unmatchedBecause: "taken-off" });
}

/** A mistake by hand: the money never came. */
export async function bookCancelled(books: Books, payment: Payment, why: string): Promise<Payment> {
  const cash = await cashOf(books, payment.channelId);
  const { amountMicros } = payment;
  const credit = payment.accountId === null ? undefined : await lastCredit(books, payment);
  await book(books, payment, {
    ...{ kind: "cancelled", amountMicros, why },
    ...(credit ? { reverses: credit, onAccount: undone(credit, cash) } : {}),
    ...(credit?.kind === "received" ? {} : unsuspended(cash, amountMicros)),
  });
  return keep(books, payment, "cancelled");
}

export async function bookReturned(books: Books, payment: Payment, why: string): Promise<Payment> {
  const amountMicros = restOf(payment);
  await book(books, payment, { kind: "returned", amountMicros, why, ...unsuspended(await cashOf(books, payment.channelId), amountMicros) });
  return keep(books, payment, "returned");
}

/** `byGateway`: it has happened already, and asks for nothing. `adjustment` gives the charge back as well, first. */
export async function bookRefunded(
  books: Books,
  payment: Payment,
  of: { amountMicros: bigint; why?: string; channelId?: string; adjustment?: readonly Posting[]; byGateway?: boolean },
): Promise<Payment> {
  const { amountMicros, why, channelId = payment.channelId, adjustment, byGateway = false } = of;
  const cash = await cashOf(books, channelId);
  const template = byGateway ? ("payment.refunded-by-gateway" as const) : ("payment.refunded" as const);
  await book(books, payment, {
    ...{ kind: "refunded", amountMicros, channelId },
    ...(why === undefined ? {} : { why }),
    ...(adjustment ? { adjustment } : {}),
    ...(payment.accountId === null
      ? unsuspended(cash, amountMicros)
      : { onAccount: { template, postings: templates[template]({ cash, amountMicros }) } }),
  });
  return keep(books, { ...payment, refundedMicros: payment.refundedMicros + amountMicros });
}

/** The gateway took a refund back. */
export async function bookRefundReversed(books: Books, payment: Payment, refund: Movement): Promise<Payment> {
  if (payment.accountId !== null && refund.accountId === null) {
    // Given back before the payment had its account: it comes again in suspense, and all goes to the account as one, so that it can be taken off as one.
    const waiting = await bookTakenOff(books, payment, "The gateway took a refund back");
    return bookMatched(books, await bookRefundReversed(books, waiting, refund), payment.accountId);
  }
  const cash = await cashOf(books, refund.channelId);
  await book(books, payment, {
    ...{ kind: "refund-reversed", amountMicros: refund.amountMicros, reverses: refund },
    ...backAgain(payment, refund, cash),
  });
  return keep(books, { ...payment, refundedMicros: payment.refundedMicros - refund.amountMicros });
}

/** All that is left of it is gone. */
export async function bookChargedBack(books: Books, payment: Payment, why?: string): Promise<Payment> {
  const amountMicros = restOf(payment);
  const cash = await cashOf(books, payment.channelId);
  await book(books, payment, {
    ...{ kind: "charged-back", amountMicros },
    ...(why === undefined ? {} : { why }),
    ...(payment.accountId === null
      ? unsuspended(cash, amountMicros)
      : { onAccount: { template: "payment.charged-back", postings: templates["payment.charged-back"]({ cash, amountMicros }) } }),
  });
  return keep(books, { ...payment, chargedBackMicros: amountMicros });
}

export async function bookChargeBackReversed(books: Books, payment: Payment, why?: string): Promise<Payment> {
  const chargeBack = (await movementsOf(books, payment.id)).find(({ kind }) => kind === "charged-back")!;
  const cash = await cashOf(books, payment.channelId);
  await book(books, payment, {
    ...{ kind: "charge-back-reversed", amountMicros: chargeBack.amountMicros, reverses: chargeBack },
    ...(why === undefined ? {} : { why }),
    ...backAgain(payment, chargeBack, cash),
  });
  return keep(books, { ...payment, chargedBackMicros: 0n });
}

/** Newest first. */
export const movementsOf = ({ tx, providerId }: Pick<Books, "tx" | "providerId">, paymentId: string): Promise<Movement[]> =>
  tx
    .select()
    .from(paymentMovements)
    .where(and(eq(paymentMovements.providerId, providerId), eq(paymentMovements.paymentId, paymentId)))
    .orderBy(desc(paymentMovements.id));

/** What put the money onto the account that it is on. */
async function lastCredit(books: Books, payment: Payment): Promise<Movement> {
  const credit = (await movementsOf(books, payment.id)).find(({ kind }) => kind === "received" || kind === "matched");
  if (credit?.accountId !== payment.accountId) throw new Error("payment-books: a payment on an account that nothing credited");
  return credit;
}

const received = (cash: CashAccount, amountMicros: bigint): { onAccount: OnAccount } => ({
  onAccount: { template: "payment.received", postings: templates["payment.received"]({ cash, amountMicros }) },
});
const suspended = (cash: CashAccount, amountMicros: bigint): { inSuspense: InSuspense } => ({
  inSuspense: { template: "payment.unmatched", postings: providerTemplates["payment.unmatched"]({ cash, amountMicros }) },
});
const unsuspended = (cash: CashAccount, amountMicros: bigint): { inSuspense: InSuspense } => ({
  inSuspense: { template: "payment.unmatched-returned", postings: providerTemplates["payment.unmatched-returned"]({ cash, amountMicros }) },
});

/** The mirror of a movement's entries on an account. */
function undone({ kind, amountMicros, transactionId }: Movement, cash: CashAccount): OnAccount {
  const template = accountTemplates[kind as keyof typeof accountTemplates];
  const postings = reversed(templates[template]({ cash, amountMicros }));
  return { template: `${template}.reversed`, postings, reversesId: transactionId! };
}
const accountTemplates = {
  received: "payment.received",
  matched: "payment.matched",
  refunded: "payment.refunded-by-gateway",
  "charged-back": "payment.charged-back",
} as const;

/** What was taken comes again where it was taken from: the payment is there still. */
const backAgain = (payment: Payment, taken: Movement, cash: CashAccount): { onAccount: OnAccount } | { inSuspense: InSuspense } =>
  payment.accountId === null ? suspended(cash, taken.amountMicros) : { onAccount: undone(taken, cash) };

async function book(books: Books, payment: Payment, move: Move): Promise<void> {
  const { tx, providerId, now, emit, actor } = books;
  const { kind, amountMicros, channelId = payment.channelId, why, reverses, onAccount, inSuspense, adjustment } = move;
  const { currency } = payment;
  const t = rawOf(tx);
  if (payment.accountId !== null && onAccount) await lockBalances(t, providerId, [payment.accountId]);
  const id = newId();
  const frame = {
    currency,
    effectiveAt: (move.effectiveAt ?? now).toString(),
    details: { paymentId: payment.id, receipt: payment.receiptNumber, ...(why === undefined ? {} : { reason: why }) },
  };
  const made: (LedgerTransaction | ProviderTransaction)[] = [];
  const onTheAccount = async (source: string, of: OnAccount): Promise<string> => {
    const transaction: LedgerTransaction = { ...frame, ...of, id: newId(), accountId: payment.accountId!, sourceKey: `${source}:${id}` };
    await post(t, providerId, [transaction], now);
    made.push(transaction);
    return transaction.id;
  };
  const adjustmentId = adjustment ? await onTheAccount("payment-adjusted", { template: "account.adjusted", postings: adjustment }) : null;
  const transactionId = onAccount ? await onTheAccount("payment", onAccount) : null;
  let providerTransactionId: string | null = null;
  if (inSuspense) {
    const transaction: ProviderTransaction = { ...frame, ...inSuspense, id: newId(), sourceKey: `payment:${id}` };
    await postProvider(t, providerId, [transaction], now);
    made.push(transaction);
    providerTransactionId = transaction.id;
  }
  const day = dayOf(now, (await providerById(tx, providerId))!.zone).toString();
  await tx.insert(paymentMovements).values({
    ...{ providerId, id, paymentId: payment.id, kind, channelId, day, currency, amountMicros },
    ...{
      accountId: onAccount ? payment.accountId : null,
      transactionId,
      providerTransactionId,
      adjustmentId,
      reversesId: reverses?.id ?? null,
    },
    ...{ why: why ?? null, at: now.toString(), byWhom: actor.name },
  });
  await emit("ledger.posted", postedData(made));
  await emit("payment.moved", { kind, channelId, day, currency, amountMicros });
}

async function keep({ tx, providerId }: Books, payment: Payment, state = stateOf(payment)): Promise<Payment> {
  const { accountId, refundedMicros, chargedBackMicros, unmatchedBecause } = payment;
  await tx
    .update(payments)
    .set({ state, accountId, refundedMicros, chargedBackMicros, unmatchedBecause })
    .where(and(eq(payments.providerId, providerId), eq(payments.id, payment.id)));
  return { ...payment, state };
}
