// The three cookies of the web client. None can be read by a script; with https none travels without it or leaves this host.
import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import type { Flash } from "../../../views/page.ts";
import type { PageContext } from "./env.ts";

type Name = "mb_session" | "mb_csrf" | "mb_flash";

const nameOf = (c: PageContext, name: Name) => (c.get("secure") ? `__Host-${name}` : name);

export const readCookie = (c: PageContext, name: Name): string | undefined => getCookie(c, nameOf(c, name));

/** Without `maxAgeSec` the cookie ends with the browser; how long a session lasts is decided by the server. */
export function writeCookie(c: PageContext, name: Name, value: string, maxAgeSec?: number): void {
  setCookie(c, nameOf(c, name), value, {
    path: "/",
    httpOnly: true,
    sameSite: "Lax",
    secure: c.get("secure"),
    ...(maxAgeSec === undefined ? {} : { maxAge: maxAgeSec }),
  });
}

export const dropCookie = (c: PageContext, name: Name) => deleteCookie(c, nameOf(c, name), { path: "/", secure: c.get("secure") });

const FLASH_SECONDS = 60;
const tones = new Set(["good", "warn", "bad", "info"]);

/** Says something on the next page, which is where the redirect after a post leads. */
export const setFlash = (c: PageContext, flash: Flash) =>
  writeCookie(c, "mb_flash", Buffer.from(JSON.stringify(flash)).toString("base64url"), FLASH_SECONDS);

/** What the request before left to be said; it is said once. */
export function takeFlash(c: PageContext): Flash | undefined {
  const value = readCookie(c, "mb_flash");
  if (!value) return undefined;
  dropCookie(c, "mb_flash");
  try {
    const { tone, text, href, action } = JSON.parse(Buffer.from(value, "base64url").toString()) as Record<string, unknown>;
    if (typeof text !== "string" || typeof tone !== "string" || !tones.has(tone)) return undefined;
    // A link leads nowhere but to a page of ours.
    const link =
      typeof href === "string" && /^\/(?![/\\])[^\s\\]*$/.test(href) ? { href, ...(typeof action === "string" ? { action } : {}) } : {};
    return { tone: tone as Flash["tone"], text, ...link };
  } catch {
    return undefined;
  }
}
