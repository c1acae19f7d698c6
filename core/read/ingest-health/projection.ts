// What has come in from each agent and file, minute by minute, and what became of it? Every row ends rated, duplicate, quarantined or discarded.
import { type SQL, sql } from "drizzle-orm";
import type { Projection } from "../projection.ts";
import { merge, type ReadTable } from "../read-table.ts";

const counts = { rows: "add", rated: "add", duplicates: "add", quarantined: "add" } as const;
const processed = (providerId: number): SQL =>
  sql`from app.usage_inbox i where i.provider_id = ${providerId} and i.processed_at is not null`;
const sums = (of: string, discarded = true): SQL =>
  sql.raw(["rows", "rated", "duplicates", "quarantined", ...(discarded ? ["discarded"] : [])].map((c) => `sum(${of}.${c})`).join(", "));

const agents: ReadTable = {
  name: "ingest_agents",
  columns: { provider_id: "key", agent_id: "key", batches: "add", ...counts, discarded: "add", last_batch_at: "latest" },
  facts: (providerId) =>
    sql`select i.provider_id, i.agent_id, count(*), ${sums("i")}, max(i.received_at) ${processed(providerId)} group by 1, 2`,
};

const files: ReadTable = {
  name: "ingest_files",
  columns: { provider_id: "key", file_id: "key", agent_id: "keep", ...counts, discarded: "add", first_at: "least", last_at: "latest" },
  facts: (providerId) => sql`select i.provider_id, i.file_id, i.agent_id, ${sums("i")}, min(i.received_at), max(i.received_at)
    ${processed(providerId)} and i.file_id is not null group by 1, 2, 3`,
};

const minutes: ReadTable = {
  name: "ingest_minutes",
  columns: { provider_id: "key", agent_id: "key", minute: "key", ...counts },
  facts: (providerId) =>
    sql`select i.provider_id, i.agent_id, date_trunc('minute', i.received_at, 'UTC'), ${sums("i", false)} ${processed(providerId)} group by 1, 2, 3`,
};

export const ingestHealth: Projection = {
  name: "ingest-health",
  version: 1,
  tables: [agents, files, minutes],

  // What leaves quarantine comes as an event of its own: no rows, −1 quarantined, +1 rated or discarded. It counts for the minute in
  // which its batch came, which the inbox knows.
  async apply(tx, events) {
    await tx.execute(sql`with c as materialized (
        select e.provider_id, i.agent_id, i.file_id, i.received_at, n.*
        from (${events("usage.rated")}) e
        join app.usage_inbox i on i.provider_id = e.provider_id and i.agent_id = (e.data ->> 'agentId')::uuid and i.first_sequence = (e.data ->> 'firstSequence')::bigint,
             jsonb_to_record(e.data -> 'counts') as n(rows bigint, rated bigint, duplicates bigint, quarantined bigint, discarded bigint)),
      by_file as (${merge(
        files,
        sql`select c.provider_id, c.file_id, c.agent_id, ${sums("c")}, min(c.received_at), max(c.received_at) from c where c.file_id is not null group by 1, 2, 3`,
      )}),
      by_minute as (${merge(minutes, sql`select c.provider_id, c.agent_id, date_trunc('minute', c.received_at, 'UTC'), ${sums("c", false)} from c group by 1, 2, 3`)})
      ${merge(agents, sql`select c.provider_id, c.agent_id, count(*) filter (where c.rows > 0), ${sums("c")}, max(c.received_at) from c group by 1, 2`)}`);
  },
};
