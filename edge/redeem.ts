// A card in the subscriber's hand: whoever is signed in redeems it, whoever is new registers by it. Forms that work without script; the code on a card fills the PIN in.
import { type ErrorCode, errors } from "../core/kernel/errors.ts";
import { portalHome } from "../core/read/portal/query.ts";
import { render } from "../views/render.ts";
import { clientAddress } from "./client-address.ts";
import { csrfFor, expected, framed, isOurForm, keepSession, type PortalContext, plain, sessionOf } from "./portal.ts";

const outdated = "This page was open for too long. Please send it once more.";

type State = { readonly pin: string; readonly problem?: string; readonly account?: string; readonly done?: boolean };

const textOf = (code: string): string => (Object.hasOwn(errors, code) ? errors[code as ErrorCode].message : errors.internal.message);
const statusOf = (code: string) => (Object.hasOwn(errors, code) ? errors[code as ErrorCode].status : 422) as 422;
const pinAsked = (c: PortalContext) => (c.req.query("pin") ?? "").slice(0, 60);

async function fieldsOf(c: PortalContext): Promise<Record<string, string>> {
  const body = await c.req.parseBody();
  return Object.fromEntries(Object.entries(body).map(([key, value]) => [key, typeof value === "string" ? value : ""]));
}

/** GET /redeem: with a session the form of the accounts, without one the way in. */
export async function showRedeem(c: PortalContext): Promise<Response> {
  const session = await sessionOf(c);
  if (!session) return c.html(await newcomersPage(c, { pin: pinAsked(c) }));
  c.set("session", session);
  return c.html(await ownPage(c, { pin: pinAsked(c), done: c.req.query("done") === "yes" }));
}

async function ownPage(c: PortalContext, state: State): Promise<string> {
  const { session, portal } = c.var;
  const home = await portal.database.read(session, portal.clock(), async (ask) => expected(await ask(portalHome, {})));
  return render("portal/redeem", {
    ...(await framed(c, "/redeem", "Redeem a card", home.profile, home.freshnessSec)),
    ...state,
    key: crypto.randomUUID(),
    accounts: home.accounts.map(({ accountId, number, currency }) => ({ value: accountId, label: `${number}, ${currency}` })),
  });
}

/** POST /redeem */
export async function redeem(c: PortalContext): Promise<Response> {
  const session = await sessionOf(c);
  if (!session) return c.redirect("/redeem", 303);
  c.set("session", session);
  const { pin = "", account = "", _csrf, _key = "" } = await fieldsOf(c);
  if (!(await isOurForm(c, _csrf))) return c.html(await ownPage(c, { pin, account, problem: outdated }), 403);
  const { portal } = c.var;
  const input = { accountId: account, pin };
  const answer = await portal.core.run({
    ...{ name: "cards.redeem", input, token: session.token, key: _key },
    ...{ address: clientAddress(c, c.env?.address), now: portal.clock() },
  });
  if (answer.kind === "signed-out") return c.redirect("/sign-in", 303);
  if (answer.kind === "done") return c.redirect("/redeem?done=yes", 303);
  return c.html(await ownPage(c, { pin, account, problem: textOf(answer.code) }), statusOf(answer.code));
}

type Newcomer = State & { readonly name?: string; readonly login?: string };

async function newcomersPage(c: PortalContext, state: Newcomer): Promise<string> {
  const lead = "If you are a customer already, sign in first. A card that opens an account makes you one.";
  return render("portal/card", { ...plain(c, "I have a card", lead), csrf: await csrfFor(c), name: "", login: "", ...state });
}

/** POST /register */
export async function register(c: PortalContext): Promise<Response> {
  const { portal } = c.var;
  const { pin = "", name = "", login = "", password = "", _csrf } = await fieldsOf(c);
  const typed = { pin, name, login };
  if (!(await isOurForm(c, _csrf))) return c.html(await newcomersPage(c, { ...typed, problem: outdated }), 403);
  const answer = await portal.core.register({ pin, name, login, password }, clientAddress(c, c.env?.address), portal.clock());
  if (answer.kind === "refused")
    return c.html(await newcomersPage(c, { ...typed, problem: answer.detail || textOf(answer.code) }), statusOf(answer.code));
  const session = await portal.keys.session(answer.token, portal.clock());
  if (!session) throw new Error("the core's token can't be verified: MB_PORTAL_SECRET is not the core's");
  keepSession(c, session);
  return c.redirect("/", 303);
}
