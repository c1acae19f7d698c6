// A price list is offered for a draft: it is looked at, and its columns are guessed. Nothing of it is imported yet.
import * as v from "valibot";
import { deckImports } from "../../../db/schema/catalog-drafts.ts";
import { defineCommand } from "../../kernel/command.ts";
import { accept } from "../../kernel/errors.ts";
import { newId } from "../../kernel/id.ts";
import { idField, lineField } from "../../kernel/input-fields.ts";
import { uploadField } from "../../kernel/uploads.ts";
import { lockDraft, revisionField } from "../draft.ts";
import { guessReading } from "./guess-reading.ts";
import { tableOf } from "./offered.ts";

export const SAMPLE_ROWS = 200;

/** Gives the guess as `reading`, to be corrected and given to catalog.request-deck-import. Refuses with `deck_unreadable`. */
export const offerDeck = defineCommand({
  name: "catalog.offer-deck",
  summary: "Offer a price list that lies on the server for a plan's draft",
  permission: "plans:write",
  level: "provider",
  input: v.strictObject({
    planId: idField,
    revision: revisionField,
    name: lineField(255),
    upload: uploadField,
    sizeBytes: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(Number.MAX_SAFE_INTEGER)),
  }),

  async run({ core, tx, providerId, actor, now, audit }, { planId, revision, name, upload, sizeBytes }) {
    const draft = await lockDraft(tx, providerId, planId, "import", revision);
    if (!draft.ok) return draft;
    const table = await tableOf(core, upload, {}, SAMPLE_ROWS);
    if (!table.ok) return table;
    const reading = guessReading(table.value);
    const importId = newId();
    await tx.insert(deckImports).values({
      ...{ providerId, id: importId, planId, revision, name, upload, sizeBytes, state: "offered" as const, reading },
      ...{ requestedKind: actor.kind, requestedId: actor.id, requestedBy: actor.name, requestedAt: now.toString() },
    });
    audit({ after: { importId, planId, name, sizeBytes } });
    return accept({ importId, reading });
  },
});
