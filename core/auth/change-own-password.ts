// Whoever is signed in changes their own password. They must know the present one: a session left open is not enough to take an account over.
import { and, eq } from "drizzle-orm";
import * as v from "valibot";
import { managers } from "../../db/schema/rights.ts";
import { inTenant } from "../../db/tenant.ts";
import { defineCommand } from "../kernel/command.ts";
import { accept, refuse } from "../kernel/errors.ts";
import { newPasswordField, refuseWeak } from "./login-field.ts";
import { endSessionsOf, managerById, managerForUpdate } from "./manager-rows.ts";
import { hashPassword, verifyPassword } from "./password-hash.ts";
import { admit } from "./throttle.ts";

/** Every session of theirs ends; the caller opens a new one. Wrong guesses count as failed sign-ins. */
export const changeOwnPassword = defineCommand({
  name: "auth.change-own-password",
  summary: "Change one's own password",
  permission: "self",
  level: "subscriber",
  input: v.strictObject({
    currentPassword: v.pipe(v.string("must be text"), v.maxLength(1000, "is too long")),
    password: newPasswordField,
  }),

  async before({ core, actor, providerId }, { currentPassword }) {
    if (actor.kind !== "manager" || actor.providerId !== providerId) return refuse("not_found");
    const manager = await inTenant(core.db, [providerId], (tx) => managerById(tx, providerId, actor.id), "read");
    if (!manager) return refuse("not_found");
    const { admitted, forgive } = await admit(core, { door: "manager", login: manager.login, address: `own:${manager.id}` });
    if (!admitted) return refuse("too_many_attempts");
    if (!(await verifyPassword(manager.passwordHash, currentPassword))) return wrongPassword();
    await forgive();
    return undefined;
  },

  async run({ tx, actor, providerId, audit }, { currentPassword, password }) {
    const manager = await managerForUpdate(tx, providerId, actor.id);
    if (!manager) return refuse("not_found");
    // Again, since it may have been changed meanwhile.
    if (!(await verifyPassword(manager.passwordHash, currentPassword))) return wrongPassword();
    const weak = refuseWeak(password, manager);
    if (weak) return weak;
    await tx
      .update(managers)
      .set({ passwordHash: await hashPassword(password) })
      .where(and(eq(managers.providerId, providerId), eq(managers.id, manager.id)));
    await endSessionsOf(tx, providerId, manager.id);
    audit({ after: { manager: manager.login, sessionsEnded: true } });
    return accept({ managerId: manager.id });
  },
});

const wrongPassword = () => refuse("invalid_input", { issues: [{ path: "currentPassword", message: "is not your present password" }] });
