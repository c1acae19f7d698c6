// How much came from each agent, minute by minute of the last hour: the small charts in the list.
import { sql } from "drizzle-orm";
import * as v from "valibot";
import { accept } from "../../kernel/errors.ts";
import { defineQuery } from "../../kernel/query.ts";
import { providersIn } from "../input.ts";
import { providerField } from "../page.ts";
import { rows } from "../rows.ts";

const minutesShown = 60;

/** `rows` of each agent: 60 whole minutes, oldest first, the running one left out. Agents from which nothing came are missing. */
export const agentsRates = defineQuery({
  name: "agents.rates",
  summary: "Rows of the last hour, minute by minute, of every agent",
  permission: "agents:read",
  level: "provider",
  input: v.object({ providerId: providerField }),
  async run({ tx, scope, now }, { providerId }) {
    const end = now.round({ smallestUnit: "minute", roundingMode: "floor" });
    const start = end.subtract({ minutes: minutesShown });
    const found = await rows<{ agentId: string; minute: string; rows: number }>(
      tx,
      sql`select m.agent_id, m.minute, m.rows from read.ingest_minutes m
          where m.provider_id = any(${providersIn(scope, providerId)}) and m.minute >= ${start.toString()} and m.minute < ${end.toString()}`,
    );
    const agents = new Map<string, number[]>();
    for (const { agentId, minute, rows: count } of found) {
      const series = agents.get(agentId) ?? new Array<number>(minutesShown).fill(0);
      const at = Math.floor(Temporal.Instant.from(minute).since(start).total("minutes"));
      series[at] = (series[at] ?? 0) + count;
      agents.set(agentId, series);
    }
    return accept({ minutes: minutesShown, agents: [...agents].map(([agentId, series]) => ({ agentId, rows: series })) });
  },
});
