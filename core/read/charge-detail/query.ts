// One charge that is no single record: a fee, a discount, a minimum, a credit, or what usage adds to a period, with how it came about.
import { sql } from "drizzle-orm";
import * as v from "valibot";
import { accept, refuse } from "../../kernel/errors.ts";
import { defineQuery } from "../../kernel/query.ts";
import { groupSeen, idField, providersIn } from "../input.ts";
import { rows } from "../rows.ts";

/** Days are ISO dates, half-open; amounts are net, the tax beside them. `trace`: lines as core/rating writes them. */
export type ChargeDetail = {
  chargeId: string;
  accountId: string;
  accountNumber: string;
  subscriberId: string;
  subscriberName: string;
  serviceId: string;
  serviceLabel: string;
  kind: "usage" | "fee" | "minimum" | "discount" | "adjustment";
  code: string;
  name: string;
  from: string;
  to: string;
  quantity: string;
  amountMicros: bigint;
  taxMicros: bigint;
  currency: string;
  planId: string;
  planName: string;
  planVersion: number;
  transactionId: string | null;
  chargedAt: string;
  trace: readonly { readonly kind: string }[];
};

export const chargesDetail = defineQuery({
  name: "charges.detail",
  summary: "One fee, discount, minimum or credit, and how it came about",
  permission: "ledger:read",
  level: "subscriber",
  input: v.object({ accountId: idField, chargeId: idField }),
  async run({ tx, scope }, { accountId, chargeId }) {
    const [charge] = await rows<ChargeDetail>(
      tx,
      sql`select c.id as charge_id, c.account_id, a.number as account_number, s.id as subscriber_id, s.name as subscriber_name, c.service_id, v.label as service_label,
            c.kind, c.code, c.name, c.period_from::text as "from", c.period_to::text as "to", c.quantity, c.amount_micros, c.tax_micros, c.currency,
            c.plan_id, p.name as plan_name, c.plan_version, c.transaction_id, c.charged_at, coalesce(c.details -> 'trace', '[]') as trace
          from app.charges c
          join app.accounts a on a.provider_id = c.provider_id and a.account_id = c.account_id
          join app.subscribers s on s.provider_id = a.provider_id and s.id = a.subscriber_id
          join app.services v on v.provider_id = c.provider_id and v.account_id = c.account_id and v.id = c.service_id
          join app.plans p on p.provider_id = c.provider_id and p.id = c.plan_id
          where c.provider_id = any(${providersIn(scope)}) and c.account_id = ${accountId} and c.id = ${chargeId} and ${groupSeen(scope, sql`s.group_id`)}`,
    );
    return charge ? accept({ charge }) : refuse("not_found");
  },
});
