// One payment: what became of it, with the entries in the books, and what its gateway said.
import { sql } from "drizzle-orm";
import * as v from "valibot";
import { accept, refuse } from "../../kernel/errors.ts";
import { defineQuery } from "../../kernel/query.ts";
import { groupSeen, idField, providersIn } from "../input.ts";
import { rows } from "../rows.ts";
import type { PaymentRow } from "./list.ts";

export type PaymentDetail = PaymentRow & {
  providerName: string;
  zone: string;
  channelKind: "desk" | "bank" | "gateway";
  gatewayId: string | null;
  subscriberId: string | null;
  payerPhone: string | null;
  receivedBy: string;
};

export type MovementRow = {
  movementId: string;
  kind: string;
  amountMicros: bigint;
  channelName: string;
  accountId: string | null;
  accountNumber: string | null;
  transactionId: string | null;
  providerTransactionId: string | null;
  adjustmentId: string | null;
  why: string | null;
  at: string;
  byWhom: string;
};

export type EntryRow = {
  movementId: string;
  transactionId: string;
  template: string;
  effectiveAt: string;
  debit: string;
  credit: string;
  amountMicros: bigint;
};
export type SaidRow = {
  eventId: string;
  kind: string;
  at: string;
  storedAt: string;
  data: { readonly amount: string; readonly currency: string };
};

export const paymentsDetail = defineQuery({
  name: "payments.detail",
  summary: "One payment with its history, its entries in the books and what its gateway said",
  permission: "payments:read",
  level: "subscriber",
  input: v.object({ paymentId: idField }),
  async run({ tx, scope }, { paymentId }) {
    const [payment] = await rows<PaymentDetail>(
      tx,
      sql`select p.provider_id, v.name as provider_name, v.zone, p.id as payment_id, p.receipt_number, p.channel_id, c.name as channel_name, c.kind as channel_kind, p.gateway_id,
            p.external_id, p.account_id, a.number as account_number, a.subscriber_id, s.name as subscriber_name, p.currency, p.amount_micros, p.refunded_micros,
            p.charged_back_micros, p.state, p.payer_name, p.payer_phone, p.account_text, p.details, p.unmatched_because, p.paid_at, p.received_at, p.received_by
          from app.payments p join app.payment_channels c on c.provider_id = p.provider_id and c.id = p.channel_id join app.providers v on v.id = p.provider_id
          left join app.accounts a on a.provider_id = p.provider_id and a.account_id = p.account_id
          left join app.subscribers s on s.provider_id = a.provider_id and s.id = a.subscriber_id
          where p.provider_id = any(${providersIn(scope)}) and p.id = ${paymentId} and ${scope.groupIds === null ? sql`true` : groupSeen(scope, sql`s.group_id`)}`,
    );
    if (!payment) return refuse("not_found");
    const { providerId, gatewayId, externalId } = payment;
    // Of other accounts, which the payment was on before, one hears only within one's groups.
    const seen = scope.groupIds === null ? sql`true` : sql`(m.account_id is null or ${groupSeen(scope, sql`s.group_id`)})`;
    const movements = await rows<MovementRow>(
      tx,
      sql`select m.id as movement_id, m.kind, m.amount_micros, c.name as channel_name, m.account_id, a.number as account_number, m.transaction_id, m.provider_transaction_id, m.adjustment_id,
            m.why, m.at, m.by_whom
          from app.payment_movements m join app.payment_channels c on c.provider_id = m.provider_id and c.id = m.channel_id
          left join app.accounts a on a.provider_id = m.provider_id and a.account_id = m.account_id
          left join app.subscribers s on s.provider_id = a.provider_id and s.id = a.subscriber_id
          where m.provider_id = ${providerId} and m.payment_id = ${paymentId} and ${seen} order by m.id`,
    );
    const entries = await rows<EntryRow>(
      tx,
      sql`select m.id as movement_id, x.id as transaction_id, x.template, x.effective_at, e.debit, e.credit, e.amount_micros
          from app.payment_movements m cross join lateral (values (m.adjustment_id, 1), (m.transaction_id, 2)) as w(id, place)
          join app.ledger_transactions x on x.provider_id = m.provider_id and x.account_id = m.account_id and x.id = w.id
          join app.ledger_postings e on e.provider_id = x.provider_id and e.account_id = x.account_id and e.transaction_id = x.id
          left join app.accounts a on a.provider_id = m.provider_id and a.account_id = m.account_id
          left join app.subscribers s on s.provider_id = a.provider_id and s.id = a.subscriber_id
          where m.provider_id = ${providerId} and m.payment_id = ${paymentId} and ${seen}
          union all
          select m.id, x.id, x.template, x.effective_at, e.debit, e.credit, e.amount_micros
          from app.payment_movements m join app.provider_transactions x on x.provider_id = m.provider_id and x.id = m.provider_transaction_id
          join app.provider_postings e on e.provider_id = x.provider_id and e.transaction_id = x.id
          where m.provider_id = ${providerId} and m.payment_id = ${paymentId}
          order by 1, 2`,
    );
    const said =
      gatewayId === null
        ? []
        : await rows<SaidRow>(
            tx,
            sql`select event_id, kind, at, stored_at, data from app.gateway_events
                where provider_id = ${providerId} and gateway_id = ${gatewayId} and external_id = ${externalId} order by at, event_id`,
          );
    return accept({ payment, movements, entries, said });
  },
});
