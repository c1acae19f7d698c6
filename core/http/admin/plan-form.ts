// Kept for pages that show how a plan rounds.
export { modeOptions } from "./plan-editor/choices.ts";
