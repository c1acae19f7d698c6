import * as v from "valibot";
import { managers } from "../../db/schema/rights.ts";
import { defineCommand } from "../kernel/command.ts";
import { accept, refuse } from "../kernel/errors.ts";
import { newId } from "../kernel/id.ts";
import { groupIdsField, idField, lineField } from "../kernel/input-fields.ts";
import { emailLoginField, newPasswordField, refuseWeak } from "./login-field.ts";
import { roleById } from "./manager-rows.ts";
import { hashPassword } from "./password-hash.ts";
import { refuseBeyondOwn, refuseLimitBeyondOwn, refuseUnknownGroups } from "./rights.ts";

/** `groupIds` null: the whole subtree of the provider; else only these groups of its own subscribers. */
export const addManager = defineCommand({
  name: "auth.add-manager",
  summary: "Add a manager with a role and a scope",
  permission: "managers:write",
  level: "provider",
  input: v.strictObject({
    login: emailLoginField,
    name: lineField(200),
    password: newPasswordField,
    roleId: idField,
    groupIds: v.optional(groupIdsField, null),
  }),
  conflicts: { managers_provider_id_login_key: "login_taken" },

  async run({ tx, actor, providerId, now, audit }, { login, name, password, roleId, groupIds }) {
    const role = await roleById(tx, providerId, roleId);
    if (!role) return refuse("not_found");
    const refusal =
      refuseBeyondOwn(actor, role.permissions) ??
      refuseLimitBeyondOwn(actor, role.adjustmentLimitMicros) ??
      (await refuseUnknownGroups(tx, providerId, groupIds)) ??
      refuseWeak(password, { login, name });
    if (refusal) return refusal;
    const id = newId();
    await tx.insert(managers).values({
      providerId,
      id,
      login,
      name,
      passwordHash: await hashPassword(password),
      roleId,
      groupIds,
      blockedAt: null,
      createdAt: now.toString(),
    });
    audit({ after: { id, login, name, role: role.name, groupIds } });
    return accept({ managerId: id });
  },
});
