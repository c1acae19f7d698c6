// The frame of every page: who may open it, forms that are ours, commands and queries in the name of who is signed in, and the layout's data.
// A page file has one sub-app, `export const plansPages = new Hono<AdminEnv>()`, whose every route is made by `route`.
import type { Context, Handler } from "hono";
import type * as v from "valibot";
import { inTenant } from "../../../db/tenant.ts";
import { type Flash, themeFromCookie } from "../../../views/page.ts";
import { render } from "../../../views/render.ts";
import { actorOfSession } from "../../auth/session.ts";
import { type Command, execute } from "../../kernel/command.ts";
import { errors, type Outcome, type Refusal, refuse } from "../../kernel/errors.ts";
import { newId } from "../../kernel/id.ts";
import { canonical } from "../../kernel/json.ts";
import type { Permission } from "../../kernel/permissions.ts";
import { ask, type Query } from "../../kernel/query.ts";
import { type Provider, providerById } from "../../providers/tenants.ts";
import { frameFigures } from "../../read/frame/query.ts";
import { freshness } from "../../read/freshness.ts";
import { readBounded } from "../api/request-body.ts";
import { RequestRefused } from "../errors.ts";
import { readCookie, setFlash, takeFlash } from "./cookies.ts";
import { checkCsrf, doubleSubmitToken } from "./csrf.ts";
import type { AdminEnv, PageContext, PageSession } from "./env.ts";
import { type FiguresText, figuresFor } from "./figures.ts";
import { navigationFor, type Section } from "./navigation.ts";

/** `signed-in`: whoever has a session. `open`: nobody has to be signed in. */
export type Needs = {
  readonly permission: Permission | "signed-in" | "open" /** The handler reads the body itself and calls checkCsrf. */;
  readonly streams?: boolean;
};

const needsOf = new WeakMap<object, Needs>();
/** What a route of the app asks for; undefined when it wasn't made by `route`. */
export const needsOfHandler = (handler: object): Needs | undefined => needsOf.get(handler);

/**
 * A page or the target of a form: `pages.get("/plans/:id", route({ permission: "plans:read" }, async (c) => page(c, …)))`.
 * Without a session it leads to the sign-in; without the permission it is refused; what is posted needs the page's CSRF token.
 */
export function route(needs: Needs, handler: (c: PageContext) => Response | Promise<Response>): Handler<AdminEnv> {
  const checked: Handler<AdminEnv> = async (context) => {
    const c = context as PageContext;
    const cookie = readCookie(c, "mb_session");
    const found = cookie === undefined ? undefined : await actorOfSession(c.get("core"), cookie);
    const session: PageSession | undefined = found && { ...found, cookie: cookie! };
    c.set("session", session);
    if (!session && needs.permission !== "open") return toSignIn(c);
    c.set("csrf", session?.csrfToken ?? doubleSubmitToken(c));
    if (session && needs.permission !== "open" && needs.permission !== "signed-in" && !session.actor.permissions.has(needs.permission))
      throw new RequestRefused(refuse("not_permitted", { permission: needs.permission }));
    c.set("form", new URLSearchParams());
    if (!safeMethods.has(c.req.method) && !needs.streams) {
      c.set("form", await readForm(c));
      checkCsrf(c, c.get("form").get("_csrf"));
    }
    return handler(c);
  };
  needsOf.set(checked, needs);
  return checked;
}

const safeMethods = new Set(["GET", "HEAD"]);
/** A plan is the longest thing that a form carries. */
const MAX_FORM_BYTES = 4 * 1024 ** 2;

async function readForm(c: PageContext): Promise<URLSearchParams> {
  const type = (c.req.header("content-type") ?? "").split(";")[0]!.trim().toLowerCase();
  const text = new TextDecoder().decode(await readBounded(c.req.raw, { bytes: MAX_FORM_BYTES, depth: 0 }));
  if (text === "") return new URLSearchParams();
  if (type !== "application/x-www-form-urlencoded") throw new RequestRefused(refuse("unsupported_media_type"));
  return new URLSearchParams(text);
}

