// Callbacks of payment gateways. The signature is over the bytes as they came, so the body is read raw; nothing of it is logged.
import { Hono } from "hono";
import { refuse } from "../../kernel/errors.ts";
import { checkSignature } from "../../payments/gateway/check-signature.ts";
import { receiveCallback } from "../../payments/gateway/receive-callback.ts";
import { type BodyLimits, depthOf, readBounded } from "../api/request-body.ts";
import type { HttpEnv } from "../env.ts";
import { problem } from "../errors.ts";

const LIMITS: BodyLimits = { bytes: 64 * 1024, depth: 8 };

export const callbacksApi = new Hono<HttpEnv>();

/** 200 means done for good. Anything else: send it again. */
callbacksApi.post("/payments/:gateway", async (c) => {
  const { core } = c.var;
  // What is signed is what is sent: a packed body would be neither.
  if ((c.req.header("content-encoding") ?? "identity") !== "identity")
    return problem(c, refuse("unsupported_media_type", { detail: "Send the body as it was signed, without Content-Encoding." }));
  const bytes = await readBounded(c.req.raw, LIMITS);
  const text = decoded(bytes);
  const signed = text === undefined ? undefined : await checkSignature(core, c.req.param("gateway"), c.req.raw.headers, text);
  if (!signed) return problem(c, refuse("signature_invalid"));
  const body = parsed(text!);
  if (body === undefined)
    return problem(c, refuse("request_malformed", { detail: `The body isn't JSON of at most ${LIMITS.depth} levels.` }));
  const outcome = await receiveCallback(core, signed, body);
  return outcome.ok ? c.json({ received: true, ...outcome.value }) : problem(c, outcome);
});
callbacksApi.all("/payments/:gateway", (c) =>
  problem(c, refuse("method_not_allowed", { detail: "This address takes POST." }), { allow: "POST" }),
);

function decoded(bytes: Uint8Array): string | undefined {
  try {
    // A byte order mark was signed too.
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function parsed(text: string): unknown {
  if (depthOf(text, LIMITS.depth) > LIMITS.depth) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
