// Writes a payment that came, with its receipt: by hand, through the API, or told by a gateway.
import { and, eq } from "drizzle-orm";
import { rawOf } from "../../db/client.ts";
import { payments, type UnmatchedBecause } from "../../db/schema/payments.ts";
import { newId } from "../kernel/id.ts";
import { holdClosedBefore } from "../ledger/closed-months.ts";
import { nextNumber } from "../subscribers/numbers.ts";
import { type Books, bookReceived, type Payment } from "./payment-books.ts";

export type NewPayment = {
  readonly channelId: string;
  readonly gatewayId: string | null;
  readonly externalId: string | null;
  readonly account:
    | { readonly accountId: string; readonly number: string; readonly subscriberName: string }
    | { readonly because: UnmatchedBecause };
  readonly accountText: string | null;
  readonly currency: string;
  readonly amountMicros: bigint;
  readonly payerName: string | null;
  readonly payerPhone: string | null;
  readonly details: string | null;
  readonly paidAt: Temporal.Instant;
};

/** What the channel has sent under this id, held. */
export async function paymentUnder({ tx, providerId }: Pick<Books, "tx" | "providerId">, channelId: string, externalId: string) {
  const which = and(eq(payments.providerId, providerId), eq(payments.channelId, channelId), eq(payments.externalId, externalId));
  const [row] = await tx.select().from(payments).where(which).for("no key update");
  return row;
}

/** A payment of a month that is closed by now takes effect today; it says itself when it was paid. */
export async function enterPayment(books: Books, { account, paidAt, ...given }: NewPayment): Promise<Payment> {
  const { tx, providerId, now, actor } = books;
  const closedBefore = await holdClosedBefore(rawOf(tx), providerId);
  const matched = "accountId" in account ? account : undefined;
  // Last of all locks: whoever else issues a receipt waits for this transaction, so that no number is lost.
  const receiptNumber = await nextNumber(tx, providerId, "receipt");
  const said = [String(receiptNumber), given.externalId, given.payerName, given.payerPhone, given.details, given.accountText];
  const payment: Payment = {
    ...{ providerId, id: newId(), receiptNumber, ...given },
    ...{ accountId: matched?.accountId ?? null, unmatchedBecause: "because" in account ? account.because : null },
    ...{ refundedMicros: 0n, chargedBackMicros: 0n, state: matched ? "credited" : "unmatched" },
    ...{ paidAt: paidAt.toString(), receivedAt: now.toString(), receivedBy: actor.name },
    search: [...said, matched?.number, matched?.subscriberName].filter(Boolean).join(" ").toLowerCase(),
  };
  await tx.insert(payments).values(payment);
  await bookReceived(books, payment, paidAt.epochMilliseconds < closedBefore ? now : paidAt);
  return payment;
}
