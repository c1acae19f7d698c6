// A manager's name, role, scope and whether they may sign in. Nobody changes a manager who may do more than they themselves.
import { and, eq } from "drizzle-orm";
import * as v from "valibot";
import { managers } from "../../db/schema/rights.ts";
import { defineCommand } from "../kernel/command.ts";
import { accept, refuse } from "../kernel/errors.ts";
import { groupIdsField, idField, lineField } from "../kernel/input-fields.ts";
import { lockProvider } from "../providers/lock-provider.ts";
import { endSessionsOf, managerForUpdate, roleById } from "./manager-rows.ts";
import { countAdministrators, refuseBeyondOwn, refuseLimitBeyondOwn, refuseUnknownGroups } from "./rights.ts";

/** What is left out stays as it is. */
export const changeManager = defineCommand({
  name: "auth.change-manager",
  summary: "Change a manager's name, role or scope; block or unblock",
  permission: "managers:write",
  level: "provider",
  input: v.strictObject({
    managerId: idField,
    name: v.optional(lineField(200)),
    roleId: v.optional(idField),
    groupIds: v.optional(groupIdsField),
    blocked: v.optional(v.boolean("must be true or false")),
  }),

  async run({ tx, actor, providerId, now, audit }, input) {
    await lockProvider(tx, providerId);
    const before = await managerForUpdate(tx, providerId, input.managerId);
    if (!before) return refuse("not_found");
    const oldRole = await roleById(tx, providerId, before.roleId);
    const newRole = input.roleId === undefined ? oldRole : await roleById(tx, providerId, input.roleId);
    if (!oldRole || !newRole) return refuse("not_found");
    const groupIds = input.groupIds === undefined ? before.groupIds : input.groupIds;
    const refusal =
      refuseBeyondOwn(actor, [...oldRole.permissions, ...newRole.permissions]) ??
      refuseLimitBeyondOwn(actor, oldRole.adjustmentLimitMicros) ??
      refuseLimitBeyondOwn(actor, newRole.adjustmentLimitMicros) ??
      (await refuseUnknownGroups(tx, providerId, groupIds));
    if (refusal) return refusal;

    const administrators = await countAdministrators(tx, providerId);
    const blockedAt = input.blocked === undefined ? before.blockedAt : input.blocked ? (before.blockedAt ?? now.toString()) : null;
    const after = { name: input.name ?? before.name, roleId: newRole.id, groupIds, blockedAt };
    await tx
      .update(managers)
      .set(after)
      .where(and(eq(managers.providerId, providerId), eq(managers.id, before.id)));
    if (administrators > 0 && (await countAdministrators(tx, providerId)) === 0) return refuse("last_administrator");
    if (blockedAt !== null) await endSessionsOf(tx, providerId, before.id);
    audit({
      before: { name: before.name, role: oldRole.name, groupIds: before.groupIds, blocked: before.blockedAt !== null },
      after: { name: after.name, role: newRole.name, groupIds, blocked: blockedAt !== null },
    });
    return accept({ managerId: before.id });
  },
});
