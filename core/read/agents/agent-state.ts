// Is an agent alive, and how fast does it send?
import { sql } from "drizzle-orm";
import type { Tx } from "../../../db/client.ts";
import type { Scope } from "../../kernel/actor.ts";
import { providersIn } from "../input.ts";
import { rows } from "../rows.ts";

/** Seconds without a sign of life after which an agent counts as late, and as silent. Agents report every few seconds. */
export const lateAfterSec = 30;
export const silentAfterSec = 120;

/** Whole minutes that the rate is an average of. */
const rateMinutes = 5;

export type Liveness = "online" | "late" | "silent" | "never" | "revoked";

export type AgentRow = {
  providerId: number;
  providerName: string;
  agentId: string;
  kind: "pbx" | "import" | "chain";
  name: string;
  createdAt: string;
  revokedAt: string | null;
  lastSeenAt: string | null;
  lastBatchAt: string | null;
  lastSequence: number;
  /** Sequence numbers that never arrived. */
  lostRows: number;
  heartbeat: unknown;
  batches: number;
  rows: number;
  rated: number;
  duplicates: number;
  quarantined: number;
  discarded: number;
  recentRows: number;
};

/** `silentSec`: seconds since the last sign of life. `rowsPerSec`: average of the last five whole minutes. */
export type AgentState = Omit<AgentRow, "recentRows"> & { state: Liveness | null; silentSec: number | null; rowsPerSec: number };

function livenessOf(agent: AgentRow, silentSec: number | null): Liveness | null {
  if (agent.kind !== "pbx") return null; // a name for uploaded files, or for a partner's usage: not a program
  if (agent.revokedAt !== null) return "revoked";
  if (silentSec === null) return "never";
  return silentSec <= lateAfterSec ? "online" : silentSec <= silentAfterSec ? "late" : "silent";
}

/** Agents of the scope, those that send files by hand left out unless asked for. Providers have few. */
export async function agentStates(
  tx: Tx,
  scope: Scope,
  now: Temporal.Instant,
  only: { providerId?: number | undefined; agentId?: string; imports?: boolean } = {},
): Promise<AgentState[]> {
  const minute = now.round({ smallestUnit: "minute", roundingMode: "floor" });
  const found = await rows<AgentRow>(
    tx,
    sql`select a.provider_id, p.name as provider_name, a.id as agent_id, a.kind, a.name, a.created_at, a.revoked_at, a.last_seen_at, a.last_batch_at, a.last_sequence, a.lost_rows, a.heartbeat,
          coalesce(i.batches, 0) as batches, coalesce(i.rows, 0) as rows, coalesce(i.rated, 0) as rated, coalesce(i.duplicates, 0) as duplicates,
          coalesce(i.quarantined, 0) as quarantined, coalesce(i.discarded, 0) as discarded,
          (select coalesce(sum(m.rows), 0) from read.ingest_minutes m where m.provider_id = a.provider_id and m.agent_id = a.id
             and m.minute >= ${minute.subtract({ minutes: rateMinutes }).toString()} and m.minute < ${minute.toString()}) as recent_rows
        from app.agents a join app.providers p on p.id = a.provider_id
        left join read.ingest_agents i on i.provider_id = a.provider_id and i.agent_id = a.id
        where a.provider_id = any(${providersIn(scope, only.providerId)})
          and ${only.agentId === undefined ? sql`true` : sql`a.id = ${only.agentId}`} and ${only.imports ? sql`true` : sql`a.kind <> 'import'`}
        order by a.revoked_at is not null, a.name, a.id limit 500`,
  );
  return found.map(({ recentRows, ...agent }) => {
    const silentSec =
      agent.lastSeenAt === null ? null : Math.max(0, Math.floor(now.since(Temporal.Instant.from(agent.lastSeenAt)).total("seconds")));
    return { ...agent, silentSec, state: livenessOf({ ...agent, recentRows }, silentSec), rowsPerSec: recentRows / (rateMinutes * 60) };
  });
}
