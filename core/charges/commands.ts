import { previewPlanChange } from "./preview-plan-change.ts";

export const commands = [previewPlanChange];
