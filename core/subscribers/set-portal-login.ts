// How a subscriber gets into the portal: one login each, which a second call replaces.
import { and, eq } from "drizzle-orm";
import * as v from "valibot";
import { portalLogins } from "../../db/schema/subscribers.ts";
import { newPasswordField, refuseWeak } from "../auth/login-field.ts";
import { hashPassword } from "../auth/password-hash.ts";
import { defineCommand } from "../kernel/command.ts";
import { accept, refuse } from "../kernel/errors.ts";
import { idField, lineField } from "../kernel/input-fields.ts";
import { subscriberInScope } from "./in-scope.ts";

/** Capitals in the login don't matter. */
export const setPortalLogin = defineCommand({
  name: "subscribers.set-portal-login",
  summary: "Give a subscriber a login and a password for the portal",
  permission: "subscribers:write",
  level: "subscriber",
  input: v.strictObject({
    subscriberId: idField,
    login: v.pipe(
      lineField(254),
      v.toLowerCase(),
      v.minLength(3, "must have at least 3 characters"),
      v.regex(/^\S+$/, "must not have spaces"),
    ),
    password: newPasswordField,
  }),
  conflicts: { portal_logins_provider_id_login_key: "login_taken" },

  async run(context, { subscriberId, login, password }) {
    const { tx, providerId, now, audit, emit } = context;
    const subscriber = await subscriberInScope(context, subscriberId);
    if (!subscriber) return refuse("not_found");
    if (subscriber.status === "closed") return refuse("subscriber_closed");
    const weak = refuseWeak(password, { login, name: subscriber.name });
    if (weak) return weak;
    const [before] = await tx
      .select({ login: portalLogins.login })
      .from(portalLogins)
      .where(and(eq(portalLogins.providerId, providerId), eq(portalLogins.subscriberId, subscriberId)));
    const passwordHash = await hashPassword(password);
    await tx
      .insert(portalLogins)
      .values({ providerId, subscriberId, login, passwordHash, createdAt: now.toString() })
      .onConflictDoUpdate({ target: [portalLogins.providerId, portalLogins.subscriberId], set: { login, passwordHash } });
    audit({ before, after: { login } });
    await emit("subscriber.changed", { subscriberId });
    return accept({ subscriberId, login });
  },
});
