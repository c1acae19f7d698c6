// What every answer says to the browser: run nothing but our files, show us in nobody's frame, keep no copy of a person's figures.
import { CONTENT_SECURITY_POLICY } from "../views/content-security-policy.ts";
import { isHttps } from "./client-address.ts";
import type { PortalContext } from "./portal.ts";

const fixed = {
  "content-security-policy": CONTENT_SECURITY_POLICY,
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "referrer-policy": "same-origin",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
  "cache-control": "no-store",
} as const;

/** Sets those that the answer doesn't have; assets bring their own caching. */
export function securityHeaders(c: PortalContext): void {
  const { headers } = c.res;
  for (const [name, value] of Object.entries(fixed)) if (!headers.has(name)) headers.set(name, value);
  if (isHttps(c, c.env?.address)) headers.set("strict-transport-security", "max-age=31536000");
}
