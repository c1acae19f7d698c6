// The life of a run of re-rating, as a table: what may happen in which state, and what comes of it. The page's buttons come from it.
import type { RunState } from "../../db/schema/rerating.ts";

export type RunTrigger = "count" | "run" | "finish" | "fail" | "cancel";

const next: Readonly<Record<RunState, Partial<Record<RunTrigger, RunState>>>> = {
  previewing: { count: "previewed", fail: "failed", cancel: "cancelled" },
  previewed: { run: "running", cancel: "cancelled" },
  // What is done when it is cancelled or fails stays done, and can be seen; each account is done as a whole or not at all.
  running: { finish: "done", fail: "failed", cancel: "cancelled" },
  done: {},
  // Goes on with the accounts that are left; a preview that failed is made anew.
  failed: { run: "running" },
  cancelled: {},
};

/** The state after it; undefined when it can't be done. `previewed`: the difference of every account is known. */
export function stateAfter(trigger: RunTrigger, run: { readonly state: RunState; readonly previewed: boolean }): RunState | undefined {
  return trigger === "run" && !run.previewed ? undefined : next[run.state][trigger];
}
