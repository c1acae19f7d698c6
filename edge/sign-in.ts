// Signing in: login and password go to the core, which answers with a token; the browser keeps it where no script can read it.
import * as v from "valibot";
import { render } from "../views/render.ts";
import { clientAddress } from "./client-address.ts";
import type { Choice } from "./core-client.ts";
import { csrfFor, isOurForm, isPortalPath, keepSession, type PortalContext, plain, sessionOf } from "./portal.ts";

const form = v.object({
  login: v.fallback(v.pipe(v.string(), v.trim(), v.maxLength(254)), ""),
  password: v.fallback(v.pipe(v.string(), v.maxLength(1000)), ""),
  provider: v.fallback(v.optional(v.pipe(v.string(), v.regex(/^\d{1,9}$/), v.transform(Number))), undefined),
  to: v.fallback(v.string(), "/"),
  _csrf: v.fallback(v.string(), ""),
});

type State = { readonly login?: string; readonly problem?: string; readonly to?: string; readonly choices?: readonly Choice[] };

async function page(c: PortalContext, state: State = {}): Promise<string> {
  const { login = "", problem, to = "/", choices } = state;
  const lead = choices
    ? "You are a customer of more than one provider. Choose one and enter your password again."
    : "See your balance, your usage and your calls.";
  return render("portal/sign-in", { ...plain(c, "Sign in", lead), csrf: await csrfFor(c), login, problem, to, choices });
}

/** GET /sign-in; `?to=` is the page to return to. */
export async function showSignIn(c: PortalContext): Promise<Response> {
  const to = c.req.query("to");
  if (await sessionOf(c)) return c.redirect(isPortalPath(to) ? to : "/", 303);
  return c.html(await page(c, { to: isPortalPath(to) ? to : "/" }));
}

/** POST /sign-in. */
export async function signIn(c: PortalContext): Promise<Response> {
  const { portal } = c.var;
  const { login, password, provider, to: wish, _csrf } = v.parse(form, await c.req.parseBody());
  const to = isPortalPath(wish) ? wish : "/";
  if (!(await isOurForm(c, _csrf))) {
    return c.html(await page(c, { login, to, problem: "This page was open for too long. Please send it once more." }), 403);
  }
  if (login === "" || password === "") return c.html(await page(c, { login, to, problem: "Enter your login and your password." }), 422);
  const answer = await portal.core.signIn({ login, password, providerId: provider }, clientAddress(c, c.env?.address), portal.clock());
  switch (answer.kind) {
    case "refused":
      return c.html(await page(c, { login, to, problem: "The login or the password is wrong. Check them and try again." }), 422);
    case "too-many":
      return c.html(await page(c, { login, to, problem: "Too many attempts. Wait a quarter of an hour, then try again." }), 429);
    case "choose":
      return c.html(await page(c, { login, to, choices: answer.choices }));
    case "signed-in": {
      const session = await portal.keys.session(answer.token, portal.clock());
      // The core signed with another key, or its clock differs by hours: no subscriber can mend that.
      if (!session) throw new Error("the core's token can't be verified: MB_PORTAL_SECRET is not the core's");
      keepSession(c, session);
      return c.redirect(to, 303);
    }
  }
}
