// Which adjustments wait for a second person, and what became of the last ones?
import { type SQL, sql } from "drizzle-orm";
import * as v from "valibot";
import { accept } from "../../kernel/errors.ts";
import { defineQuery } from "../../kernel/query.ts";
import { groupSeen, idField, providersIn } from "../input.ts";
import { afterField, limitField, pageOf, providerField, uuidPart } from "../page.ts";
import { rows } from "../rows.ts";

export type AdjustmentRow = {
  providerId: number;
  requestId: string;
  accountId: string;
  accountNumber: string;
  subscriberId: string;
  subscriberName: string;
  amountMicros: bigint;
  taxMicros: bigint;
  currency: string;
  reason: string;
  state: "waiting" | "approved" | "rejected" | "expired";
  requestedKind: string;
  requestedBy: string;
  requestedName: string;
  requestedAt: string;
  expiresAt: string;
  decidedName: string | null;
  decidedAt: string | null;
  decision: string | null;
  transactionId: string | null;
};

/** The condition "waits still". */
export const isWaiting = (now: Temporal.Instant): SQL => sql`r.state = 'waiting' and r.expires_at > ${now.toString()}::timestamptz`;

/** Newest first; those that wait alone with `waiting`. */
export const adjustmentsList = defineQuery({
  name: "adjustments.list",
  summary: "Adjustments above somebody's limit: those that wait for approval, and what became of the others",
  permission: "ledger:read",
  level: "subscriber",
  input: v.object({
    providerId: providerField,
    accountId: v.optional(idField),
    waiting: v.optional(v.boolean(), false),
    limit: limitField,
    after: afterField(uuidPart),
  }),
  async run({ tx, scope, now }, { providerId, accountId, waiting, limit, after }) {
    const found = await rows<AdjustmentRow>(
      tx,
      sql`select r.provider_id, r.id as request_id, r.account_id, a.number as account_number, s.id as subscriber_id, s.name as subscriber_name, r.amount_micros, r.tax_micros,
            r.currency, r.reason, case when r.state = 'waiting' and not (${isWaiting(now)}) then 'expired' else r.state end as state, r.requested_kind, r.requested_by,
            r.requested_name, r.requested_at, r.expires_at, r.decided_name, r.decided_at, r.decision, r.transaction_id
          from app.adjustment_requests r
          join app.accounts a on a.provider_id = r.provider_id and a.account_id = r.account_id
          join app.subscribers s on s.provider_id = a.provider_id and s.id = a.subscriber_id
          where r.provider_id = any(${providersIn(scope, providerId)}) and ${groupSeen(scope, sql`s.group_id`)}
            ${accountId ? sql`and r.account_id = ${accountId}` : sql``} ${waiting ? sql`and ${isWaiting(now)}` : sql``} ${after ? sql`and r.id < ${after[0]}::uuid` : sql``}
          order by r.id desc limit ${limit + 1}`,
    );
    return accept(pageOf(found, limit, (row) => [row.requestId]));
  },
});
