// Whose guesses at a password are counted. The portal stands between us and the subscriber, so it says whose address it saw,
// and proves with its key that it is the portal: anybody else could invent an address for each guess.
import { createHmac, timingSafeEqual } from "node:crypto";
import { isIP } from "node:net";

/** The header: `<address>;<seconds since 1970>;<hex>`, where hex is HMAC-SHA256 of `client-address\n<address>\n<seconds>` with the portal's key. */
export const CLIENT_HEADER = "x-portal-client";

const VALID_SEC = 300;

/** The address that the portal vouches for; undefined when the header is missing, old, malformed or not the portal's. */
export function vouchedAddress(header: string | null, key: string, now: Temporal.Instant): string | undefined {
  const match = /^([0-9a-fA-F.:]{2,45});(\d{1,12});([0-9a-f]{64})$/.exec(header ?? "");
  if (!match) return undefined;
  const [, address = "", seconds = "", signature = ""] = match;
  if (isIP(address) === 0 || Math.abs(Math.trunc(now.epochMilliseconds / 1000) - Number(seconds)) > VALID_SEC) return undefined;
  const right = createHmac("sha256", key).update(`client-address\n${address}\n${seconds}`).digest();
  return timingSafeEqual(right, Buffer.from(signature, "hex")) ? address : undefined;
}
