// The agents' API: batches of usage, heartbeats and authorisations, each with the agent's own token. An answer to a batch means that it is stored for good.
import { type Context, Hono } from "hono";
import { createMiddleware } from "hono/factory";
import * as v from "valibot";
import { agentOfToken, type KnownAgent } from "../../agents/agent-of-token.ts";
import { heartbeatSchema, recordHeartbeat } from "../../agents/record-heartbeat.ts";
import { authorise } from "../../credit/authorise/authorise.ts";
import { authorisationRequests } from "../../credit/authorise/request.ts";
import { issuesOf } from "../../kernel/command.ts";
import { refuse } from "../../kernel/errors.ts";
import { usageBatchSchema } from "../../usage/normal-form.ts";
import { receiveBatch } from "../../usage/receive-batch.ts";
import { bearerToken } from "../api/authenticate.ts";
import { API_LIMITS, readJson, USAGE_LIMITS } from "../api/request-body.ts";
import type { HttpEnv } from "../env.ts";
import { problem } from "../errors.ts";

type AgentEnv = { Bindings: HttpEnv["Bindings"]; Variables: HttpEnv["Variables"] & { agent: KnownAgent } };

const plainly = (c: Context<AgentEnv>) => c as unknown as Context<HttpEnv>;

const authenticateAgent = createMiddleware<AgentEnv>(async (c, next) => {
  const token = bearerToken(c.req.raw.headers);
  const agent = token === undefined ? undefined : await agentOfToken(c.get("core"), token);
  if (!agent) return problem(plainly(c), refuse("agent_unknown"));
  c.set("agent", agent);
  await next();
});

const app = new Hono<AgentEnv>();
const paths = ["/batches", "/heartbeat", "/authorisations"];
for (const path of paths) app.use(path, authenticateAgent);

app.post("/batches", async (c) => {
  const parsed = v.safeParse(usageBatchSchema, await readJson(c.req.raw, USAGE_LIMITS), { abortEarly: true });
  if (!parsed.success) return problem(plainly(c), refuse("batch_malformed", { issues: issuesOf(parsed.issues) }));
  const receipt = await receiveBatch(c.var.core, c.var.agent, parsed.output);
  return receipt.ok ? c.json({ acceptedUpTo: receipt.acceptedUpTo }) : problem(plainly(c), refuse(receipt.code));
});

app.post("/heartbeat", async (c) => {
  const parsed = v.safeParse(heartbeatSchema, await readJson(c.req.raw, API_LIMITS));
  if (!parsed.success) return problem(plainly(c), refuse("invalid_input", { issues: issuesOf(parsed.issues) }));
  const { core, agent } = c.var;
  await recordHeartbeat(core, agent, parsed.output);
  return c.json({ acceptedUpTo: agent.lastSequence, lastSequence: agent.lastSequence });
});

/** Sessions and calls that ask before they begin or go on; see core/credit. What is granted is held until the usage comes, or the hold expires. */
app.post("/authorisations", async (c) => {
  const parsed = v.safeParse(v.strictObject({ requests: authorisationRequests }), await readJson(c.req.raw, API_LIMITS));
  if (!parsed.success) return problem(plainly(c), refuse("invalid_input", { issues: issuesOf(parsed.issues) }));
  const { core, agent } = c.var;
  return c.json({ answers: await authorise(core, agent.providerId, parsed.output.requests) });
});

for (const path of paths)
  app.all(path, (c) => problem(plainly(c), refuse("method_not_allowed", { detail: "This address takes POST." }), { allow: "POST" }));

export const agentsApi = app as unknown as Hono<HttpEnv>;
