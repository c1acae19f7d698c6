// What every page of the portal is given: the door to the database, the door to the core, keys, clock. And what pages have in common.
import type { Context } from "hono";
import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import { timeText, type WhenOptions } from "../core/kernel/display.ts";
import type { Outcome } from "../core/kernel/errors.ts";
import { type PlainPage, type PortalPage, themeFromCookie } from "../views/page.ts";
import { isHttps } from "./client-address.ts";
import type { CoreClient } from "./core-client.ts";
import type { PortalDatabase } from "./database.ts";
import type { Log } from "./log.ts";
import type { Keys, Session } from "./session-token.ts";

export type Portal = {
  readonly database: PortalDatabase;
  readonly core: CoreClient;
  readonly keys: Keys;
  readonly clock: () => Temporal.Instant;
  readonly log: Log;
};

export type PortalEnv = {
  Bindings: { /** Who holds the connection. */ readonly address?: string | undefined };
  Variables: { readonly portal: Portal; readonly session: Session };
};
export type PortalContext = Context<PortalEnv>;

/** What a browser keeps: the session, and before there is one, a random text that forms are tied to. With https under a name that only https may set. */
const sessionCookie = "portal";
const anchorCookie = "portal-form";
const options = (c: PortalContext) => {
  const common = { httpOnly: true, sameSite: "Strict", path: "/" } as const;
  return isHttps(c, c.env?.address) ? ({ ...common, secure: true, prefix: "host" } as const) : common;
};
const read = (c: PortalContext, name: string) => (isHttps(c, c.env?.address) ? getCookie(c, name, "host") : getCookie(c, name));

export async function sessionOf(c: PortalContext): Promise<Session | undefined> {
  const { keys, clock } = c.var.portal;
  return keys.session(read(c, sessionCookie), clock());
}

export function keepSession(c: PortalContext, session: Session): void {
  const maxAge = Math.max(1, session.expiresAtSec - Math.trunc(c.var.portal.clock().epochMilliseconds / 1000));
  setCookie(c, sessionCookie, session.token, { ...options(c), maxAge });
  forget(c, anchorCookie);
}

export const forgetSession = (c: PortalContext): void => forget(c, sessionCookie);

function forget(c: PortalContext, name: string): void {
  deleteCookie(c, name, options(c));
}

/** The token that a form on this page carries. Before sign-in it gives the browser something to tie it to. */
export async function csrfFor(c: PortalContext, session?: Session): Promise<string> {
  let anchor = session?.token ?? read(c, anchorCookie);
  if (anchor === undefined || anchor.length < 32) {
    anchor = crypto.randomUUID();
    setCookie(c, anchorCookie, anchor, options(c));
  }
  return c.var.portal.keys.csrfToken(anchor);
}

/** Whether the form came from a page of ours in this very browser. */
export async function isOurForm(c: PortalContext, token: unknown): Promise<boolean> {
  const site = c.req.header("sec-fetch-site");
  if (site !== undefined && site !== "same-origin" && site !== "none") return false;
  const session = await sessionOf(c);
  const anchor = session?.token ?? read(c, anchorCookie);
  return anchor !== undefined && typeof token === "string" && c.var.portal.keys.csrfMatches(anchor, token);
}

const pages = [
  { label: "Home", href: "/", icon: "home" },
  { label: "Usage", href: "/usage", icon: "usage" },
  { label: "Calls", href: "/calls", icon: "phone" },
  { label: "Redeem a card", href: "/redeem", icon: "card" },
] as const;

export type PortalPath = (typeof pages)[number]["href"];
export const isPortalPath = (path: unknown): path is PortalPath => pages.some(({ href }) => href === path);

/** Who the page is for and how their provider writes figures. */
export type Reader = { readonly name: string; readonly number: number; readonly providerName: string } & WhenOptions;

/** Customers are told until when the figures count, not how old they are; past a minute it is said that they lag. */
function asOf(freshnessSec: number, now: Temporal.Instant, reader: Reader) {
  const late = freshnessSec > 60;
  const time = timeText(now.subtract({ seconds: freshnessSec }), reader);
  return { late, text: late ? `Figures as of ${time}: newer calls will follow soon` : `Up to date, ${time}` };
}

export type Frame = PortalPage & { readonly asOf: { readonly late: boolean; readonly text: string } };

/** Data of the portal's layout. */
export async function framed(c: PortalContext, path: PortalPath, title: string, reader: Reader, freshnessSec: number): Promise<Frame> {
  return {
    title,
    theme: themeFromCookie(c.req.header("cookie")),
    locale: reader.locale,
    csrf: await csrfFor(c, c.var.session),
    brand: reader.providerName,
    nav: pages.map((page) => ({ ...page, current: page.href === path })),
    user: { name: reader.name, detail: `Customer ${reader.number}` },
    fresh: { ageSec: freshnessSec },
    asOf: asOf(freshnessSec, c.var.portal.clock(), reader),
  };
}

/** Data of the plain layout. No provider is known before sign-in: one portal may serve several. */
export const plain = (c: PortalContext, title: string, lead: string): PlainPage => ({
  title,
  lead,
  theme: themeFromCookie(c.req.header("cookie")),
  brand: "My account",
});

/** A signed-in browser whose subscriber the database doesn't know: the account was removed, or the read model isn't there yet. */
export class NoSuchSubscriber extends Error {}

/** The value, or an exception that the application turns into a page. */
export function expected<T>(outcome: Outcome<T>): T {
  if (outcome.ok) return outcome.value;
  if (outcome.code === "not_found") throw new NoSuchSubscriber();
  throw new Error(`a query was refused: ${outcome.code}`);
}
