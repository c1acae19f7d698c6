// Where a request comes from. The core slows down guessing of passwords by address, and sees only ours: so we vouch for the subscriber's.
import type { Context } from "hono";

export const clientAddressHeader = "x-portal-client";

const encoder = new TextEncoder();
const isLoopback = (address: string) => address === "::1" || /^(::ffff:)?127\./.test(address);

/** What a proxy on this machine adds; from anybody else the header is only what they wish to be. */
function added(c: Context, peer: string | undefined, header: string): string | undefined {
  if (peer === undefined || !isLoopback(peer)) return undefined;
  return c.req.header(header)?.split(",").at(-1)?.trim() || undefined;
}

/** The subscriber's address; behind a proxy on this machine, the one that the proxy saw. Undefined when the runtime doesn't tell. */
export function clientAddress(c: Context, peer: string | undefined): string | undefined {
  const address = added(c, peer, "x-forwarded-for") ?? peer;
  return address !== undefined && /^[0-9a-fA-F.:]{2,45}$/.test(address) ? address : undefined;
}

/** Whether the subscriber's browser speaks https, to us or to a proxy on this machine. */
export const isHttps = (c: Context, peer: string | undefined): boolean =>
  new URL(c.req.url).protocol === "https:" || added(c, peer, "x-forwarded-proto") === "https";

/** The statement for the core: `<address>;<seconds>;<hex of HMAC-SHA256>`, worth something for a few minutes. */
export async function vouchFor(address: string, secret: string, now: Temporal.Instant): Promise<string> {
  const seconds = Math.trunc(now.epochMilliseconds / 1000);
  const key = await crypto.subtle.importKey("raw", encoder.encode(secret), { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  const mac = await crypto.subtle.sign("HMAC", key, encoder.encode(`client-address\n${address}\n${seconds}`));
  return `${address};${seconds};${new Uint8Array(mac).toHex()}`;
}
