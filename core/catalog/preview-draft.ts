// A draft is checked whole and frozen for review: what is published afterwards is what was reviewed, to the last digit.
import { sql } from "drizzle-orm";
import * as v from "valibot";
import type { Tx } from "../../db/client.ts";
import { planDrafts } from "../../db/schema/catalog-drafts.ts";
import { defineCommand } from "../kernel/command.ts";
import { accept, type Outcome, refuse } from "../kernel/errors.ts";
import { idField } from "../kernel/input-fields.ts";
import { pause } from "../kernel/turns.ts";
import { applyLines, type DatedLines } from "./deck/deck-line.ts";
import { draftOf, draftOutline, lockDraft, lockPlan, ofPlan, revisionField } from "./draft.ts";
import { MAX_RATES, type PlanDocument, type PlanRate } from "./plan-document.ts";
import { planFrom } from "./published-version.ts";

/** Gives the new revision, the content's SHA-256 and the number of rates from the beginning and from each later day. Refuses with `plan_invalid`. */
export const previewDraft = defineCommand({
  name: "catalog.preview-draft",
  summary: "Check a plan's draft and freeze it for review",
  permission: "plans:write",
  level: "provider",
  input: v.strictObject({ planId: idField, revision: revisionField }),

  async run({ tx, providerId, now, actor, audit }, { planId, revision }) {
    const found = await lockDraft(tx, providerId, planId, "preview", revision);
    if (!found.ok) return found;
    const plan = (await lockPlan(tx, providerId, planId))!;
    const [stored] = await tx
      .select({ document: planDrafts.document, changes: planDrafts.changes })
      .from(planDrafts)
      .where(ofPlan(providerId, planId));
    const checked = await planFrom(stored!.document);
    if (!checked.ok) return checked;
    if (checked.value.currency !== plan.currency)
      return refuse("plan_invalid", { issues: [{ path: "document.currency", message: `must be ${plan.currency}, the plan's currency` }] });
    const changes = stored!.changes as DatedLines[];
    const decks = await decksOf(checked.value, changes);
    if (!decks.ok) return decks;
    await tx.update(planDrafts).set({ document: checked.value }).where(ofPlan(providerId, planId));
    const hash = await contentHash(tx, providerId, planId);
    await tx
      .update(planDrafts)
      .set({ state: "preview", contentHash: hash, revision: revision + 1, savedBy: actor.name, savedAt: now.toString() })
      .where(ofPlan(providerId, planId));
    const after = (await draftOf(tx, providerId, planId))!;
    audit({ before: { planId, ...draftOutline(found.value) }, after: { ...draftOutline(after), contentHash: hash } });
    return accept({ revision: after.revision, hash, decks: decks.value });
  },
});

/** The same for the same content, whatever order it was written in: the database keeps the fields of jsonb in an order of its own. */
async function contentHash(tx: Tx, providerId: number, planId: string): Promise<string> {
  const { document, changes } = planDrafts;
  const text = sql`convert_to(${document}::text || ${changes}::text, 'UTF8')`;
  const [row] = await tx
    .select({ hash: sql<string>`encode(sha256(${text}), 'hex')` })
    .from(planDrafts)
    .where(ofPlan(providerId, planId));
  return row!.hash;
}

type DeckSize = { readonly from: string | null; readonly rates: number };

/** How long the deck is from the beginning and from each day on; what a changed deck may not be is a mistake of the draft. */
async function decksOf(plan: PlanDocument, changes: readonly DatedLines[]): Promise<Outcome<DeckSize[]>> {
  const bands = new Set(plan.bands.map(({ code }) => code));
  const issues: { path: string; message: string }[] = [];
  const sizes: DeckSize[] = [{ from: null, rates: plan.rates.length }];
  let rates: readonly PlanRate[] = plan.rates;
  for (const [i, change] of changes.entries()) {
    await pause();
    rates = applyLines(rates, change);
    sizes.push({ from: change.from, rates: rates.length });
    const unknown = new Set(change.lines.flatMap(({ band }) => (band === undefined || bands.has(band) ? [] : [band])));
    for (const band of unknown)
      issues.push({ path: `changes[${i}]`, message: `of ${change.from} names the band "${band}", which the plan doesn't have` });
    if (rates.length > MAX_RATES) issues.push({ path: `changes[${i}]`, message: `of ${change.from} makes more than ${MAX_RATES} rates` });
    if (rates.length === 0 && plan.rates.length > 0)
      issues.push({ path: `changes[${i}]`, message: `of ${change.from} leaves no rate in the deck` });
  }
  return issues.length === 0 ? accept(sizes) : refuse("plan_invalid", { issues });
}
