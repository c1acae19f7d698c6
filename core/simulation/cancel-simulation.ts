import * as v from "valibot";
import { defineCommand } from "../kernel/command.ts";
import { accept, refuse } from "../kernel/errors.ts";
import { idField } from "../kernel/input-fields.ts";
import { lockRun, moveRun } from "./runs.ts";

/** Whoever sees some groups only may stop what was begun for no others. */
export const cancelSimulation = defineCommand({
  name: "simulation.cancel",
  summary: "Stop a simulation; what is done of it can be looked at",
  permission: "plans:write",
  level: "subscriber",
  input: v.strictObject({ runId: idField }),
  async run({ tx, actor, providerId, now, audit }, { runId }) {
    const run = await lockRun(tx, { providerId, runId });
    const { groupIds } = actor.scope;
    if (!run || (groupIds !== null && !run.groupIds?.every((id) => groupIds.includes(id)))) return refuse("not_found");
    if (!(await moveRun(tx, run, "cancel", { finishedAt: now.toString() }))) return refuse("simulation_state", { state: run.state });
    audit({ before: { state: run.state }, after: { state: "cancelled" } });
    return accept({ runId });
  },
});