function toSignIn(c: PageContext): Response {
  // A fragment must not be replaced by the sign-in page: the script says that the session is over.
  if (isFragment(c)) return c.text("", 401);
  const url = new URL(c.req.url);
  const to = c.req.method === "GET" && url.pathname !== "/" ? `?to=${encodeURIComponent(url.pathname + url.search)}` : "";
  return c.redirect(`/sign-in${to}`, 303);
}

/** Whether htmx asks, for a part of the page. */
export const isFragment = (c: Context) => c.req.header("hx-request") === "true";

export function sessionOf(c: PageContext): PageSession {
  const session = c.get("session");
  if (!session) throw new RequestRefused(refuse("not_signed_in"));
  return session;
}

/** Whether the person may; for buttons and links. The command or query decides again. */
export const may = (c: PageContext, permission: Permission): boolean => sessionOf(c).actor.permissions.has(permission);

/** Formats figures as the person's provider writes them. */
export function figuresOf(c: PageContext): FiguresText {
  const { locale, zone } = sessionOf(c).manager;
  return figuresFor({ locale, zone }, c.get("core").clock());
}

/** The value of a query; a refusal becomes the error page (a record of somebody else's: 404). */
export async function askFor<I extends v.GenericSchema, T>(c: PageContext, query: Query<I, T>, input: v.InferInput<I>): Promise<T> {
  const outcome = await tryAsk(c, query, input);
  if (!outcome.ok) throw new RequestRefused(outcome);
  return outcome.value;
}

/** The same, for pages that show what was refused beside what was asked for (filters). */
export const tryAsk = <I extends v.GenericSchema, T>(c: PageContext, query: Query<I, T>, input: v.InferInput<I>): Promise<Outcome<T>> =>
  ask(c.get("core"), query, input, { actor: sessionOf(c).actor });

/**
 * Runs a command in the person's name, for `providerId` or their own provider. A form that is sent twice acts once: its hidden `_key`
 * with the same input gives the first answer again. With other input it is another wish, as after the Back button.
 */
export function run<I extends v.GenericSchema, T>(
  c: PageContext,
  command: Command<I, T>,
  input: v.InferInput<I>,
  options: { providerId?: number; dryRun?: boolean } = {},
): Promise<Outcome<T>> {
  const { actor } = sessionOf(c);
  const key = c.get("form").get("_key");
  const digest = new Bun.CryptoHasher("sha256").update(canonical(input)).digest("hex").slice(0, 32);
  return execute(c.get("core"), command, input, {
    actor,
    providerId: options.providerId ?? actor.providerId,
    dryRun: options.dryRun ?? false,
    ...(key && /^[\w-]{8,64}$/.test(key) ? { idempotencyKey: `form:${actor.id}:${key}:${command.name}:${digest}` } : {}),
  });
}

/** The providers whose records the person may see, their own first: for a choice of provider, and for names beside rows. */
export async function providersOf(c: PageContext): Promise<Provider[]> {
  const { actor } = sessionOf(c);
  const found = await Promise.all(actor.scope.providerIds.map((id) => providerById(c.get("core").db, id)));
  return found.filter((provider): provider is Provider => provider !== undefined);
}

export type PageOptions = {
  readonly title: string;
  readonly section: Section;
  /** Template under views/, without .eta. */
  readonly view: string;
  readonly data?: object;
  readonly status?: number;
  readonly searchText?: string;
};

