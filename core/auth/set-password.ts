// A manager gets a new password from somebody who may do at least as much; every session of theirs ends.
import { and, eq } from "drizzle-orm";
import * as v from "valibot";
import { managers } from "../../db/schema/rights.ts";
import { defineCommand } from "../kernel/command.ts";
import { accept, refuse } from "../kernel/errors.ts";
import { idField } from "../kernel/input-fields.ts";
import { newPasswordField, refuseWeak } from "./login-field.ts";
import { endSessionsOf, managerForUpdate, roleById } from "./manager-rows.ts";
import { hashPassword } from "./password-hash.ts";
import { refuseBeyondOwn, refuseLimitBeyondOwn } from "./rights.ts";

export const setPassword = defineCommand({
  name: "auth.set-password",
  summary: "Give a manager a new password and end their sessions",
  permission: "managers:write",
  level: "provider",
  input: v.strictObject({ managerId: idField, password: newPasswordField }),

  async run({ tx, actor, providerId, audit }, { managerId, password }) {
    const manager = await managerForUpdate(tx, providerId, managerId);
    const role = manager && (await roleById(tx, providerId, manager.roleId));
    if (!manager || !role) return refuse("not_found");
    const refusal =
      refuseBeyondOwn(actor, role.permissions) ?? refuseLimitBeyondOwn(actor, role.adjustmentLimitMicros) ?? refuseWeak(password, manager);
    if (refusal) return refusal;
    await tx
      .update(managers)
      .set({ passwordHash: await hashPassword(password) })
      .where(and(eq(managers.providerId, providerId), eq(managers.id, managerId)));
    await endSessionsOf(tx, providerId, managerId);
    audit({ before: { manager: manager.login }, after: { manager: manager.login, sessionsEnded: true } });
    return accept({ managerId });
  },
});
