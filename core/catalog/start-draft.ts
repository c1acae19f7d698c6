// The next version of a plan begins as a draft: of a plan that is sold, from one of its versions; of a new plan, from nothing.
import { and, eq, sql } from "drizzle-orm";
import * as v from "valibot";
import type { Tx } from "../../db/client.ts";
import { planDrafts } from "../../db/schema/catalog-drafts.ts";
import { plans, planVersions } from "../../db/schema/subscribers.ts";
import { type CommandContext, defineCommand } from "../kernel/command.ts";
import { accept, type Outcome, refuse } from "../kernel/errors.ts";
import { newId } from "../kernel/id.ts";
import { currencyField, idField, lineField } from "../kernel/input-fields.ts";
import { codeField } from "./add-plan.ts";
import { countField, draftDocumentField, draftOf, draftOutline, latestVersion, lockPlan } from "./draft.ts";
import { PLAN_KINDS } from "./plan-document.ts";

/** What a plan is known by while it has no version. */
export const identity = v.object({
  kind: v.picklist(PLAN_KINDS, `must be one of ${PLAN_KINDS.join(", ")}`),
  currency: currencyField,
  name: v.optional(lineField(200)),
});

type Input = v.InferOutput<typeof input>;
const input = v.union(
  [
    v.strictObject({ planId: idField, basedOn: v.optional(countField("must be a version of the plan", 1)) }),
    v.strictObject({ code: codeField, name: v.optional(lineField(200)), document: draftDocumentField }),
  ],
  "must be the `planId` of a plan, or the `code` and `document` of a new one",
);

/**
 * `planId`: a draft of its next version, a copy of version `basedOn` or of the latest. `code` and `document`: a plan that has only a draft.
 * Of such a document only kind and currency are checked. Gives the revision that the first save names. Refuses with `draft_exists`.
 */
export const startDraft = defineCommand({
  name: "catalog.start-draft",
  summary: "Start a draft: of a plan's next version, or of a new plan",
  permission: "plans:write",
  level: "provider",
  input,
  conflicts: { plans_provider_id_code_key: "code_taken", plan_drafts_pkey: "draft_exists" },

  async run(context, given) {
    const planId = "planId" in given ? accept(given.planId) : await newPlan(context, given);
    if (!planId.ok) return planId;
    const begun = await begin(context, planId.value, given);
    if (!begun.ok) return begun;
    const draft = (await draftOf(context.tx, context.providerId, planId.value))!;
    context.audit({ after: { planId: planId.value, basedOn: draft.basedOn, ...draftOutline(draft) } });
    return accept({ planId: planId.value, revision: draft.revision, basedOn: draft.basedOn });
  },
});

async function newPlan({ tx, providerId, now }: CommandContext, given: Exclude<Input, { planId: string }>): Promise<Outcome<string>> {
  const known = v.safeParse(identity, given.document);
  if (!known.success)
    return refuse("plan_invalid", { issues: known.issues.map((i) => ({ path: `document.${v.getDotPath(i)}`, message: i.message })) });
  const { kind, currency, name } = known.output;
  const planId = newId();
  await tx.insert(plans).values({
    providerId,
    id: planId,
    code: given.code,
    name: given.name ?? name ?? given.code,
    kind,
    currency,
    createdAt: now.toString(),
  });
  return accept(planId);
}

async function begin({ tx, providerId, now, actor }: CommandContext, planId: string, given: Input): Promise<Outcome<void>> {
  const plan = await lockPlan(tx, providerId, planId);
  if (!plan) return refuse("not_found");
  const latest = await latestVersion(tx, providerId, planId);
  const basedOn = "planId" in given ? (given.basedOn ?? latest?.version) : null;
  if (basedOn === undefined) return refuse("draft_exists");
  if (basedOn !== null && !(await hasVersion(tx, providerId, planId, basedOn)))
    return refuse("invalid_input", { issues: [{ path: "basedOn", message: `must be a version of the plan, not ${basedOn}` }] });
  await tx.insert(planDrafts).values({
    ...{ providerId, planId, basedOn, follows: latest?.version ?? 0, state: "draft" as const, revision: plan.draftRevision + 1 },
    document:
      "document" in given
        ? given.document
        : // Copied where it lies: it may be long.
          sql`(select document from app.plan_versions where provider_id = ${providerId} and plan_id = ${planId} and version = ${basedOn})`,
    ...{ startedBy: actor.name, startedAt: now.toString(), savedBy: actor.name, savedAt: now.toString() },
  });
  return accept(undefined);
}

async function hasVersion(tx: Tx, providerId: number, planId: string, version: number): Promise<boolean> {
  const which = and(eq(planVersions.providerId, providerId), eq(planVersions.planId, planId), eq(planVersions.version, version));
  return (await tx.select({ version: planVersions.version }).from(planVersions).where(which)).length > 0;
}
