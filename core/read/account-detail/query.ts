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
            case when ${may("ledger:read")}::boolean then coalesce(b.balance_micros, 0) end as balance_micros, coalesce(b.credit_limit_micros, 0) as credit_limit_micros, a.billing_day, a.tax_exempt, a.created_at,
            s.id as subscriber_id, s.number as subscriber_number, s.name as subscriber_name, s.status as subscriber_status,
            exists (select from app.ledger_transactions t
              where t.provider_id = a.provider_id and t.account_id = a.account_id and t.source_key = 'balance.opened') as carried_over
          from app.accounts a
          join app.providers p on p.id = a.provider_id
          join app.subscribers s on s.provider_id = a.provider_id and s.id = a.subscriber_id
          left join app.balances b on b.provider_id = a.provider_id and b.account_id = a.account_id and b.currency = a.currency
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
    return accept({ account, services });
  },
});
