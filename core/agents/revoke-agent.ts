// An agent whose token leaked, or whose exchange is gone, is shut out at once. What it sent stays.
import { and, eq } from "drizzle-orm";
import * as v from "valibot";
import { agents } from "../../db/schema/usage.ts";
import { defineCommand } from "../kernel/command.ts";
import { accept, refuse } from "../kernel/errors.ts";
import { idField } from "../kernel/input-fields.ts";

/** Revoking twice is no mistake: the first time stays. */
export const revokeAgent = defineCommand({
  name: "agents.revoke",
  summary: "Revoke an agent's token for good",
  permission: "agents:write",
  level: "provider",
  input: v.strictObject({ agentId: idField }),

  async run({ tx, providerId, now, audit }, { agentId }) {
    const which = and(eq(agents.providerId, providerId), eq(agents.id, agentId));
    const [before] = await tx
      .select({ kind: agents.kind, name: agents.name, revokedAt: agents.revokedAt })
      .from(agents)
      .where(which)
      .for("update");
    if (!before) return refuse("not_found");
    // It has no token: whether a partner is charged is said of the partner.
    if (before.kind === "chain")
      return refuse("not_permitted", { detail: "This is a partner's usage. End it where the partner is charged." });
    if (before.revokedAt === null) await tx.update(agents).set({ revokedAt: now.toString() }).where(which);
    audit({ before: { name: before.name, revokedAt: before.revokedAt }, after: { revokedAt: before.revokedAt ?? now.toString() } });
    return accept({ agentId });
  },
});
