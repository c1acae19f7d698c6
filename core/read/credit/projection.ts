// In which credit state is each account, what has its subscriber promised, paused, been told, and been offered? Recomputed for the accounts touched.
import { type SQL, sql } from "drizzle-orm";
import type { Projection } from "../projection.ts";
import { merge, type ReadTable } from "../read-table.ts";

const standings = (where: SQL): SQL => sql`
  select a.provider_id, a.account_id, a.subscriber_id, s.group_id, coalesce(c.state, 'active'), coalesce(c.since, a.created_at), coalesce(c.rule, 'enough'), coalesce(c.reason, '{}'),
    (select jsonb_build_object('amountMicros', o.amount_micros::text, 'dueAt', o.due_at) from app.promises o
      where o.provider_id = a.provider_id and o.account_id = a.account_id and o.state = 'open'),
    (select jsonb_build_object('from', u.from_at, 'until', u.until_at) from app.suspensions u
      where u.provider_id = a.provider_id and u.account_id = a.account_id and u.from_at < u.until_at order by u.until_at desc, u.id desc limit 1),
    coalesce((select jsonb_strip_nulls(jsonb_build_object(
        'promise', case when coalesce((p.document -> 'promise' ->> 'portal')::boolean, true) then nullif(p.document -> 'promise', 'null') end,
        'suspension', case when coalesce((p.document -> 'suspension' ->> 'portal')::boolean, true) then nullif(p.document -> 'suspension', 'null') end))
      from app.credit_policies p where p.provider_id = a.provider_id order by p.version desc limit 1), '{}')
  from app.accounts a
  join app.subscribers s on s.provider_id = a.provider_id and s.id = a.subscriber_id
  left join app.credit_states c on c.provider_id = a.provider_id and c.account_id = a.account_id
  where a.status = 'active' and ${where}`;

const standing: ReadTable = {
  name: "credit_standing",
  columns: {
    provider_id: "key",
    account_id: "key",
    subscriber_id: "replace",
    group_id: "replace",
    state: "replace",
    since: "replace",
    rule: "replace",
    reason: "replace",
    promise: "replace",
    suspension: "replace",
    offers: "replace",
  },
  facts: (providerId) => standings(sql`a.provider_id = ${providerId}`),
};

const told = (where: SQL): SQL => sql`
  select n.provider_id, n.account_id, n.id, a.subscriber_id, n.kind, n.title, n.body, n.advice, n.at, n.ended_at
  from app.notices n join app.accounts a on a.provider_id = n.provider_id and a.account_id = n.account_id where ${where}`;

const notices: ReadTable = {
  name: "notices",
  columns: {
    ...{
      provider_id: "key",
      account_id: "key",
      id: "key",
      subscriber_id: "keep",
      kind: "keep",
      title: "keep",
      body: "keep",
      advice: "keep",
      at: "keep",
    },
    ended_at: "replace",
  },
  facts: (providerId) => told(sql`n.provider_id = ${providerId}`),
};

export const creditStanding: Projection = {
  name: "credit-standing",
  version: 1,
  tables: [standing, notices],

  async apply(tx, events) {
    const touched = sql`touched as materialized (
      select e.provider_id, x.id::uuid as account_id from (${events("credit.changed")}) e, jsonb_array_elements_text(e.data -> 'accountIds') as x(id)
      union
      select e.provider_id, (e.data ->> 'accountId')::uuid from (${events("account.changed")}) e
      union
      select a.provider_id, a.account_id from (${events("subscriber.changed")}) e
      join app.accounts a on a.provider_id = e.provider_id and a.subscriber_id = (e.data ->> 'subscriberId')::uuid
      union
      select a.provider_id, a.account_id from (select distinct provider_id from (${events("credit.policy-changed")}) p) e join app.accounts a on a.provider_id = e.provider_id)`;
    const among = (table: SQL) => sql`(${table}.provider_id, ${table}.account_id) in (select t.provider_id, t.account_id from touched t)`;
    await tx.execute(sql`with ${touched}, gone as (
        delete from read.credit_standing r where ${among(sql`r`)}
          and not exists (select from app.accounts a where a.provider_id = r.provider_id and a.account_id = r.account_id and a.status = 'active'))
      ${merge(standing, standings(among(sql`a`)))}`);
    await tx.execute(sql`with ${touched} ${merge(notices, told(among(sql`n`)))}`);
  },
};
