// Payments in words, alike on every page that shows one.
import { movementText } from "../../../views/shared/ledger-words.ts";
import type { EntryRow, MovementRow, PaymentDetail, SaidRow } from "../../read/payments/detail.ts";
import type { PaymentRow, PaymentState } from "../../read/payments/list.ts";
import type { FiguresText } from "./figures.ts";

export const statePills: Readonly<Record<PaymentState, { readonly tone: string; readonly label: string }>> = {
  credited: { tone: "good", label: "on the account" },
  unmatched: { tone: "warn", label: "without an account" },
  refunded: { tone: "off", label: "refunded" },
  returned: { tone: "off", label: "sent back" },
  "charged-back": { tone: "bad", label: "charged back" },
  cancelled: { tone: "off", label: "cancelled" },
};

export const kindWords = { desk: "cash desk", bank: "bank account", gateway: "payment gateway" } as const;

const becauses: Readonly<Record<string, string>> = {
  "no-account": "No account is called so",
  "account-closed": "The account is closed",
  currency: "The account is in another currency",
  "taken-off": "Taken off the account it was on",
};
export const becauseText = (because: string | null): string => (because === null ? "" : (becauses[because] ?? because));

const movements: Readonly<Record<string, string>> = {
  received: "Received",
  suspended: "Received without an account",
  matched: "Given to its account",
  "taken-off": "Taken off the account",
  refunded: "Given back",
  "refund-reversed": "Refund taken back",
  "charged-back": "Charged back",
  "charge-back-reversed": "Charge-back reversed",
  cancelled: "Cancelled",
  returned: "Sent back to the payer",
};

const said: Readonly<Record<string, string>> = {
  succeeded: "Paid",
  failed: "Failed",
  refunded: "Refunded",
  charged_back: "Charged back",
  chargeback_reversed: "Charge-back reversed",
  stated: "In the gateway’s list",
};

/** As the database writes them. */
const isSameMinute = (a: string, b: string): boolean => a.slice(0, 16) === b.slice(0, 16);

export function shownPayment(row: PaymentRow, text: FiguresText) {
  return {
    href: `/payments/${row.paymentId}`,
    receipt: String(row.receiptNumber),
    when: text.dateTime(row.receivedAt),
    paid: isSameMinute(row.paidAt, row.receivedAt) ? "" : text.dateTime(row.paidAt),
    channel: row.channelName,
    account: row.accountNumber,
    accountHref: row.accountId === null ? "" : `/accounts/${row.accountId}`,
    who: row.subscriberName ?? row.payerName ?? "Unknown payer",
    said: [row.accountText, row.details].filter(Boolean).join(" · "),
    because: becauseText(row.unmatchedBecause),
    amount: text.money(row.amountMicros, row.currency),
    back: row.refundedMicros > 0n && row.state === "credited" ? `${text.amount(row.refundedMicros, row.currency)} given back` : "",
    pill: statePills[row.state],
  };
}

export const shownMovement = (row: MovementRow, entries: readonly EntryRow[], { currency }: PaymentDetail, text: FiguresText) => ({
  what: movements[row.kind] ?? row.kind,
  amount: text.money(row.amountMicros, currency),
  account: row.accountNumber,
  accountHref: row.accountId === null ? "" : `/accounts/${row.accountId}`,
  channel: row.channelName,
  why: row.why ?? "",
  when: text.dateTime(row.at, true),
  by: row.byWhom,
  entries: entries
    .filter(({ movementId }) => movementId === row.movementId)
    .map((entry) => ({
      name: entryText(entry.template),
      href:
        row.accountId !== null && entry.transactionId !== row.providerTransactionId
          ? `/accounts/${row.accountId}/transactions/${entry.transactionId}`
          : "",
      debit: entry.debit,
      credit: entry.credit,
      amount: text.amount(entry.amountMicros, currency),
      effective: text.dateTime(entry.effectiveAt),
    })),
});

const ofProvider: Readonly<Record<string, string>> = {
  "payment.unmatched": "Into suspense",
  "payment.unmatched-returned": "Out of suspense",
};
const entryText = (template: string): string =>
  ofProvider[template] ?? `${movementText(template)}${template.endsWith(".reversed") ? ", reversed" : ""}`;

export const shownSaid = (row: SaidRow, text: FiguresText) => ({
  what: said[row.kind] ?? row.kind,
  amount: `${row.data.amount} ${row.data.currency}`,
  when: text.dateTime(row.at, true),
  stored: text.dateTime(row.storedAt, true),
  id: row.eventId,
});
