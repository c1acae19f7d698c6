// A plan's draft as commands meet it: locked, in a state that allows the step, and not changed since whoever acts looked at it.
import { and, desc, eq, sql } from "drizzle-orm";
import * as v from "valibot";
import type { Tx } from "../../db/client.ts";
import { planDrafts } from "../../db/schema/catalog-drafts.ts";
import { plans, planVersions } from "../../db/schema/subscribers.ts";
import { accept, type Outcome, refuse } from "../kernel/errors.ts";
import { type DraftState, type DraftStep, draftSteps, mayStep } from "./draft-lifecycle.ts";
import { type Outline, outlineOf } from "./outline.ts";
import { documentField } from "./published-version.ts";

/** A number of a version or a revision, as the database counts them. */
export function countField(message: string, least: number) {
  return v.pipe(v.number(message), v.integer(message), v.minValue(least, message), v.maxValue(2 ** 31 - 2, message));
}

const unstorable = /\\u0000|\\ud[89a-f]/;

/** A document that is being written: an object of anything that the database's JSON can hold. */
export const draftDocumentField = v.pipe(
  documentField,
  v.check((document) => !unstorable.test(JSON.stringify(document)), "must not have NUL characters or halves of characters"),
);

/** The revision that whoever acts has seen. A draft that was changed since is left alone. */
export const revisionField = countField("must be the revision of the draft", 1);

export type Draft = {
  readonly planId: string;
  readonly state: DraftState;
  readonly revision: number;
  readonly basedOn: number | null;
  readonly follows: number;
  readonly savedBy: string;
  readonly savedAt: string;
  /** The document without its deck, which may be long, and how long that is. */
  readonly terms: Readonly<Record<string, unknown>>;
  readonly rates: number;
  /** Days on which the deck changes later. */
  readonly days: readonly string[];
};

/**
 * Locks the plan, then its draft, for `step`. Refuses with `not_found`, `draft_missing`, `draft_state` (with the `state`), or
 * `draft_changed` with `revision`, `savedBy` and `savedAt` when `revision` isn't the draft's.
 */
export async function lockDraft(tx: Tx, providerId: number, planId: string, step: DraftStep, revision: number): Promise<Outcome<Draft>> {
  if (!(await lockPlan(tx, providerId, planId))) return refuse("not_found");
  const draft = await draftOf(tx, providerId, planId);
  if (!draft) return refuse("draft_missing");
  if (draft.revision !== revision)
    return refuse("draft_changed", {
      revision: draft.revision,
      savedBy: draft.savedBy,
      savedAt: Temporal.Instant.from(draft.savedAt).toString(),
    });
  if (!mayStep(step, draft.state)) return refuse("draft_state", { state: draft.state, needs: draftSteps[step].from });
  return accept(draft);
}

/** The plan, locked against other drafts and versions of it. */
export async function lockPlan(tx: Tx, providerId: number, planId: string) {
  const [plan] = await tx
    .select()
    .from(plans)
    .where(and(eq(plans.providerId, providerId), eq(plans.id, planId)))
    .for("no key update");
  return plan;
}

export async function draftOf(tx: Tx, providerId: number, planId: string): Promise<Draft | undefined> {
  const d = planDrafts;
  const [draft] = await tx
    .select({
      ...{ planId: d.planId, state: d.state, revision: d.revision, basedOn: d.basedOn, follows: d.follows },
      ...{ savedBy: d.savedBy, savedAt: d.savedAt },
      terms: sql<Record<string, unknown>>`${d.document} - 'rates'`,
      rates: sql<number>`case when jsonb_typeof(${d.document} -> 'rates') = 'array' then jsonb_array_length(${d.document} -> 'rates') else 0 end`,
      days: sql<string[]>`jsonb_path_query_array(${d.changes}, '$[*].from')`,
    })
    .from(d)
    .where(ofPlan(providerId, planId));
  return draft;
}

export const ofPlan = (providerId: number, planId: string) => and(eq(planDrafts.providerId, providerId), eq(planDrafts.planId, planId));

export const draftOutline = (draft: Draft): Outline & { state: DraftState; revision: number } => ({
  state: draft.state,
  revision: draft.revision,
  ...outlineOf(draft.terms, draft.rates, draft.days),
});

/** The latest published version; undefined for a plan that has only a draft. */
export async function latestVersion(tx: Tx, providerId: number, planId: string) {
  const [last] = await tx
    .select({ version: planVersions.version, validFrom: planVersions.validFrom })
    .from(planVersions)
    .where(and(eq(planVersions.providerId, providerId), eq(planVersions.planId, planId)))
    .orderBy(desc(planVersions.version))
    .limit(1);
  return last;
}

/** Ends a draft. What the next one begins with counts on from its revision. */
export async function endDraft(tx: Tx, providerId: number, { planId, revision }: Draft): Promise<void> {
  await tx.delete(planDrafts).where(ofPlan(providerId, planId));
  await tx
    .update(plans)
    .set({ draftRevision: revision })
    .where(and(eq(plans.providerId, providerId), eq(plans.id, planId)));
}
