// One settlement account: its terms, whose it is, and what is sold to it. The facts themselves, so that a change shows at once.
import { sql } from "drizzle-orm";
import * as v from "valibot";
import { accept, refuse } from "../../kernel/errors.ts";
import { defineQuery } from "../../kernel/query.ts";
import { groupSeen, idField, providersIn } from "../input.ts";
import { rows } from "../rows.ts";

export type AccountDetail = {
  providerId: number;
  providerName: string;
  zone: string;
  accountId: string;
  number: string;
  currency: string;
  kind: "prepaid" | "postpaid";
  status: "active" | "closed";
  /** Null without the right to see the ledger. */
  balanceMicros: bigint | null;
  creditLimitMicros: bigint;
  /** Reserved by open holds; null without the right to see the ledger. */
  heldMicros: bigint | null;
  /** What remains in pots, in the balance; null without the right to see the ledger. */
  grantedMicros: bigint | null;
  /** The account that pays for this one, if it may be seen; `paidFor` says that there is one. */
  paidFor: boolean;
  payerAccountId: string | null;
  payerNumber: string | null;
  payerName: string | null;
  payerLimitMicros: bigint | null;
  /** What the payer took over this month. */
  payerPaidMicros: bigint;
  /** The day on which periods of plans that follow the account begin; null: the plans' own. */
  billingDay: number | null;
  taxExempt: boolean;
  createdAt: string;
  subscriberId: string;
  subscriberNumber: number;
  subscriberName: string;
  subscriberStatus: "active" | "closed";
  /** Whether the balance of an earlier system was entered: that can happen once. */
  carriedOver: boolean;
};

/** In the order in which they are spent; cash has the priority 0. */
export type PotLeft = {
  potId: string;
  kind: "bonus" | "card";
  name: string;
  priority: number;
  grantedMicros: bigint;
  remainingMicros: bigint;
  expiresAt: string | null;
};

export const accountsDetail = defineQuery({
  name: "accounts.detail",
  summary: "One account: terms, balance, subscriber, services",
  permission: "subscribers:read",
  level: "subscriber",
  input: v.object({ accountId: idField }),
  async run({ tx, scope, now, may }, { accountId }) {
    const [account] = await rows<AccountDetail>(
      tx,
      sql`select a.provider_id, p.name as provider_name, p.zone, a.account_id, a.number, a.currency, a.kind, a.status,
            case when ${may("ledger:read")}::boolean then coalesce(b.balance_micros, 0) end as balance_micros, coalesce(b.credit_limit_micros, 0) as credit_limit_micros,
            case when ${may("ledger:read")}::boolean then b.held_micros end as held_micros, case when ${may("ledger:read")}::boolean then b.granted_micros end as granted_micros,
            b.payer_account_id is not null as paid_for, pay.account_id as payer_account_id, pay.number as payer_number, pay.name as payer_name, b.payer_limit_micros,
            coalesce((select m.covered_micros from app.payer_months m where m.provider_id = a.provider_id and m.account_id = a.account_id
              and m.month = date_trunc('month', ${now.toString()}::timestamptz at time zone p.zone)::date), 0) as payer_paid_micros, a.billing_day, a.tax_exempt, a.created_at,
            s.id as subscriber_id, s.number as subscriber_number, s.name as subscriber_name, s.status as subscriber_status,
            exists (select from app.ledger_transactions t
              where t.provider_id = a.provider_id and t.account_id = a.account_id and t.source_key = 'balance.opened') as carried_over
          from app.accounts a
          join app.providers p on p.id = a.provider_id
          join app.subscribers s on s.provider_id = a.provider_id and s.id = a.subscriber_id
          left join app.balances b on b.provider_id = a.provider_id and b.account_id = a.account_id and b.currency = a.currency
          left join lateral (
            select pa.account_id, pa.number, s.name from app.accounts pa join app.subscribers s on s.provider_id = pa.provider_id and s.id = pa.subscriber_id
            where pa.provider_id = a.provider_id and pa.account_id = b.payer_account_id and ${groupSeen(scope, sql`s.group_id`)}) pay on true
          where a.provider_id = any(${providersIn(scope)}) and a.account_id = ${accountId} and ${groupSeen(scope, sql`s.group_id`)}`,
    );
    if (!account) return refuse("not_found");
    const services = await rows<{ serviceId: string; label: string; status: "active" | "terminated"; planName: string | null }>(
      tx,
      sql`select v.id as service_id, v.label, v.status, pl.name as plan_name from app.services v
          left join lateral (
            select c.plan_id from app.service_plans c
            where c.provider_id = v.provider_id and c.account_id = v.account_id and c.service_id = v.id and c.valid_from <= ${now.toString()}
            order by c.valid_from desc limit 1) sp on true
          left join app.plans pl on pl.provider_id = v.provider_id and pl.id = sp.plan_id
          where v.provider_id = ${account.providerId} and v.account_id = ${accountId} order by v.status, v.created_at, v.id limit 200`,
    );
    const pots = may("ledger:read")
      ? await rows<PotLeft>(
          tx,
          sql`select o.id as pot_id, o.kind, o.name, o.priority, o.granted_micros, o.remaining_micros, o.expires_at from app.pots o
              where o.provider_id = ${account.providerId} and o.account_id = ${accountId} and o.remaining_micros > 0
              order by o.priority desc, o.expires_at nulls last, o.granted_at, o.id limit 100`,
        )
      : [];
    const paysFor = await rows<{ accountId: string; number: string; subscriberName: string; limitMicros: bigint | null }>(
      tx,
      sql`select a.account_id, a.number, s.name as subscriber_name, b.payer_limit_micros as limit_micros from app.balances b
          join app.accounts a on a.provider_id = b.provider_id and a.account_id = b.account_id
          join app.subscribers s on s.provider_id = a.provider_id and s.id = a.subscriber_id
          where b.provider_id = ${account.providerId} and b.payer_account_id = ${accountId} and ${groupSeen(scope, sql`s.group_id`)} order by a.number limit 200`,
    );
    return accept({ account, services, pots, paysFor });
  },
});
