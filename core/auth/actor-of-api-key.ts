// Who a bearer key of the API stands for.
import { and, eq } from "drizzle-orm";
import { apiKeys } from "../../db/schema/rights.ts";
import { inTenant } from "../../db/tenant.ts";
import type { Actor } from "../kernel/actor.ts";
import type { Core } from "../kernel/core.ts";
import { scopeOf } from "./actor-scope.ts";
import { knownPermissions } from "./rights.ts";
import { tokenHash } from "./token.ts";

const form = /^mb_(\d{1,9})_[A-Za-z0-9_-]{43}$/;

/** Undefined for a key that is malformed, unknown, revoked or expired: the caller can't tell which. */
export async function actorOfApiKey(core: Pick<Core, "db" | "clock">, key: string): Promise<Actor | undefined> {
  const match = form.exec(key);
  if (!match) return undefined;
  const providerId = Number(match[1]);
  return inTenant(
    core.db,
    [providerId],
    async (tx) => {
      const [row] = await tx
        .select()
        .from(apiKeys)
        .where(and(eq(apiKeys.providerId, providerId), eq(apiKeys.keyHash, tokenHash(key))));
      if (!row || row.revokedAt !== null) return undefined;
      if (row.expiresAt !== null && Temporal.Instant.compare(Temporal.Instant.from(row.expiresAt), core.clock()) <= 0) return undefined;
      const scope = await scopeOf(tx, providerId, row.groupIds);
      return {
        kind: "api-key",
        id: row.id,
        name: row.name,
        providerId,
        scope,
        permissions: new Set(knownPermissions(row.permissions)),
        adjustmentLimitMicros: row.adjustmentLimitMicros,
      } satisfies Actor;
    },
    "read",
  );
}
