// Who is asking. The core signed the token at sign-in; the portal can check it without asking anybody, and can issue none to itself
// that the database would give more for than one subscriber's rows.
import * as v from "valibot";

export type Subscriber = { readonly providerId: number; readonly subscriberId: string };
export type Session = Subscriber & { readonly token: string /** Seconds since 1970. */; readonly expiresAtSec: number };

const claims = v.object({
  providerId: v.pipe(v.number(), v.integer(), v.minValue(1)),
  sub: v.pipe(v.string(), v.uuid()),
  aud: v.literal("portal"),
  exp: v.number(),
});

const base64url = { alphabet: "base64url" } as const;
const encoder = new TextEncoder();

export type Keys = {
  /** The session of a token that the core signed for the portal and that has not expired; else undefined. */
  session(token: string | undefined, now: Temporal.Instant): Promise<Session | undefined>;
  /** What a form must carry when its cookie holds `anchor`. Another site can make a browser send a cookie, but can't read it. */
  csrfToken(anchor: string): Promise<string>;
  csrfMatches(anchor: string, token: string): Promise<boolean>;
};

/** Keys for HMAC-SHA256 out of the secret that portal and core share. */
export async function keysFrom(secret: string): Promise<Keys> {
  const key = await crypto.subtle.importKey("raw", encoder.encode(secret), { name: "HMAC", hash: "SHA-256" }, false, ["sign", "verify"]);
  const csrfText = (anchor: string) => encoder.encode(`csrf\n${anchor}`);
  return {
    async session(token, now) {
      const [, signed, head, body, signature] = /^(([\w-]{1,200})\.([\w-]{1,1000}))\.([\w-]{43})$/.exec(token ?? "") ?? [];
      if (!token || !signed || !head || !body || !signature) return undefined;
      try {
        // The signature first: what isn't the core's is not even parsed.
        if (!(await crypto.subtle.verify("HMAC", key, Uint8Array.fromBase64(signature, base64url), encoder.encode(signed))))
          return undefined;
        const json = (part: string): unknown => JSON.parse(new TextDecoder().decode(Uint8Array.fromBase64(part, base64url)));
        if (!v.is(v.object({ alg: v.literal("HS256") }), json(head))) return undefined;
        const parsed = v.safeParse(claims, json(body));
        if (!parsed.success || now.epochMilliseconds >= parsed.output.exp * 1000) return undefined;
        return { providerId: parsed.output.providerId, subscriberId: parsed.output.sub, token, expiresAtSec: parsed.output.exp };
      } catch {
        return undefined;
      }
    },
    async csrfToken(anchor) {
      return new Uint8Array(await crypto.subtle.sign("HMAC", key, csrfText(anchor))).toBase64({ ...base64url, omitPadding: true });
    },
    async csrfMatches(anchor, token) {
      if (!/^[\w-]{43}$/.test(token)) return false;
      try {
        return await crypto.subtle.verify("HMAC", key, Uint8Array.fromBase64(token, base64url), csrfText(anchor));
      } catch {
        return false;
      }
    },
  };
}
