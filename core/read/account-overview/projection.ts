// What does an account look like at a glance: whose is it, what is its balance, how many services? Recomputed for the accounts touched.
import { type SQL, sql } from "drizzle-orm";
import type { Projection } from "../projection.ts";
import { merge, type ReadTable } from "../read-table.ts";

/** Ids are UUIDv7, so the last transaction of an account is found in its primary key. */
const overviews = (where: SQL): SQL => sql`
  select a.provider_id, a.account_id, a.subscriber_id, s.group_id, a.number, a.currency, a.kind, a.status, coalesce(b.balance_micros, 0), coalesce(b.credit_limit_micros, 0),
    (select count(*)::int from app.services v where v.provider_id = a.provider_id and v.account_id = a.account_id and v.status = 'active'),
    (select t.posted_at from app.ledger_transactions t where t.provider_id = a.provider_id and t.account_id = a.account_id order by t.id desc limit 1)
  from app.accounts a
  join app.subscribers s on s.provider_id = a.provider_id and s.id = a.subscriber_id
  left join app.balances b on b.provider_id = a.provider_id and b.account_id = a.account_id and b.currency = a.currency
  where ${where}`;

const table: ReadTable = {
  name: "account_overview",
  columns: {
    provider_id: "key",
    account_id: "key",
    subscriber_id: "replace",
    group_id: "replace",
    number: "replace",
    currency: "replace",
    kind: "replace",
    status: "replace",
    balance_micros: "replace",
    credit_limit_micros: "replace",
    services: "replace",
    last_posted_at: "replace",
  },
  facts: (providerId) => overviews(sql`a.provider_id = ${providerId}`),
};

export const accountOverview: Projection = {
  name: "account-overview",
  version: 1,
  tables: [table],

  async apply(tx, events) {
    await tx.execute(sql`with touched as materialized (
        select e.provider_id, x.id::uuid as account_id from (${events("usage.rated", "usage.rerated", "ledger.posted")}) e, jsonb_array_elements_text(e.data -> 'accountIds') as x(id)
        union
        select e.provider_id, (e.data ->> 'accountId')::uuid from (${events("account.changed")}) e
        union
        select a.provider_id, a.account_id from (${events("subscriber.changed")}) e
        join app.accounts a on a.provider_id = e.provider_id and a.subscriber_id = (e.data ->> 'subscriberId')::uuid)
      ${merge(table, overviews(sql`(a.provider_id, a.account_id) in (select t.provider_id, t.account_id from touched t)`))}`);
  },
};
