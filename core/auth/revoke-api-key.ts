import { and, eq } from "drizzle-orm";
import * as v from "valibot";
import { apiKeys } from "../../db/schema/rights.ts";
import { defineCommand } from "../kernel/command.ts";
import { accept, refuse } from "../kernel/errors.ts";
import { idField } from "../kernel/input-fields.ts";

/** Revoking twice is revoking once. */
export const revokeApiKey = defineCommand({
  name: "auth.revoke-api-key",
  summary: "End an API key at once",
  permission: "managers:write",
  level: "provider",
  input: v.strictObject({ apiKeyId: idField }),

  async run({ tx, providerId, now, audit }, { apiKeyId }) {
    const which = and(eq(apiKeys.providerId, providerId), eq(apiKeys.id, apiKeyId));
    const [key] = await tx.select().from(apiKeys).where(which).for("update");
    if (!key) return refuse("not_found");
    const revokedAt = key.revokedAt ?? now.toString();
    await tx.update(apiKeys).set({ revokedAt }).where(which);
    audit({ before: { name: key.name, revokedAt: key.revokedAt }, after: { name: key.name, revokedAt } });
    return accept({ apiKeyId });
  },
});
