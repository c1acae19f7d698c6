import { givePromise } from "./give-promise.ts";
import { overrideState } from "./override-state.ts";
import { previewPolicy } from "./preview-policy.ts";
import { setPolicy } from "./set-policy.ts";
import { resumeAccount, suspendAccount } from "./suspend-account.ts";

export const commands = [setPolicy, previewPolicy, overrideState, givePromise, suspendAccount, resumeAccount];
