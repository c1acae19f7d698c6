// Which subscribers are there, and by what can one be found? One row per subscriber with everything the list shows and searches.
import { type SQL, sql } from "drizzle-orm";
import type { Projection } from "../projection.ts";
import { merge, type ReadTable } from "../read-table.ts";
import { touchedSubscribers } from "../touched-subscribers.ts";

/**
 * Identifiers are those held without an end: one that has an end given is not listed any more, so that the row doesn't depend on
 * when it was computed.
 */
const rows = (where: SQL): SQL => sql`
  select s.provider_id, s.id, s.number, s.name, s.kind, s.status, s.group_id, g.name, s.email, s.phone,
    (select count(*)::int from app.accounts a where a.provider_id = s.provider_id and a.subscriber_id = s.id),
    (select count(*)::int from app.services v where v.provider_id = s.provider_id and v.subscriber_id = s.id and v.status = 'active'),
    h.held, lower(concat_ws(' ', s.name, s.number, array_to_string(h.held, ' '), s.email, s.phone, n.numbers, l.login)), p.name, p.zone, p.locale, s.created_at
  from app.subscribers s
  join app.subscriber_groups g on g.provider_id = s.provider_id and g.id = s.group_id
  join app.providers p on p.id = s.provider_id
  left join app.portal_logins l on l.provider_id = s.provider_id and l.subscriber_id = s.id
  cross join lateral (
    select string_agg(a.number, ' ' order by a.number) as numbers from app.accounts a
    where a.provider_id = s.provider_id and a.subscriber_id = s.id) n
  cross join lateral (
    select array(select i.value from app.services v join app.identifiers i on i.provider_id = v.provider_id and i.service_id = v.id
                 where v.provider_id = s.provider_id and v.subscriber_id = s.id and upper_inf(i.valid) and i.kind <> 'partner' order by i.value) as held) h
  where ${where}`;

const subscribers: ReadTable = {
  name: "subscribers",
  columns: {
    provider_id: "key",
    subscriber_id: "key",
    number: "replace",
    name: "replace",
    kind: "replace",
    status: "replace",
    group_id: "replace",
    group_name: "replace",
    email: "replace",
    phone: "replace",
    accounts: "replace",
    services: "replace",
    identifiers: "replace",
    search: "replace",
    provider_name: "replace",
    zone: "replace",
    locale: "replace",
    created_at: "replace",
  },
  facts: (providerId) => rows(sql`s.provider_id = ${providerId}`),
};

const counts = (where: SQL): SQL =>
  sql`select s.provider_id, s.group_id, count(*)::int from app.subscribers s where s.status = 'active' and ${where} group by 1, 2`;

const summary: ReadTable = {
  name: "provider_summary",
  columns: { provider_id: "key", group_id: "key", subscribers: "replace" },
  facts: (providerId) => counts(sql`s.provider_id = ${providerId}`),
};

export const subscriberList: Projection = {
  name: "subscriber-list",
  version: 2,
  tables: [subscribers, summary],

  async apply(tx, events) {
    const touched = touchedSubscribers(events);
    // Counted for the groups that the subscribers were in and are in; a group that has become empty has no row.
    await tx.execute(sql`with touched as materialized (${touched}),
        groups as materialized (
          select o.provider_id, o.group_id from read.subscribers o join touched t on t.provider_id = o.provider_id and t.subscriber_id = o.subscriber_id
          union select s.provider_id, s.group_id from app.subscribers s join touched t on t.provider_id = s.provider_id and t.subscriber_id = s.id),
        emptied as (
          delete from read.provider_summary o using groups g where o.provider_id = g.provider_id and o.group_id = g.group_id and not exists (
            select from app.subscribers s where s.provider_id = g.provider_id and s.group_id = g.group_id and s.status = 'active'))
      ${merge(summary, counts(sql`(s.provider_id, s.group_id) in (select g.provider_id, g.group_id from groups g)`))}`);
    await tx.execute(sql`with touched as materialized (${touched})
      ${merge(subscribers, rows(sql`(s.provider_id, s.id) in (select t.provider_id, t.subscriber_id from touched t)`))}`);
  },
};
