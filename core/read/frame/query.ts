// What stands around every page of the web client: how many, how fresh. A few sums of small tables, since every page pays for it.
import { sql } from "drizzle-orm";
import type { Tx } from "../../../db/client.ts";
import type { Scope } from "../../kernel/actor.ts";
import { groupSeen, providersIn } from "../input.ts";
import { rows } from "../rows.ts";

export type FrameFigures = {
  readonly subscribers: number;
  /** Null for who sees only some groups of subscribers. */
  readonly quarantined: number | null;
  readonly agents: number | null;
};

/** Counts of what the scope may see. `tx` sees the providers of the scope. */
export async function frameFigures(tx: Tx, scope: Scope): Promise<FrameFigures> {
  const providers = providersIn(scope);
  const [counts] = await rows<{ subscribers: number; quarantined: number; agents: number }>(
    tx,
    sql`select (select coalesce(sum(u.subscribers), 0) from read.provider_summary u where u.provider_id = any(${providers}) and ${groupSeen(scope, sql`u.group_id`)}) as subscribers,
               (select coalesce(sum(u.quarantined), 0) from read.ingest_agents u where u.provider_id = any(${providers})) as quarantined,
               (select count(*) from app.agents a where a.provider_id = any(${providers}) and a.kind <> 'import' and a.revoked_at is null) as agents`,
  );
  const wide = scope.groupIds === null;
  return { subscribers: counts!.subscribers, quarantined: wide ? counts!.quarantined : null, agents: wide ? counts!.agents : null };
}
