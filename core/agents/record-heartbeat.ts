// An agent says that it lives and how it fares. Kept as the last word only: its page shows it, nothing is computed from it.
import { and, eq } from "drizzle-orm";
import * as v from "valibot";
import { agents } from "../../db/schema/usage.ts";
import { inTenant } from "../../db/tenant.ts";
import type { Core } from "../kernel/core.ts";

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));

/** What newer agents add beside these is ignored. */
export const heartbeatSchema = v.object({
  version: v.pipe(
    v.string(),
    v.maxLength(50),
    v.check((text) => !text.includes("\0") && text.isWellFormed(), "NUL or a lone surrogate"),
  ),
  spoolId: v.pipe(v.string(), v.uuid()),
  /** Rows that wait in the spool. */
  spoolDepth: count,
  lastSequence: count,
  /** The agent's clock, an ISO instant. */
  clock: v.pipe(v.string(), v.isoTimestamp()),
  /** Rows a second read since the last heartbeat. */
  rate: v.pipe(v.number(), v.finite(), v.minValue(0)),
});

/** Stores the heartbeat and when it came, by our clock; the agent's own clock is in it. */
export async function recordHeartbeat(
  core: Pick<Core, "db" | "clock">,
  agent: { readonly providerId: number; readonly agentId: string },
  heartbeat: v.InferOutput<typeof heartbeatSchema>,
): Promise<void> {
  const { providerId, agentId } = agent;
  await inTenant(core.db, [providerId], (tx) =>
    tx
      .update(agents)
      .set({ lastSeenAt: core.clock().toString(), heartbeat })
      .where(and(eq(agents.providerId, providerId), eq(agents.id, agentId))),
  );
}
