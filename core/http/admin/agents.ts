// The collectors: are they alive, how far are they, and what a new one needs to start.
import { Hono } from "hono";
import * as v from "valibot";
import { barChart } from "../../../views/shared/bar-chart.ts";
import { sparkline } from "../../../views/shared/sparkline.ts";
import { heartbeatSchema } from "../../agents/record-heartbeat.ts";
import { registerAgent } from "../../agents/register-agent.ts";
import { revokeAgent } from "../../agents/revoke-agent.ts";
import type { AgentState } from "../../read/agents/agent-state.ts";
import { agentsDetail, agentsList } from "../../read/agents/query.ts";
import { agentsRates } from "../../read/agents/rates.ts";
import { agentPill, rateText } from "./agent-state-text.ts";
import type { AdminEnv, PageContext } from "./env.ts";
import { errorPage } from "./errors.ts";
import type { FiguresText } from "./figures.ts";
import {
  askFor,
  done,
  type FormErrors,
  figuresOf,
  formErrors,
  fragment,
  may,
  noErrors,
  page,
  param,
  posted,
  providersOf,
  route,
  run,
  sessionOf,
  statusOf,
} from "./frame.ts";
import { zoneOptions } from "./regions.ts";

export const agentsPages = new Hono<AdminEnv>();

agentsPages.get(
  "/agents",
  route({ permission: "agents:read" }, async (c) =>
    page(c, { title: "Agents", section: "agents", view: "admin/agents/index", data: await listShown(c) }),
  ),
);
agentsPages.get(
  "/agents/rows",
  route({ permission: "agents:read" }, async (c) => fragment(c, "admin/agents/_rows", await listShown(c))),
);

async function listShown(c: PageContext) {
  const { agents } = await askFor(c, agentsList, {});
  const rates = new Map((await askFor(c, agentsRates, {})).agents.map(({ agentId, rows }) => [agentId, rows]));
  const text = figuresOf(c);
  const several = sessionOf(c).actor.scope.providerIds.length > 1;
  return {
    agents: agents.map((agent) => ({
      ...shownAgent(agent, text),
      spark: sparkline((rates.get(agent.agentId) ?? new Array<number>(60).fill(0)).map(BigInt), `Rows of ${agent.name} in the last hour`),
    })),
    several,
    mayWrite: may(c, "agents:write"),
  };
}

/** What waits in the agent's spool, by its last heartbeat. */
function heartbeatOf({ heartbeat }: Pick<AgentState, "heartbeat">) {
  const parsed = v.safeParse(heartbeatSchema, heartbeat);
  return parsed.success ? parsed.output : undefined;
}

function shownAgent(agent: AgentState, text: FiguresText) {
  const beat = heartbeatOf(agent);
  return {
    ...agent,
    href: `/agents/${agent.agentId}`,
    pill: agentPill(agent),
    seen: agent.lastSeenAt === null ? "never" : `${text.age(agent.lastSeenAt)} ago`,
    sequence: text.count(agent.lastSequence),
    rate: rateText(agent.rowsPerSec, text),
    lost: text.count(agent.lostRows),
    spool: beat ? text.count(beat.spoolDepth) : "–",
    version: beat?.version ?? "–",
    behind: beat ? beat.spoolDepth > 0 : false,
    created: text.dateTime(agent.createdAt),
    revoked: agent.revokedAt && text.dateTime(agent.revokedAt),
    lastBatch: agent.lastBatchAt ? text.dateTime(agent.lastBatchAt, true) : "none yet",
    counts: {
      rows: text.count(agent.rows),
      rated: text.count(agent.rated),
      duplicates: text.count(agent.duplicates),
      quarantined: text.count(agent.quarantined),
      discarded: text.count(agent.discarded),
    },
  };
}

type NewAgent = { readonly name: string; readonly provider: string; readonly file: string; readonly zone: string };

async function form(c: PageContext, values?: NewAgent, errors: FormErrors = noErrors, status = 200): Promise<Response> {
  const { manager, actor } = sessionOf(c);
  const providers = await providersOf(c);
  return page(c, {
    title: "Register an agent",
    section: "agents",
    view: "admin/agents/new",
    status,
    data: {
      values: values ?? { name: "", provider: String(actor.providerId), file: "/var/log/asterisk/cdr-csv/Master.csv", zone: manager.zone },
      errors,
      zones: zoneOptions(c.get("core").clock()),
      providers: providers.length > 1 ? providers.map(({ id, name }) => ({ value: id, label: name })) : null,
    },
  });
}

