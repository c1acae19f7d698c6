// The row of a simulation: read, locked, moved from state to state. Its document may be long and is read only where it is compiled.
import { and, eq, getTableColumns } from "drizzle-orm";
import type { RawTx, Tx } from "../../db/client.ts";
import { simulations } from "../../db/schema/simulation.ts";
import { inTenant } from "../../db/tenant.ts";
import type { Core } from "../kernel/core.ts";
import { isTransient, isUnavailable } from "../kernel/database-error.ts";
import { type SimulationTrigger, stateAfter } from "./run-states.ts";

export type RunId = { readonly providerId: number; readonly runId: string };
export type Run = Omit<typeof simulations.$inferSelect, "document">;

const { document: _, ...columns } = getTableColumns(simulations);
const isRun = ({ providerId, runId }: RunId) => and(eq(simulations.providerId, providerId), eq(simulations.id, runId));

export async function readRun(tx: Tx, id: RunId): Promise<Run | undefined> {
  const [run] = await tx.select(columns).from(simulations).where(isRun(id));
  return run;
}

/** Until the transaction ends the run stays in its state. */
export async function lockRun(tx: Tx, id: RunId): Promise<Run | undefined> {
  const [run] = await tx.select(columns).from(simulations).where(isRun(id)).for("update");
  return run;
}

/** Moves a locked run on; false when its state doesn't allow it. */
export async function moveRun(
  tx: Tx,
  run: Run,
  trigger: SimulationTrigger,
  values: Partial<typeof simulations.$inferInsert> = {},
): Promise<boolean> {
  const state = stateAfter(trigger, run.state);
  if (!state) return false;
  await tx
    .update(simulations)
    .set({ ...values, state })
    .where(isRun({ providerId: run.providerId, runId: run.id }));
  return true;
}

/** One more part is done; the last one ends the run. The row is held until the transaction ends, so this comes last. */
export async function countPart(t: RawTx, { providerId, runId }: RunId, now: Temporal.Instant): Promise<void> {
  await t`
    update app.simulations set parts_done = parts_done + 1, state = case when parts_done + 1 = parts then 'done' else state end,
      finished_at = case when parts_done + 1 = parts then ${now.toString()}::timestamptz end
    where provider_id = ${providerId} and id = ${runId} and state = 'running'`;
}

/** Does the work; what trying again won't help ends the run. Only a database that is away throws, so that the job comes again. */
export async function orFail(core: Core, id: RunId, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (isUnavailable(error) || isTransient(error)) throw error;
    core.log.error({ err: error, ...id }, "simulation failed");
    await inTenant(core.db, [id.providerId], async (tx) => {
      const run = await lockRun(tx, id);
      const problem = "It could not go on. The server's log says why.";
      if (run) await moveRun(tx, run, "fail", { problem, finishedAt: core.clock().toString() });
    });
  }
}
