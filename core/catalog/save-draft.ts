// What somebody wrote goes into the draft, mistakes and all: they are named in the answer, and hold up only the preview.
import { and, eq, sql } from "drizzle-orm";
import * as v from "valibot";
import type { Tx } from "../../db/client.ts";
import { planDrafts } from "../../db/schema/catalog-drafts.ts";
import { plans } from "../../db/schema/subscribers.ts";
import { defineCommand } from "../kernel/command.ts";
import { accept } from "../kernel/errors.ts";
import { idField } from "../kernel/input-fields.ts";
import { countField, draftDocumentField, draftOf, draftOutline, lockDraft, ofPlan, revisionField } from "./draft.ts";
import { planFrom } from "./published-version.ts";
import { identity } from "./start-draft.ts";

/**
 * A `document` without `rates` leaves the draft's deck as it is. `follows`: the latest version that the draft takes account of, when others
 * were published after it was begun. Gives the new revision and the mistakes as `{path, message}`; refuses with `draft_changed`.
 */
export const saveDraft = defineCommand({
  name: "catalog.save-draft",
  summary: "Save a plan's draft",
  permission: "plans:write",
  level: "provider",
  input: v.strictObject({
    planId: idField,
    revision: revisionField,
    document: draftDocumentField,
    follows: v.optional(countField("must be a version of the plan", 0)),
  }),

  async run({ tx, providerId, now, actor, audit }, { planId, revision, document, follows }) {
    const found = await lockDraft(tx, providerId, planId, "save", revision);
    if (!found.ok) return found;
    const before = found.value;
    const keepsDeck = !Object.hasOwn(document, "rates");
    const text = JSON.stringify(document);
    await tx
      .update(planDrafts)
      .set({
        document: keepsDeck
          ? sql`${text}::text::jsonb || jsonb_strip_nulls(jsonb_build_object('rates', ${planDrafts.document} -> 'rates'))`
          : sql`${text}::text::jsonb`,
        ...{ revision: revision + 1, follows: follows ?? before.follows, savedBy: actor.name, savedAt: now.toString() },
      })
      .where(ofPlan(providerId, planId));
    if (before.basedOn === null) await renamePlan(tx, providerId, planId, document);
    const checked = await planFrom(keepsDeck ? { ...document, rates: await firstRate(tx, providerId, planId) } : document);
    const after = (await draftOf(tx, providerId, planId))!;
    audit({ before: { planId, ...draftOutline(before) }, after: draftOutline(after) });
    return accept({ revision: after.revision, issues: checked.ok ? [] : (checked.issues as { path: string; message: string }[]) });
  },
});

/** Until its first version a plan is what its draft says. */
async function renamePlan(tx: Tx, providerId: number, planId: string, document: unknown): Promise<void> {
  const known = v.safeParse(identity, document);
  if (!known.success) return;
  const { kind, currency } = known.output;
  await tx
    .update(plans)
    .set({ kind, currency })
    .where(and(eq(plans.providerId, providerId), eq(plans.id, planId)));
}

/** Stands for the deck in the check of a document that leaves it alone: the preview checks every rate. */
async function firstRate(tx: Tx, providerId: number, planId: string): Promise<unknown[]> {
  const [row] = await tx
    .select({ rate: sql<unknown>`${planDrafts.document} -> 'rates' -> 0` })
    .from(planDrafts)
    .where(ofPlan(providerId, planId));
  return row?.rate ? [row.rate] : [];
}
