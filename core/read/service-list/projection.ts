// What services does a subscriber have, on which plan, recognised by what? For the portal, which reads schema `read` only.
import { type SQL, sql } from "drizzle-orm";
import type { Projection } from "../projection.ts";
import { merge, type ReadTable } from "../read-table.ts";
import { touchedSubscribers } from "../touched-subscribers.ts";

/** All plans and identifiers with the time from which they count: what is in force now is decided when it is asked. */
const rows = (where: SQL): SQL => sql`
  select v.provider_id, v.account_id, v.id, v.subscriber_id, v.kind, v.label, v.status, v.activated_at, v.terminated_at,
    coalesce((select jsonb_agg(jsonb_build_object('planId', p.id, 'name', p.name, 'from', sp.valid_from) order by sp.valid_from)
      from app.service_plans sp join app.plans p on p.provider_id = sp.provider_id and p.id = sp.plan_id
      where sp.provider_id = v.provider_id and sp.account_id = v.account_id and sp.service_id = v.id), '[]'),
    coalesce((select jsonb_agg(jsonb_build_object('kind', i.kind, 'value', i.value, 'from', lower(i.valid), 'to', upper(i.valid)) order by i.value, lower(i.valid))
      from app.identifiers i where i.provider_id = v.provider_id and i.service_id = v.id and i.kind <> 'partner'), '[]')
  from app.services v where ${where}`;

const table: ReadTable = {
  name: "services",
  columns: {
    provider_id: "key",
    account_id: "key",
    service_id: "key",
    subscriber_id: "replace",
    kind: "replace",
    label: "replace",
    status: "replace",
    activated_at: "replace",
    terminated_at: "replace",
    plans: "replace",
    identifiers: "replace",
  },
  facts: (providerId) => rows(sql`v.provider_id = ${providerId}`),
};

export const serviceList: Projection = {
  name: "service-list",
  version: 1,
  tables: [table],

  async apply(tx, events) {
    await tx.execute(sql`with touched as materialized (${touchedSubscribers(events)})
      ${merge(table, rows(sql`(v.provider_id, v.subscriber_id) in (select t.provider_id, t.subscriber_id from touched t)`))}`);
  },
};
