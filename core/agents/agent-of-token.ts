// Who an agent's bearer token stands for.
import { and, eq } from "drizzle-orm";
import { agents } from "../../db/schema/usage.ts";
import { inTenant } from "../../db/tenant.ts";
import { tokenHash } from "../auth/token.ts";
import type { Core } from "../kernel/core.ts";

const form = /^mba_([1-9]\d{0,8})_[A-Za-z0-9_-]{43}$/;

export type KnownAgent = { readonly providerId: number; readonly agentId: string; readonly lastSequence: number };

/** Undefined for a token that is malformed, unknown or revoked: the caller can't tell which. */
export async function agentOfToken(core: Pick<Core, "db">, token: string): Promise<KnownAgent | undefined> {
  const match = form.exec(token);
  if (!match) return undefined;
  const providerId = Number(match[1]);
  return inTenant(
    core.db,
    [providerId],
    async (tx) => {
      const [row] = await tx
        .select({ id: agents.id, lastSequence: agents.lastSequence, revokedAt: agents.revokedAt })
        .from(agents)
        .where(and(eq(agents.providerId, providerId), eq(agents.tokenHash, tokenHash(token))));
      return row && row.revokedAt === null ? { providerId, agentId: row.id, lastSequence: row.lastSequence } : undefined;
    },
    "read",
  );
}
