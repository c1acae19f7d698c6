// A draft that nobody wants. A plan that never had a version goes with it: nothing can refer to such a plan.
import { and, eq } from "drizzle-orm";
import * as v from "valibot";
import { deckImports } from "../../db/schema/catalog-drafts.ts";
import { plans } from "../../db/schema/subscribers.ts";
import { defineCommand } from "../kernel/command.ts";
import { accept } from "../kernel/errors.ts";
import { idField } from "../kernel/input-fields.ts";
import { draftOutline, endDraft, latestVersion, lockDraft, revisionField } from "./draft.ts";

/** `planRemoved` says whether the plan had nothing else. */
export const discardDraft = defineCommand({
  name: "catalog.discard-draft",
  summary: "Discard a plan's draft",
  permission: "plans:write",
  level: "provider",
  input: v.strictObject({ planId: idField, revision: revisionField }),

  async run({ tx, providerId, audit }, { planId, revision }) {
    const found = await lockDraft(tx, providerId, planId, "discard", revision);
    if (!found.ok) return found;
    const planRemoved = (await latestVersion(tx, providerId, planId)) === undefined;
    await endDraft(tx, providerId, found.value);
    if (planRemoved) {
      await tx.delete(deckImports).where(and(eq(deckImports.providerId, providerId), eq(deckImports.planId, planId)));
      await tx.delete(plans).where(and(eq(plans.providerId, providerId), eq(plans.id, planId)));
    }
    audit({ before: { planId, ...draftOutline(found.value) }, after: { planId, state: "discarded", planRemoved } });
    return accept({ planRemoved });
  },
});
