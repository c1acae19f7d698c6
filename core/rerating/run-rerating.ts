import * as v from "valibot";
import { defineCommand } from "../kernel/command.ts";
import { accept, refuse } from "../kernel/errors.ts";
import { idField } from "../kernel/input-fields.ts";
import { partsLeft } from "./begin.ts";
import { beginRerating } from "./jobs.ts";
import { runInScope } from "./run-in-scope.ts";
import { moveRun } from "./runs.ts";

/** Does what was previewed, with the usage and the prices that there are by now. One that failed goes on where it ended. */
export const runRerating = defineCommand({
  name: "rerating.run",
  summary: "Rate again what was previewed: charges are taken back and posted anew, closed months are adjusted",
  permission: "usage:rerate",
  level: "subscriber",
  input: v.strictObject({ runId: idField }),
  async run(context, { runId }) {
    const { tx, actor, providerId, now, enqueue, audit } = context;
    const run = await runInScope(context, runId);
    if (!run) return refuse("not_found");
    const left = await partsLeft(tx, { providerId, runId }, true);
    const begun = { parts: left.length, partsDone: 0, problem: null, runBy: actor.name, runAt: now.toString(), finishedAt: null };
    if (!(await moveRun(tx, run, "run", begun))) return refuse("rerating_state", { state: run.state });
    if (left.length === 0) await moveRun(tx, { ...run, state: "running" }, "finish", { finishedAt: now.toString() });
    else await enqueue(beginRerating, { providerId, runId });
    audit({ after: { ...run.selection, why: run.why } });
    return accept({ runId });
  },
});
