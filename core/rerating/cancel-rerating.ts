import * as v from "valibot";
import { defineCommand } from "../kernel/command.ts";
import { accept, refuse } from "../kernel/errors.ts";
import { idField } from "../kernel/input-fields.ts";
import { runInScope } from "./run-in-scope.ts";
import { moveRun } from "./runs.ts";

export const cancelRerating = defineCommand({
  name: "rerating.cancel",
  summary: "Stop a re-rating, or drop its preview; accounts that are done stay done",
  permission: "usage:rerate",
  level: "subscriber",
  input: v.strictObject({ runId: idField }),
  async run(context, { runId }) {
    const { tx, now, audit } = context;
    const run = await runInScope(context, runId);
    if (!run) return refuse("not_found");
    if (!(await moveRun(tx, run, "cancel", { finishedAt: now.toString() }))) return refuse("rerating_state", { state: run.state });
    audit({ before: { state: run.state }, after: { state: "cancelled", why: run.why } });
    return accept({ runId });
  },
});
