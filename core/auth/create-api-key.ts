// A key for other software. What is shown once can't be shown again: only its digest is kept.
import * as v from "valibot";
import { apiKeys } from "../../db/schema/rights.ts";
import { defineCommand } from "../kernel/command.ts";
import { accept, refuse } from "../kernel/errors.ts";
import { newId } from "../kernel/id.ts";
import { groupIdsField, instantField, lineField } from "../kernel/input-fields.ts";
import { formatMicros } from "../kernel/money.ts";
import { adjustmentLimitField, permissionsField, refuseBeyondOwn, refuseLimitBeyondOwn, refuseUnknownGroups } from "./rights.ts";
import { newToken, tokenHash } from "./token.ts";

/** The answer's `token` is `mb_<provider>_<random>`; a repetition with the same idempotency key doesn't show it again. */
export const createApiKey = defineCommand({
  name: "auth.create-api-key",
  summary: "Make an API key with permissions and a scope",
  permission: "managers:write",
  level: "provider",
  input: v.strictObject({
    name: lineField(100),
    permissions: permissionsField,
    groupIds: v.optional(groupIdsField, null),
    expiresAt: v.optional(instantField),
    adjustmentLimit: v.optional(adjustmentLimitField, "0"),
  }),
  conflicts: { api_keys_provider_id_name_key: "name_taken" },

  async run({ tx, actor, providerId, now, audit }, { name, permissions, groupIds, expiresAt, adjustmentLimit }) {
    const refusal =
      refuseBeyondOwn(actor, permissions) ??
      refuseLimitBeyondOwn(actor, adjustmentLimit) ??
      (await refuseUnknownGroups(tx, providerId, groupIds));
    if (refusal) return refusal;
    if (expiresAt && Temporal.Instant.compare(expiresAt, now) <= 0)
      return refuse("invalid_input", { issues: [{ path: "expiresAt", message: "must be in the future" }] });
    const id = newId();
    const token = `mb_${providerId}_${newToken()}`;
    const row = { id, name, permissions, groupIds, expiresAt: expiresAt?.toString() ?? null };
    await tx.insert(apiKeys).values({
      ...row,
      providerId,
      adjustmentLimitMicros: adjustmentLimit,
      keyHash: tokenHash(token),
      createdAt: now.toString(),
      revokedAt: null,
    });
    audit({ after: { ...row, adjustmentLimit: adjustmentLimit === null ? null : formatMicros(adjustmentLimit) } });
    return accept({ apiKeyId: id, token });
  },
});