agentsPages.get(
  "/agents/new",
  route({ permission: "agents:write" }, (c) => form(c)),
);

/** Answers with the page that shows the token: it is in no address and no cookie, and a reload registers nothing twice. */
agentsPages.post(
  "/agents",
  route({ permission: "agents:write" }, async (c) => {
    const values: NewAgent = { name: posted(c, "name"), provider: posted(c, "provider"), file: posted(c, "file"), zone: posted(c, "zone") };
    const outcome = await run(
      c,
      registerAgent,
      { name: values.name },
      /^\d{1,9}$/.test(values.provider) ? { providerId: Number(values.provider) } : {},
    );
    if (!outcome.ok) return form(c, values, formErrors(outcome, { name_taken: "name" }, { name: "Name" }), statusOf(outcome));
    const { agentId, token } = outcome.value;
    // A repetition of the form gets the first answer again, less the token.
    if (!/^mba_/.test(token))
      return done(c, `/agents/${agentId}`, {
        tone: "info",
        text: "This agent is registered already. Its token was shown once; register another agent if it is lost.",
      });
    const origin = c.get("publicUrl");
    return page(c, {
      title: "The agent is registered",
      section: "agents",
      view: "admin/agents/registered",
      data: { agentId, token, values, command: commandLine(values, origin, token) },
    });
  }),
);

const quoted = (text: string) => (/^[\w./:@+-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`);

const commandLine = ({ file, zone }: NewAgent, origin: string, token: string) =>
  `MB_CORE_URL=${origin} MB_AGENT_TOKEN=${token} npx mb agent pbx --file ${quoted(file || "/var/log/asterisk/cdr-csv/Master.csv")} --zone ${quoted(zone || "UTC")}`;

agentsPages.get(
  "/agents/:id",
  route({ permission: "agents:read" }, async (c) => page(c, { ...(await agentShown(c)), section: "agents", view: "admin/agents/show" })),
);
agentsPages.get(
  "/agents/:id/figures",
  route({ permission: "agents:read" }, async (c) => fragment(c, "admin/agents/_figures", (await agentShown(c)).data)),
);

async function agentShown(c: PageContext) {
  const { minutes, config: _, ...agent } = await askFor(c, agentsDetail, { agentId: param(c, "id") });
  const text = figuresOf(c);
  const end = c.get("core").clock().round({ smallestUnit: "minute", roundingMode: "floor" });
  const byMinute = new Map(minutes.map((each) => [Temporal.Instant.from(each.minute).epochMilliseconds, each.rows]));
  const shown = Array.from({ length: 60 }, (_, i) => end.subtract({ minutes: 59 - i }));
  return {
    title: agent.name,
    data: {
      agent: shownAgent(agent, text),
      isFile: agent.kind === "import",
      chart: barChart([{ name: "Rows", values: shown.map((minute) => BigInt(byMinute.get(minute.epochMilliseconds) ?? 0)), kind: "now" }], {
        title: "Rows by minute, the last hour",
        categoryName: "Minute",
        categories: shown.map((minute) => ({ label: text.time(minute), axis: text.time(minute) })),
        format: (count) => text.count(count),
        locale: text.locale,
        scale: 1n,
        height: "short",
      }),
      mayRevoke: may(c, "agents:write") && agent.state !== "revoked" && agent.kind === "pbx",
    },
  };
}

agentsPages.post(
  "/agents/:id/revocation",
  route({ permission: "agents:write" }, async (c) => {
    const agent = await askFor(c, agentsDetail, { agentId: param(c, "id") });
    const outcome = await run(c, revokeAgent, { agentId: agent.agentId }, { providerId: agent.providerId });
    return outcome.ok
      ? done(c, `/agents/${agent.agentId}`, `“${agent.name}” is revoked: its token is worth nothing any more. What it sent stays.`)
      : errorPage(c, outcome);
  }),
);
