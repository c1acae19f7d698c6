// Which agents collect usage, are they alive, and what has come from each?
import { sql } from "drizzle-orm";
import * as v from "valibot";
import { accept, refuse } from "../../kernel/errors.ts";
import { defineQuery } from "../../kernel/query.ts";
import { idField, providersIn } from "../input.ts";
import { providerField } from "../page.ts";
import { rows } from "../rows.ts";
import { agentStates } from "./agent-state.ts";

export const agentsList = defineQuery({
  name: "agents.list",
  summary: "Agents with their state, last sign of life, sequence and rate",
  permission: "agents:read",
  level: "provider",
  input: v.object({ providerId: providerField }),
  run: async ({ tx, scope, now }, { providerId }) => accept({ agents: await agentStates(tx, scope, now, { providerId }) }),
});

/** `minutes`: the last hour, one entry per minute in which something came. `config` has no secrets: the token is kept apart, hashed. */
export const agentsDetail = defineQuery({
  name: "agents.detail",
  summary: "One agent, its configuration, and what came from it minute by minute",
  permission: "agents:read",
  level: "provider",
  input: v.object({ agentId: idField }),
  async run({ tx, scope, now }, { agentId }) {
    const [agent] = await agentStates(tx, scope, now, { agentId, imports: true });
    if (!agent) return refuse("not_found");
    const [extra] = await rows<{ config: unknown }>(
      tx,
      sql`select config from app.agents where provider_id = any(${providersIn(scope)}) and id = ${agentId}`,
    );
    const minutes = await rows<{ minute: string; rows: number; rated: number; duplicates: number; quarantined: number }>(
      tx,
      sql`select m.minute, m.rows, m.rated, m.duplicates, m.quarantined from read.ingest_minutes m
          where m.provider_id = ${agent.providerId} and m.agent_id = ${agentId} and m.minute > ${now.subtract({ minutes: 60 }).toString()} order by m.minute`,
    );
    return accept({ ...agent, config: extra!.config, minutes });
  },
});
