// Usage that comes through the API belongs to an agent too: one per key and provider, so that the ingest pages show who sent what.
import { agents } from "../../db/schema/usage.ts";
import { inTenant } from "../../db/tenant.ts";
import type { Actor } from "../kernel/actor.ts";
import type { Core } from "../kernel/core.ts";

/** The agent's id, made on first use. It is the key's own id, so that two first requests at once make one agent. */
export async function importAgentOfKey(core: Pick<Core, "db" | "clock">, providerId: number, actor: Actor): Promise<string> {
  const row = { providerId, id: actor.id, kind: "import" as const, name: `API: ${actor.name}`, config: { apiKeyId: actor.id } };
  await inTenant(core.db, [providerId], (tx) =>
    tx
      .insert(agents)
      .values({ ...row, createdAt: core.clock().toString() })
      .onConflictDoNothing(),
  );
  return actor.id;
}
