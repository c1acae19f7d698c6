// The check that what is done with a run begins with: one that was made with a wider scope than the actor's doesn't exist for them.
import type { CommandContext } from "../kernel/command.ts";
import { lockRun, type Run } from "./runs.ts";

/** The run, locked. */
export async function runInScope({ tx, actor, providerId }: CommandContext, runId: string): Promise<Run | undefined> {
  const run = await lockRun(tx, { providerId, runId });
  const { groupIds } = actor.scope;
  return run && (groupIds === null || run.groupIds?.every((id) => groupIds.includes(id))) ? run : undefined;
}
