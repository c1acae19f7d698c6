// What a subscriber's browser carries in the portal: a signed token that needs no table, since the portal may write none.
import { HMAC } from "oslo/crypto";
import { createJWT, parseJWT } from "oslo/jwt";
import * as v from "valibot";

export const PORTAL_HOURS = 8;

const claims = v.object({
  providerId: v.pipe(v.number(), v.integer()),
  sub: v.pipe(v.string(), v.uuid()),
  aud: v.literal("portal"),
  exp: v.number(),
});

export type PortalSubscriber = { readonly providerId: number; readonly subscriberId: string };

const encoder = new TextEncoder();

/** A JWT signed with HS256: `providerId`, `sub` = the subscriber's id, `aud` "portal", `iat`, `exp` in seconds. */
export function signPortalToken(secret: string, { providerId, subscriberId }: PortalSubscriber, now: Temporal.Instant): Promise<string> {
  const iat = Math.floor(now.epochMilliseconds / 1000);
  return createJWT("HS256", encoder.encode(secret), { providerId, sub: subscriberId, aud: "portal", iat, exp: iat + PORTAL_HOURS * 3600 });
}

/** Undefined unless the token is ours, for the portal and not expired at `now`. */
export async function readPortalToken(secret: string, token: string, now: Temporal.Instant): Promise<PortalSubscriber | undefined> {
  const parts = /^([\w-]+\.[\w-]+)\.([\w-]{43})$/.exec(token);
  if (!parts) return undefined;
  // Signature first: what isn't ours is not even parsed. And not by oslo's validateJWT, whose clock is the machine's, so no test could stop it.
  const signature = Buffer.from(parts[2]!, "base64url");
  if (!(await new HMAC("SHA-256").verify(encoder.encode(secret), new Uint8Array(signature), encoder.encode(parts[1]!)))) return undefined;
  const parsed = v.safeParse(claims, parseJWT(token)?.payload);
  if (!parsed.success || now.epochMilliseconds >= parsed.output.exp * 1000) return undefined;
  return { providerId: parsed.output.providerId, subscriberId: parsed.output.sub };
}
