// What the portal may ask of the core: whether a subscriber's login and password are right, and what subscribers do by themselves.
import { type Context, Hono } from "hono";
import { portalSignIn } from "../../auth/portal-sign-in.ts";
import { registerByCard } from "../../cards/register-by-card.ts";
import { refuse } from "../../kernel/errors.ts";
import { plain } from "../../kernel/json.ts";
import { readJson } from "../api/request-body.ts";
import type { HttpEnv } from "../env.ts";
import { problem } from "../errors.ts";
import { CLIENT_HEADER, vouchedAddress } from "./client-address.ts";
import { runForSubscriber } from "./commands.ts";

const LIMITS = { bytes: 16 * 1024, depth: 4 };

export const portalApi = new Hono<HttpEnv>();

portalApi.post("/sign-in", async (c) => {
  const { core } = c.var;
  const credentials = await readJson(c.req.raw, LIMITS);
  const outcome = await portalSignIn(core, credentials as Parameters<typeof portalSignIn>[1], addressOf(c));
  return outcome.ok ? c.json(outcome.value) : problem(c, outcome);
});
portalApi.all("/sign-in", (c) => problem(c, refuse("method_not_allowed", { detail: "This address takes POST." }), { allow: "POST" }));

/** A stranger with a card becomes a subscriber: 200 with a token. */
portalApi.post("/register", async (c) => {
  const outcome = await registerByCard(c.var.core, await readJson(c.req.raw, LIMITS), addressOf(c));
  return outcome.ok ? c.json(outcome.value) : problem(c, outcome);
});
portalApi.all("/register", (c) => problem(c, refuse("method_not_allowed", { detail: "This address takes POST." }), { allow: "POST" }));

portalApi.post("/commands/:name", async (c) => {
  const token = /^Bearer ([\w.-]{1,2000})$/.exec(c.req.header("authorization") ?? "")?.[1] ?? "";
  const input = await readJson(c.req.raw, LIMITS);
  const outcome = await runForSubscriber(
    c.var.core,
    { name: c.req.param("name"), token, key: c.req.header("idempotency-key"), address: addressOf(c) },
    input,
  );
  return outcome.ok ? c.json(plain(outcome.value) as object) : problem(c, outcome);
});
portalApi.all("/commands/:name", (c) =>
  problem(c, refuse("method_not_allowed", { detail: "This address takes POST." }), { allow: "POST" }),
);

function addressOf(c: Context<HttpEnv>): string {
  const { core } = c.var;
  return vouchedAddress(c.req.header(CLIENT_HEADER) ?? null, core.secret("portal"), core.clock()) ?? c.env?.address ?? "unknown";
}
