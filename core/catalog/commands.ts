import { addPlan } from "./add-plan.ts";
import { importDeck } from "./deck/import-deck.ts";
import { offerDeck } from "./deck/offer-deck.ts";
import { requestDeckImport } from "./deck/request-import.ts";
import { discardDraft } from "./discard-draft.ts";
import { previewDraft } from "./preview-draft.ts";
import { publishDraft } from "./publish-draft.ts";
import { publishVersion } from "./publish-version.ts";
import { reopenDraft } from "./reopen-draft.ts";
import { saveDraft } from "./save-draft.ts";
import { startDraft } from "./start-draft.ts";

export const commands = [
  addPlan,
  publishVersion,
  startDraft,
  saveDraft,
  previewDraft,
  reopenDraft,
  publishDraft,
  discardDraft,
  offerDeck,
  requestDeckImport,
  importDeck,
];
