// What the portal may ask of the core: so far, whether a subscriber's login and password are right.
import { type Context, Hono } from "hono";
import { portalSignIn } from "../../auth/portal-sign-in.ts";
import { refuse } from "../../kernel/errors.ts";
import { readJson } from "../api/request-body.ts";
import type { HttpEnv } from "../env.ts";
import { problem } from "../errors.ts";
import { CLIENT_HEADER, vouchedAddress } from "./client-address.ts";

const LIMITS = { bytes: 16 * 1024, depth: 4 };

export const portalApi = new Hono<HttpEnv>();

portalApi.post("/sign-in", async (c) => {
  const { core } = c.var;
  const credentials = await readJson(c.req.raw, LIMITS);
  const outcome = await portalSignIn(core, credentials as Parameters<typeof portalSignIn>[1], addressOf(c));
  return outcome.ok ? c.json(outcome.value) : problem(c, outcome);
});
portalApi.all("/sign-in", (c) => problem(c, refuse("method_not_allowed", { detail: "This address takes POST." }), { allow: "POST" }));

function addressOf(c: Context<HttpEnv>): string {
  const { core } = c.var;
  return vouchedAddress(c.req.header(CLIENT_HEADER) ?? null, core.secret("portal"), core.clock()) ?? c.env?.address ?? "unknown";
}
