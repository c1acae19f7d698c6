// The API: every command and every query of the registry under its name, usage in batches, files of exports, and the description of it all.
import { type Context, Hono } from "hono";
import { exportFile } from "../../interchange/export-file.ts";
import type { Actor } from "../../kernel/actor.ts";
import { type Command, execute } from "../../kernel/command.ts";
import { type Outcome, refuse } from "../../kernel/errors.ts";
import { ask, type Query } from "../../kernel/query.ts";
import type { HttpEnv } from "../env.ts";
import { problem, reject } from "../errors.ts";
import { type ApiEnv, authenticate } from "./authenticate.ts";
import { toAnswer } from "./json-answer.ts";
import { openApiDocument } from "./openapi.ts";
import { queryInput } from "./query-input.ts";
import { API_LIMITS, readJson } from "./request-body.ts";
import { postUsage } from "./usage.ts";

export type Registry = { readonly commands: readonly Command[]; readonly queries: readonly Query[] };

/** Longest Idempotency-Key of a client; it is kept apart from those of other keys. */
const MAX_KEY_CHARS = 150;

export function apiApp(registry: Registry): Hono<HttpEnv> {
  const commands = new Map(registry.commands.map((command) => [command.name as string, command]));
  const queries = new Map(registry.queries.map((query) => [query.name as string, query]));
  let document: string | undefined;

  const app = new Hono<ApiEnv>();
  app.get("/openapi.json", (c) => {
    document ??= JSON.stringify(openApiDocument(registry));
    return c.body(document, 200, { "content-type": "application/json", "cache-control": "no-cache" });
  });
  for (const path of ["/commands/*", "/queries/*", "/usage", "/exports/*"]) app.use(path, authenticate);

  app.post("/commands/:name", async (c) => {
    const command = commands.get(c.req.param("name"));
    if (!command) return problem(plainly(c), refuse("unknown_command"));
    const { core, actor } = c.var;
    const providerId = targetProvider(c) ?? actor.providerId;
    const dryRun = dryRunOf(c);
    const idempotencyKey = idempotencyKeyOf(c);
    const input = await readJson(c.req.raw, API_LIMITS);
    const outcome = await execute(core, command, input, {
      actor,
      providerId,
      dryRun,
      ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
    });
    return answer(c, outcome, dryRun ? { dryRun } : {});
  });

  app.get("/queries/:name", async (c) => {
    const query = queries.get(c.req.param("name"));
    if (!query) return problem(plainly(c), refuse("unknown_query"));
    const { core, actor } = c.var;
    const providerIds = targetProviders(c, actor);
    if (providerIds.some((id) => !actor.scope.providerIds.includes(id))) return problem(plainly(c), refuse("not_found"));
    const parameters = queryInput(query.input, new URL(c.req.url).searchParams);
    if (!parameters.ok) return problem(plainly(c), refuse("invalid_input", { issues: parameters.issues }));
    return answer(c, await ask(core, query, parameters.input, { actor, providerIds }));
  });

  app.post("/usage", async (c) =>
    answer(c, await postUsage(c.var.core, c.var.actor, targetProvider(c) ?? c.var.actor.providerId, c.req.raw)),
  );

  app.get("/exports/:id/file", async (c) => {
    const file = await exportFile(c.var.core, c.var.actor, c.req.param("id"));
    return file.ok ? new Response(file.value.body, { headers: file.value.headers }) : problem(plainly(c), file);
  });

  for (const [path, allow] of [
    ["/commands/:name", "POST"],
    ["/queries/:name", "GET, HEAD"],
    ["/usage", "POST"],
    ["/exports/:id/file", "GET, HEAD"],
    ["/openapi.json", "GET, HEAD"],
  ] as const)
    app.all(path, (c) => problem(plainly(c), refuse("method_not_allowed", { detail: `This address takes ${allow}.` }), { allow }));
  return app as unknown as Hono<HttpEnv>;
}

const plainly = (c: Context<ApiEnv>) => c as unknown as Context<HttpEnv>;

function answer(c: Context<ApiEnv>, outcome: Outcome<unknown>, members: object = {}): Response {
  return outcome.ok ? c.json({ data: toAnswer(outcome.value ?? null) as never, ...members }) : problem(plainly(c), outcome);
}

const invalid = (path: string, message: string) => reject("invalid_input", { issues: [{ path, message }] });

/** The provider that the request is about: header X-Provider or parameter `provider`, its number. */
function targetProvider(c: Context<ApiEnv>): number | undefined {
  const [header, parameter] = [c.req.header("x-provider"), c.req.query("provider")];
  if (header !== undefined && parameter !== undefined && header !== parameter)
    return invalid("provider", "differs from the header X-Provider");
  const text = header ?? parameter;
  if (text === undefined) return undefined;
  return /^[1-9]\d{0,8}$/.test(text) ? Number(text) : invalid("provider", "must be a provider's number");
}

function targetProviders(c: Context<ApiEnv>, actor: Actor): readonly number[] {
  if ((c.req.header("x-provider") ?? c.req.query("provider")) === "all") return actor.scope.providerIds;
  return [targetProvider(c) ?? actor.providerId];
}

function dryRunOf(c: Context<ApiEnv>): boolean {
  const text = c.req.query("dry_run") ?? "false";
  return text === "true" || text === "1" ? true : text === "false" || text === "0" ? false : invalid("dry_run", "must be true or false");
}

function idempotencyKeyOf(c: Context<ApiEnv>): string | undefined {
  const key = c.req.header("idempotency-key");
  if (key === undefined) return undefined;
  if (!/^[\x21-\x7e]+$/.test(key) || key.length > MAX_KEY_CHARS)
    return invalid("Idempotency-Key", `must be 1 to ${MAX_KEY_CHARS} visible ASCII characters`);
  // Two clients that count from 1 must not get each other's answers.
  return `api:${c.var.actor.id}:${key}`;
}
