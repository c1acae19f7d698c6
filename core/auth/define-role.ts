// A role is a set of permissions with a name. Changing one changes what everybody who has it may do, at once.
import { and, eq } from "drizzle-orm";
import * as v from "valibot";
import { roles } from "../../db/schema/rights.ts";
import { defineCommand } from "../kernel/command.ts";
import { accept, refuse } from "../kernel/errors.ts";
import { newId } from "../kernel/id.ts";
import { idField, lineField } from "../kernel/input-fields.ts";
import { formatMicros } from "../kernel/money.ts";
import { lockProvider } from "../providers/lock-provider.ts";
import { roleById } from "./manager-rows.ts";
import { adjustmentLimitField, countAdministrators, permissionsField, refuseBeyondOwn, refuseLimitBeyondOwn } from "./rights.ts";

/** With `roleId` the role is changed, without it a new one is made, whose limit is nothing unless told. */
export const defineRole = defineCommand({
  name: "auth.define-role",
  summary: "Make a role, or change what it allows",
  permission: "managers:write",
  level: "provider",
  input: v.strictObject({
    roleId: v.optional(idField),
    name: lineField(100),
    permissions: permissionsField,
    adjustmentLimit: v.optional(adjustmentLimitField),
  }),
  conflicts: { roles_provider_id_name_key: "name_taken" },

  async run({ tx, actor, providerId, now, audit }, { roleId, name, permissions, adjustmentLimit }) {
    await lockProvider(tx, providerId);
    const before = roleId === undefined ? undefined : await roleById(tx, providerId, roleId);
    if (roleId !== undefined && !before) return refuse("not_found");
    const limitBefore = before ? before.adjustmentLimitMicros : 0n;
    const adjustmentLimitMicros = adjustmentLimit === undefined ? limitBefore : adjustmentLimit;
    const refusal =
      refuseBeyondOwn(actor, [...permissions, ...(before?.permissions ?? [])]) ??
      refuseLimitBeyondOwn(actor, limitBefore) ??
      refuseLimitBeyondOwn(actor, adjustmentLimitMicros);
    if (refusal) return refusal;
    const id = before?.id ?? newId();
    if (before) {
      const administrators = await countAdministrators(tx, providerId);
      await tx
        .update(roles)
        .set({ name, permissions, adjustmentLimitMicros })
        .where(and(eq(roles.providerId, providerId), eq(roles.id, id)));
      if (administrators > 0 && (await countAdministrators(tx, providerId)) === 0) return refuse("last_administrator");
    } else {
      await tx.insert(roles).values({ providerId, id, name, permissions, adjustmentLimitMicros, createdAt: now.toString() });
    }
    const shown = (limit: bigint | null) => (limit === null ? null : formatMicros(limit));
    audit({
      before: before && { name: before.name, permissions: before.permissions, adjustmentLimit: shown(before.adjustmentLimitMicros) },
      after: { id, name, permissions, adjustmentLimit: shown(adjustmentLimitMicros) },
    });
    return accept({ roleId: id });
  },
});
