// Whoever is signed in: what they may do here, and their own password.
import { Hono } from "hono";
import { changeOwnPassword } from "../../auth/change-own-password.ts";
import { openSession } from "../../auth/session.ts";
import { allPermissions, permissions } from "../../kernel/permissions.ts";
import { writeCookie } from "./cookies.ts";
import type { AdminEnv, PageContext } from "./env.ts";
import { done, type FormErrors, formErrors, noErrors, page, route, run, sessionOf, statusOf } from "./frame.ts";
import { refuseHidden } from "./settle.ts";
import { seesAll } from "./target-provider.ts";

export const myAccountPages = new Hono<AdminEnv>();

function shown(c: PageContext, errors: FormErrors = noErrors, status = 200) {
  const { manager, actor } = sessionOf(c);
  const data = {
    manager,
    scope: seesAll(c) ? `Everything of ${manager.providerName}` : `${actor.scope.groupIds?.length} groups of ${manager.providerName}`,
    permissions: allPermissions.filter((each) => actor.permissions.has(each)).map((each) => permissions[each]),
    errors,
  };
  return page(c, { title: "Your account", section: "none", view: "admin/my-account/show", status, data });
}

myAccountPages.get(
  "/my-account",
  route({ permission: "signed-in" }, (c) => shown(c)),
);

myAccountPages.post(
  "/my-account/password",
  route({ permission: "signed-in" }, async (c) => {
    const fields = c.get("form");
    const { manager } = sessionOf(c);
    const outcome = await run(c, changeOwnPassword, {
      currentPassword: fields.get("currentPassword") ?? "",
      password: fields.get("password") ?? "",
    });
    if (!outcome.ok) {
      refuseHidden(outcome);
      return shown(
        c,
        formErrors(outcome, { too_many_attempts: "currentPassword" }, { currentPassword: "Present password", password: "New password" }),
        statusOf(outcome),
      );
    }
    const session = await openSession(c.get("core"), manager.providerId, manager.id);
    writeCookie(c, "mb_session", session.cookie);
    return done(c, "/my-account", "Your password is changed. You are signed out everywhere else.");
  }),
);
