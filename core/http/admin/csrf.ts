// Forms of other sites must not act in the name of whoever is signed in here. A form carries a token that only our pages know.
import { timingSafeEqual } from "node:crypto";
import { newToken } from "../../auth/token.ts";
import { refuse } from "../../kernel/errors.ts";
import { RequestRefused } from "../errors.ts";
import { readCookie, writeCookie } from "./cookies.ts";
import type { PageContext } from "./env.ts";

/** The token for a page that nobody is signed in to: it stands in a cookie and in the form, and another site can read neither. */
export function doubleSubmitToken(c: PageContext): string {
  const known = readCookie(c, "mb_csrf");
  if (known && /^[\w-]{43}$/.test(known)) return known;
  const token = newToken();
  writeCookie(c, "mb_csrf", token);
  return token;
}

/**
 * Refuses with csrf_failed unless `given`, or else the header X-CSRF-Token, is the token of the session or of the cookie.
 * A browser that says it comes from another site is refused whatever it carries.
 */
export function checkCsrf(c: PageContext, given: string | null | undefined): void {
  const site = c.req.header("sec-fetch-site");
  const expected = c.get("session")?.csrfToken ?? readCookie(c, "mb_csrf") ?? "";
  const token = given || c.req.header("x-csrf-token") || "";
  const foreign = site !== undefined && site !== "same-origin" && site !== "none";
  if (foreign || expected === "" || !equal(token, expected)) throw new RequestRefused(refuse("csrf_failed"));
}

function equal(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}
