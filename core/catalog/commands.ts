import { addPlan } from "./add-plan.ts";
import { discardDraft } from "./discard-draft.ts";
import { previewDraft } from "./preview-draft.ts";
import { publishDraft } from "./publish-draft.ts";
import { publishVersion } from "./publish-version.ts";
import { reopenDraft } from "./reopen-draft.ts";
import { saveDraft } from "./save-draft.ts";
import { startDraft } from "./start-draft.ts";

export const commands = [addPlan, publishVersion, startDraft, saveDraft, previewDraft, reopenDraft, publishDraft, discardDraft];
