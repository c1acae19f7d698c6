// The life of a simulation, as a table: what may happen in which state, and what comes of it. The page's buttons come from it.
import type { SimulationState } from "../../db/schema/simulation.ts";

export type SimulationTrigger = "begin" | "finish" | "fail" | "cancel";

const next: Readonly<Record<SimulationState, Partial<Record<SimulationTrigger, SimulationState>>>> = {
  waiting: { begin: "running", fail: "failed", cancel: "cancelled" },
  running: { finish: "done", fail: "failed", cancel: "cancelled" },
  done: {},
  failed: {},
  cancelled: {},
};

/** The state after it; undefined when it can't be done. */
export const stateAfter = (trigger: SimulationTrigger, state: SimulationState): SimulationState | undefined => next[state][trigger];
