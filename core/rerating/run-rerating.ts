import * as v from "valibot";
import { type CommandContext, defineCommand } from "../kernel/command.ts";
import { accept, refuse } from "../kernel/errors.ts";
import { idField } from "../kernel/input-fields.ts";
import { partsLeft } from "./begin.ts";
import { beginRerating } from "./jobs.ts";
import { atPartnersBelow } from "./partners-below.ts";
import { runInScope } from "./run-in-scope.ts";
import { moveRun, type Run } from "./runs.ts";

/** Does what was previewed, with the usage and the prices that there are by now. One that failed goes on where it ended. */
export const runRerating = defineCommand({
  name: "rerating.run",
  summary: "Rate again what was previewed: charges are taken back and posted anew, closed months are adjusted",
  permission: "usage:rerate",
  level: "subscriber",
  input: v.strictObject({ runId: idField }),
  async run(context, { runId }) {
    const run = await runInScope(context, runId);
    if (!run) return refuse("not_found");
    const waiting = run.selection.partners && (await stillCounting(context, runId));
    if (waiting) return refuse("rerating_state", { state: "previewing" });
    if (!(await runAgain(context, run))) return refuse("rerating_state", { state: run.state });
    // Their parts are independent of this one, and of each other: what a parent charges depends on the usage, which no price changes.
    if (run.selection.partners)
      await atPartnersBelow(context, "rerating.run", async (below) => {
        const own = await runInScope(below, runId);
        if (own) await runAgain(below, own);
      });
    return accept({ runId });
  },
});

/** Of the partners below one is still being worked out: what it comes to hasn't been seen. */
async function stillCounting(context: CommandContext, runId: string): Promise<boolean> {
  let found = false;
  await atPartnersBelow(context, "rerating.run", async (below) => {
    found ||= (await runInScope(below, runId))?.state === "previewing";
  });
  return found;
}

async function runAgain({ tx, actor, providerId, now, enqueue, audit }: CommandContext, run: Run): Promise<boolean> {
  const { id: runId } = run;
  const left = await partsLeft(tx, { providerId, runId }, true);
  const begun = { parts: left.length, partsDone: 0, problem: null, runBy: actor.name, runAt: now.toString(), finishedAt: null };
  if (!(await moveRun(tx, run, "run", begun))) return false;
  if (left.length === 0) await moveRun(tx, { ...run, state: "running" }, "finish", { finishedAt: now.toString() });
  else await enqueue(beginRerating, { providerId, runId });
  audit({ after: { ...run.selection, why: run.why } });
  return true;
}
