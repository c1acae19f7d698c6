// A frozen draft is written again.
import * as v from "valibot";
import { planDrafts } from "../../db/schema/catalog-drafts.ts";
import { defineCommand } from "../kernel/command.ts";
import { accept } from "../kernel/errors.ts";
import { idField } from "../kernel/input-fields.ts";
import { draftOf, draftOutline, lockDraft, ofPlan, revisionField } from "./draft.ts";

export const reopenDraft = defineCommand({
  name: "catalog.reopen-draft",
  summary: "Go back from the review of a draft to writing it",
  permission: "plans:write",
  level: "provider",
  input: v.strictObject({ planId: idField, revision: revisionField }),

  async run({ tx, providerId, now, actor, audit }, { planId, revision }) {
    const found = await lockDraft(tx, providerId, planId, "reopen", revision);
    if (!found.ok) return found;
    await tx
      .update(planDrafts)
      .set({ state: "draft", contentHash: null, revision: revision + 1, savedBy: actor.name, savedAt: now.toString() })
      .where(ofPlan(providerId, planId));
    const after = (await draftOf(tx, providerId, planId))!;
    audit({ before: { planId, ...draftOutline(found.value) }, after: draftOutline(after) });
    return accept({ revision: after.revision });
  },
});
