// The row of a run: read, locked, moved from state to state.
import { and, eq } from "drizzle-orm";
import type { RawTx, Tx } from "../../db/client.ts";
import { reratings } from "../../db/schema/rerating.ts";
import { inTenant } from "../../db/tenant.ts";
import type { Core } from "../kernel/core.ts";
import { isTransient, isUnavailable } from "../kernel/database-error.ts";
import { type RunTrigger, stateAfter } from "./run-states.ts";
import type { Selection } from "./selection.ts";

export type RunId = { readonly providerId: number; readonly runId: string };
export type Run = typeof reratings.$inferSelect & { readonly selection: Selection };

const isRun = ({ providerId, runId }: RunId) => and(eq(reratings.providerId, providerId), eq(reratings.id, runId));

export async function readRun(tx: Tx, id: RunId): Promise<Run | undefined> {
  const [run] = await tx.select().from(reratings).where(isRun(id));
  return run as Run | undefined;
}

/** Until the transaction ends the run stays in its state. */
export async function lockRun(tx: Tx, id: RunId): Promise<Run | undefined> {
  const [run] = await tx.select().from(reratings).where(isRun(id)).for("update");
  return run as Run | undefined;
}

/** Moves a locked run on; false when its state doesn't allow it. */
export async function moveRun(
  tx: Tx,
  run: Run,
  trigger: RunTrigger,
  values: Partial<typeof reratings.$inferInsert> = {},
): Promise<boolean> {
  const state = stateAfter(trigger, { state: run.state, previewed: run.previewedAt !== null });
  if (!state) return false;
  await tx
    .update(reratings)
    .set({ ...values, state })
    .where(isRun({ providerId: run.providerId, runId: run.id }));
  return true;
}

/**
 * One more part is done; with the last one the run moves on. The row is held until the transaction ends, so this comes last. A run that was
 * cancelled meanwhile stays so.
 */
export async function countPart(t: RawTx, { providerId, runId }: RunId, trigger: "count" | "finish", now: Temporal.Instant): Promise<void> {
  const [from, to] = trigger === "count" ? ["previewing", "previewed"] : ["running", "done"];
  await t`
    update app.reratings set parts_done = parts_done + 1,
      state = case when parts_done + 1 = parts then ${to!} else state end,
      previewed_at = case when parts_done + 1 = parts and state = 'previewing' then ${now.toString()}::timestamptz else previewed_at end,
      finished_at = case when parts_done + 1 = parts and state = 'running' then ${now.toString()}::timestamptz else finished_at end
    where provider_id = ${providerId} and id = ${runId} and state = ${from!}`;
}

/** Does the work; what trying again won't help ends the run, with the problem for a person to see. Only a database that is away throws. */
export async function orFail(core: Core, id: RunId, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (isUnavailable(error) || isTransient(error)) throw error;
    core.log.error({ err: error, ...id }, "re-rating failed");
    await inTenant(core.db, [id.providerId], async (tx) => {
      const run = await lockRun(tx, id);
      if (run)
        await moveRun(tx, run, "fail", { problem: "It could not go on. The server's log says why.", finishedAt: core.clock().toString() });
    });
  }
}
