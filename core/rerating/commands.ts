import { cancelRerating } from "./cancel-rerating.ts";
import { previewRerating } from "./preview-rerating.ts";
import { runRerating } from "./run-rerating.ts";

export const commands = [previewRerating, runRerating, cancelRerating];
