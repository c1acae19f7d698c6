import { and, eq, sql } from "drizzle-orm";
import * as v from "valibot";
import type { Tx } from "../../db/client.ts";
import { planDrafts } from "../../db/schema/catalog-drafts.ts";
import { providers } from "../../db/schema/rights.ts";
import { simulations } from "../../db/schema/simulation.ts";
import { plans, planVersions } from "../../db/schema/subscribers.ts";
import { countField, draftOf, lockPlan, ofPlan, revisionField } from "../catalog/draft.ts";
import { planFrom } from "../catalog/published-version.ts";
import { defineCommand } from "../kernel/command.ts";
import { accept, type Outcome, refuse } from "../kernel/errors.ts";
import { newId } from "../kernel/id.ts";
import { idField } from "../kernel/input-fields.ts";
import { beginSimulation } from "./jobs.ts";
import { periodFields, periodMistake, simulatedPeriod } from "./simulated-period.ts";

const input = v.pipe(
  v.strictObject({
    planId: idField,
    revision: v.optional(revisionField),
    version: v.optional(countField("must be a version of the plan", 1)),
    ...periodFields,
    servicesOf: v.optional(idField),
  }),
  v.forward(
    v.check(({ revision, version }) => (revision === undefined) !== (version === undefined), "or else `version`: exactly one of the two"),
    ["revision"],
  ),
);

/**
 * Tries the plan's draft of `revision`, which is copied, or a `version` of it: on services that are on the plan, or on the plan `servicesOf`, in the days
 * `from` to `to`, both inside; the last month that is over unless told. Whoever sees some groups only tries it on their subscribers.
 */
export const startSimulation = defineCommand({
  name: "simulation.start",
  summary: "Work out what a plan's draft, or another version, would have earned on usage that happened",
  permission: "plans:write",
  level: "subscriber",
  input,
  async run({ tx, actor, providerId, now, enqueue, audit }, { planId, revision, version, servicesOf = planId, ...asked }) {
    const plan = await lockPlan(tx, providerId, planId);
    if (!plan) return refuse("not_found", { detail: "There is no such plan." });
    const [provider] = await tx.select({ zone: providers.zone }).from(providers).where(eq(providers.id, providerId));
    const { zone } = provider!;
    const mistake = periodMistake(asked, zone, now) ?? (await mistakeOfServices(tx, providerId, servicesOf, plan.currency));
    if (mistake) return refuse("invalid_input", { issues: [mistake] });
    const tried = revision === undefined ? await hasVersion(tx, providerId, planId, version!) : await draftIsWhole(tx, plan, revision);
    if (!tried.ok) return tried;

    const { from, to } = simulatedPeriod(asked, zone, now);
    const id = newId();
    await tx.insert(simulations).values({
      ...{ providerId, id, planId, servicesOf, currency: plan.currency, state: "waiting" as const },
      ...(revision === undefined
        ? { version: version! }
        : // Copied where it lies: it may be long.
          {
            revision,
            document: sql`(select jsonb_build_object('document', document, 'changes', changes) from app.plan_drafts where provider_id = ${providerId} and plan_id = ${planId})`,
          }),
      ...{ periodFrom: from.toString(), periodTo: to.toString() },
      groupIds: actor.scope.groupIds === null ? null : [...actor.scope.groupIds],
      ...{ requestedBy: actor.name, requestedAt: now.toString() },
    });
    await enqueue(beginSimulation, { providerId, runId: id });
    audit({ after: { planId, revision, version, servicesOf, from: from.toString(), to: to.subtract({ days: 1 }).toString() } });
    return accept({ runId: id });
  },
});

async function mistakeOfServices(tx: Tx, providerId: number, planId: string, currency: string) {
  const [plan] = await tx
    .select({ currency: plans.currency })
    .from(plans)
    .where(and(eq(plans.providerId, providerId), eq(plans.id, planId)));
  if (!plan) return { path: "servicesOf", message: "must be one of the provider's plans" };
  return plan.currency === currency ? undefined : { path: "servicesOf", message: `must be a plan in ${currency}, not in ${plan.currency}` };
}

async function hasVersion(tx: Tx, providerId: number, planId: string, version: number): Promise<Outcome<void>> {
  const which = and(eq(planVersions.providerId, providerId), eq(planVersions.planId, planId), eq(planVersions.version, version));
  const found = await tx.select({ version: planVersions.version }).from(planVersions).where(which);
  const message = `must be a version of the plan, not ${version}`;
  return found.length > 0 ? accept(undefined) : refuse("invalid_input", { issues: [{ path: "version", message }] });
}

/** The draft as whoever asks saw it, without mistakes. */
async function draftIsWhole(
  tx: Tx,
  { providerId, id, currency }: { readonly providerId: number; readonly id: string; readonly currency: string },
  revision: number,
): Promise<Outcome<void>> {
  const draft = await draftOf(tx, providerId, id);
  if (!draft) return refuse("draft_missing");
  if (draft.revision !== revision)
    return refuse("draft_changed", {
      ...{ revision: draft.revision, savedBy: draft.savedBy, savedAt: Temporal.Instant.from(draft.savedAt).toString() },
    });
  const [stored] = await tx.select({ document: planDrafts.document }).from(planDrafts).where(ofPlan(providerId, id));
  const checked = await planFrom(stored!.document);
  if (!checked.ok) return checked;
  const message = `must be ${currency}, the plan's currency`;
  return checked.value.currency === currency
    ? accept(undefined)
    : refuse("plan_invalid", { issues: [{ path: "document.currency", message }] });
}
