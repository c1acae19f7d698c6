import * as v from "valibot";
import { type CommandContext, defineCommand } from "../kernel/command.ts";
import { accept, refuse } from "../kernel/errors.ts";
import { idField } from "../kernel/input-fields.ts";
import { atPartnersBelow } from "./partners-below.ts";
import { runInScope } from "./run-in-scope.ts";
import { moveRun, type Run } from "./runs.ts";

export const cancelRerating = defineCommand({
  name: "rerating.cancel",
  summary: "Stop a re-rating, or drop its preview; accounts that are done stay done",
  permission: "usage:rerate",
  level: "subscriber",
  input: v.strictObject({ runId: idField }),
  async run(context, { runId }) {
    const run = await runInScope(context, runId);
    if (!run) return refuse("not_found");
    if (!(await cancel(context, run))) return refuse("rerating_state", { state: run.state });
    if (run.selection.partners)
      await atPartnersBelow(context, "rerating.cancel", async (below) => {
        const own = await runInScope(below, runId);
        if (own) await cancel(below, own);
      });
    return accept({ runId });
  },
});

async function cancel({ tx, now, audit }: CommandContext, run: Run): Promise<boolean> {
  if (!(await moveRun(tx, run, "cancel", { finishedAt: now.toString() }))) return false;
  audit({ before: { state: run.state }, after: { state: "cancelled", why: run.why } });
  return true;
}
