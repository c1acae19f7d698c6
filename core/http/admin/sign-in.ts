// In and out. Whoever has one password at several providers chooses; every other failure has one and the same answer.
import { Hono } from "hono";
import { signOut } from "../../auth/session.ts";
import { signIn } from "../../auth/sign-in.ts";
import { isSetUp } from "../../providers/tenants.ts";
import { dropCookie, writeCookie } from "./cookies.ts";
import type { AdminEnv, PageContext } from "./env.ts";
import { type FormErrors, formErrors, noErrors, posted, route, sessionOf, statusOf } from "./frame.ts";
import { plainPage } from "./plain-page.ts";

export const signInPages = new Hono<AdminEnv>();

type Values = { readonly login: string; readonly to: string };

const form = (c: PageContext, values: Values, errors: FormErrors = noErrors, status = 200) =>
  plainPage(c, "admin/sign-in/form", { title: "Sign in", lead: "To the web client of your provider.", values, errors }, status);

/** Where to go afterwards: a page of ours, or the first one. */
const ownPath = (to: string | undefined): string => (to !== undefined && /^\/(?![/\\])[^\s\\]*$/.test(to) && to.length < 1000 ? to : "/");

signInPages.get(
  "/sign-in",
  route({ permission: "open" }, async (c) => {
    if (!(await isSetUp(c.get("core").db))) return c.redirect("/setup", 303);
    const to = ownPath(c.req.query("to"));
    return c.get("session") ? c.redirect(to, 303) : form(c, { login: "", to });
  }),
);

signInPages.post(
  "/sign-in",
  route({ permission: "open" }, async (c) => {
    const values = { login: posted(c, "login"), to: ownPath(posted(c, "to")) };
    const password = c.get("form").get("password") ?? "";
    const chosen = /^\d{1,9}$/.test(posted(c, "providerId")) ? { providerId: Number(posted(c, "providerId")) } : {};
    const outcome = await signIn(c.get("core"), { login: values.login, password, ...chosen }, c.env?.address ?? "unknown");
    if (!outcome.ok)
      return form(
        c,
        values,
        formErrors(outcome, { sign_in_failed: "password" }),
        outcome.code === "sign_in_failed" ? 422 : statusOf(outcome),
      );
    if (outcome.value.kind === "choose")
      return plainPage(c, "admin/sign-in/choose", {
        title: "Which provider?",
        lead: "This e-mail and password open more than one. Choose, and type the password once more.",
        values,
        errors: noErrors,
        choices: outcome.value.choices,
      });
    const before = c.get("session");
    if (before) await signOut(c.get("core"), before.cookie);
    writeCookie(c, "mb_session", outcome.value.cookie);
    dropCookie(c, "mb_csrf");
    return c.redirect(values.to, 303);
  }),
);

signInPages.post(
  "/sign-out",
  route({ permission: "signed-in" }, async (c) => {
    await signOut(c.get("core"), sessionOf(c).cookie);
    dropCookie(c, "mb_session");
    return c.redirect("/sign-in", 303);
  }),
);
