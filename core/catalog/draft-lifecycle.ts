// What can be done with a draft, and what it is then. Commands obey this table, and the buttons of its pages come from it.

export type DraftState = "draft" | "preview";

/** From which states a step leads where. `published` and `discarded` end the draft: its row is gone, the audit trail and the version stay. */
export const draftSteps = {
  save: { from: ["draft"], to: "draft" },
  import: { from: ["draft"], to: "draft" },
  preview: { from: ["draft"], to: "preview" },
  reopen: { from: ["preview"], to: "draft" },
  publish: { from: ["preview"], to: "published" },
  discard: { from: ["draft", "preview"], to: "discarded" },
} as const satisfies Record<string, { from: readonly DraftState[]; to: DraftState | "published" | "discarded" }>;

export type DraftStep = keyof typeof draftSteps;

export const mayStep = (step: DraftStep, state: DraftState): boolean => (draftSteps[step].from as readonly DraftState[]).includes(state);

/** The steps that are open in a state, in the order in which they are offered. */
export const stepsFrom = (state: DraftState): DraftStep[] =>
  (Object.keys(draftSteps) as DraftStep[]).filter((step) => mayStep(step, state));