/** A whole page in the layout of the web client. The template gets `data`, what the layout needs, `csrf` and `formKey`. */
export async function page(c: PageContext, { title, section, view, data = {}, status = 200, searchText }: PageOptions): Promise<Response> {
  const session = sessionOf(c);
  const { manager } = session;
  const { nav, ageSec } = await aroundThePage(c, section);
  const html = render(view, {
    title,
    section,
    theme: themeFromCookie(c.req.header("cookie")),
    locale: manager.locale,
    nav,
    user: { name: manager.name, email: manager.login, role: manager.roleName },
    scopeLabel: scopeLabel(session),
    accountLinks: [{ label: "Your account", href: "/my-account" }],
    csrf: session.csrfToken,
    formKey: newId(),
    fresh: { ageSec },
    flash: takeFlash(c),
    ...(searchText === undefined ? {} : { searchText }),
    ...data,
  });
  return c.html(html, status as 200);
}

/** The navigation as this person sees it now, with its counts, and how old the figures are. */
export function aroundThePage(c: PageContext, section: Section) {
  const core = c.get("core");
  const { actor, manager } = sessionOf(c);
  const now = core.clock();
  return inTenant(
    core.db,
    actor.scope.providerIds,
    async (tx) => ({
      nav: navigationFor(actor, section, await frameFigures(tx, actor.scope, now), manager.locale),
      ageSec: await freshness(tx, now),
    }),
    "read",
  );
}

function scopeLabel({ actor, manager }: PageSession): string {
  const { groupIds, providerIds } = actor.scope;
  if (groupIds !== null) return `${manager.providerName} · ${groupIds.length === 1 ? "one group" : `${groupIds.length} groups`}`;
  return providerIds.length > 1 ? `${manager.providerName} · all partners` : manager.providerName;
}

/** A part of a page, for htmx: rows, figures, a progress bar. */
export const fragment = (c: PageContext, view: string, data: object): Response | Promise<Response> =>
  c.html(render(view, { csrf: sessionOf(c).csrfToken, formKey: newId(), ...data }));

/** After a form: to the page that shows the result, with a sentence on top of it. */
export function done(c: PageContext, href: string, flash?: Flash | string): Response {
  if (flash !== undefined) setFlash(c, typeof flash === "string" ? { tone: "good", text: flash } : flash);
  return c.redirect(href, 303);
}

/** What a form shows of a refusal: messages by field (the last part of an issue's path), and the list for the top of the form. */
export type FormErrors = {
  readonly fields: Readonly<Record<string, string>>;
  readonly list: readonly { readonly id?: string; readonly text: string }[];
};
export const noErrors: FormErrors = { fields: {}, list: [] };

/** `names` maps the path of an issue to the form's field where they differ: `{ "administrator.login": "email" }`; labels stand before the messages. */
export function formErrors(
  refusal: Refusal,
  names: Readonly<Record<string, string>> = {},
  labels: Readonly<Record<string, string>> = {},
): FormErrors {
  const issues = (refusal.issues ?? []) as readonly { path: string; message: string }[];
  if (issues.length === 0) {
    const field = names[refusal.code];
    const text = errors[refusal.code].message;
    return { fields: field ? { [field]: text } : {}, list: [field ? { id: `f-${field}`, text } : { text }] };
  }
  const fields: Record<string, string> = {};
  for (const { path, message } of issues) {
    const name = names[path] ?? path;
    fields[name] = fields[name] === undefined ? sentence(message) : `${fields[name]} ${sentence(message)}`;
  }
  return {
    fields,
    list: Object.entries(fields).map(([name, text]) => ({ id: `f-${name}`, text: labels[name] ? `${labels[name]}: ${text}` : text })),
  };
}

const sentence = (message: string) => `${message.charAt(0).toUpperCase()}${message.slice(1)}${/[.!?]$/.test(message) ? "" : "."}`;

/** Status of a page that shows a refusal. */
export const statusOf = (refusal: Refusal): number => errors[refusal.code].status;

/** One text field of the posted form, trimmed; "" when it is missing. */
export const posted = (c: PageContext, name: string): string => (c.get("form").get(name) ?? "").trim();
/** A part of the path: `param(c, "id")`. */
export const param = (c: PageContext, name: string): string => c.req.param(name) ?? "";
