// Which payments came? Newest first; by channel, state, period, account or text.
import { sql } from "drizzle-orm";
import * as v from "valibot";
import { accept } from "../../kernel/errors.ts";
import { defineQuery } from "../../kernel/query.ts";
import { contains, groupSeen, idField, instantField, providersIn, searchField } from "../input.ts";
import { afterField, instantPart, limitField, pageOf, providerField, uuidPart } from "../page.ts";
import { rows } from "../rows.ts";

export const paymentStates = ["credited", "unmatched", "refunded", "returned", "charged-back", "cancelled"] as const;
export type PaymentState = (typeof paymentStates)[number];

export type PaymentRow = {
  providerId: number;
  paymentId: string;
  receiptNumber: number;
  channelId: string;
  channelName: string;
  externalId: string | null;
  accountId: string | null;
  accountNumber: string | null;
  subscriberName: string | null;
  currency: string;
  amountMicros: bigint;
  refundedMicros: bigint;
  chargedBackMicros: bigint;
  state: PaymentState;
  payerName: string | null;
  accountText: string | null;
  details: string | null;
  unmatchedBecause: string | null;
  paidAt: string;
  receivedAt: string;
};

/** The period is of the moment of receipt, half-open. A manager of groups sees what is on the accounts of those. Every word of `search` must occur. */
export const paymentsList = defineQuery({
  name: "payments.list",
  summary: "Payments, newest first, with search and filters",
  permission: "payments:read",
  level: "subscriber",
  input: v.object({
    providerId: providerField,
    channelId: v.optional(idField),
    accountId: v.optional(idField),
    state: v.optional(v.picklist(paymentStates)),
    from: v.optional(instantField),
    to: v.optional(instantField),
    search: v.optional(searchField, ""),
    limit: limitField,
    after: afterField(instantPart, uuidPart),
  }),
  async run({ tx, scope }, { providerId, channelId, accountId, state, from, to, search, limit, after }) {
    const words = search.split(/\s+/).filter(Boolean).slice(0, 8);
    const conditions = [
      scope.groupIds === null ? sql`true` : sql`${groupSeen(scope, sql`s.group_id`)}`,
      ...words.map((word) => contains(sql`p.search`, word)),
      ...(channelId === undefined ? [] : [sql`p.channel_id = ${channelId}`]),
      ...(accountId === undefined ? [] : [sql`p.account_id = ${accountId}`]),
      ...(state === undefined ? [] : [sql`p.state = ${state}`]),
      ...(from === undefined ? [] : [sql`p.received_at >= ${from}::timestamptz`]),
      ...(to === undefined ? [] : [sql`p.received_at < ${to}::timestamptz`]),
      ...(after === undefined ? [] : [sql`(p.received_at, p.id) < (${after[0]}::timestamptz, ${after[1]}::uuid)`]),
    ];
    const found = await rows<PaymentRow>(
      tx,
      sql`select p.provider_id, p.id as payment_id, p.receipt_number, p.channel_id, c.name as channel_name, p.external_id, p.account_id, a.number as account_number,
            s.name as subscriber_name, p.currency, p.amount_micros, p.refunded_micros, p.charged_back_micros, p.state, p.payer_name, p.account_text, p.details,
            p.unmatched_because, p.paid_at, p.received_at
          from app.payments p join app.payment_channels c on c.provider_id = p.provider_id and c.id = p.channel_id
          left join app.accounts a on a.provider_id = p.provider_id and a.account_id = p.account_id
          left join app.subscribers s on s.provider_id = a.provider_id and s.id = a.subscriber_id
          where p.provider_id = any(${providersIn(scope, providerId)}) and ${sql.join(conditions, sql` and `)}
          order by p.received_at desc, p.id desc limit ${limit + 1}`,
    );
    return accept(pageOf(found, limit, (row) => [row.receivedAt, row.paymentId]));
  },
});
