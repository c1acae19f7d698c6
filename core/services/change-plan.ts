// A service moves to another plan. Usage from then on is priced by the new plan; what was before stays.
import { and, desc, eq, lte, sql } from "drizzle-orm";
import * as v from "valibot";
import type { Tx } from "../../db/client.ts";
import { providers } from "../../db/schema/rights.ts";
import { planVersions, servicePlans } from "../../db/schema/subscribers.ts";
import { billing } from "../catalog/document/fees.ts";
import { planInForce } from "../catalog/plan-in-force.ts";
import { chargeDue } from "../kernel/charge-due-job.ts";
import { defineCommand } from "../kernel/command.ts";
import { accept, refuse } from "../kernel/errors.ts";
import { idField, instantField } from "../kernel/input-fields.ts";
import { releaseWaiting } from "../kernel/waiting-usage-job.ts";
import { serviceInScope } from "../subscribers/in-scope.ts";
import { momentOfChange } from "./change-moment.ts";

/**
 * `from` is now unless told. The plan that is left decides when the change takes effect (`billing.change`): from the beginning of that day, from the
 * next billing period, or never. Answers with the instant that it became.
 */
export const changePlan = defineCommand({
  name: "services.change-plan",
  summary: "Move a service to another plan from an instant on",
  permission: "subscribers:write",
  level: "subscriber",
  input: v.strictObject({ serviceId: idField, planId: idField, from: v.optional(instantField) }),

  async run(context, { serviceId, planId, from: asked = context.now }) {
    const { tx, providerId, emit, audit } = context;
    const found = await serviceInScope(context, serviceId);
    if (!found) return refuse("not_found");
    const { service, account } = found;
    const ofService = and(
      eq(servicePlans.providerId, providerId),
      eq(servicePlans.accountId, account.accountId),
      eq(servicePlans.serviceId, serviceId),
    );
    const changes = await tx.select().from(servicePlans).where(ofService).orderBy(desc(servicePlans.validFrom));
    const last = changes[0];
    if (!last) throw new Error(`Service ${serviceId} has no plan.`);
    if (service.status === "terminated") return refuse("service_terminated");
    const left = changes.find((one) => Temporal.Instant.compare(Temporal.Instant.from(one.validFrom), asked) <= 0) ?? changes.at(-1)!;
    const terms = await termsOf(tx, providerId, left.planId, asked);
    const since = Temporal.Instant.from(left.validFrom);
    const decision = momentOfChange(
      { ...terms, since, billingDay: account.billingDay ?? undefined },
      asked,
      Temporal.Instant.from(last.validFrom),
    );
    if (!decision.ok) return decision;
    const from = decision.value;
    const plan = await planInForce(tx, providerId, { planId, currency: account.currency, from });
    if (!plan.ok) return plan;
    await tx
      .insert(servicePlans)
      .values({ providerId, accountId: account.accountId, serviceId, validFrom: from.toString(), planId })
      .onConflictDoUpdate({
        target: [servicePlans.providerId, servicePlans.accountId, servicePlans.serviceId, servicePlans.validFrom],
        set: { planId },
      });
    await emit("account.changed", { accountId: account.accountId, subscriberId: found.subscriber.id });
    // Usage that had no price, or the wrong currency, under the plan before is looked at again.
    await context.enqueue(releaseWaiting, { providerId }, { key: String(providerId) });
    await context.enqueue(chargeDue, { providerId, accountId: account.accountId, serviceId });
    audit({ before: { planId: last.planId, from: last.validFrom }, after: { planId, plan: plan.value.code, from: from.toString() } });
    return accept({ serviceId, from: from.toString() });
  },
});

/** How the version in force at the instant, or the first one, says that the plan is left; and whose days it counts. */
async function termsOf(tx: Tx, providerId: number, planId: string, at: Temporal.Instant) {
  const ofPlan = and(eq(planVersions.providerId, providerId), eq(planVersions.planId, planId));
  const which = { document: sql<{ billing?: unknown; zone?: string }>`${planVersions.document} - 'rates'` };
  const [inForce] = await tx
    .select(which)
    .from(planVersions)
    .where(and(ofPlan, lte(planVersions.validFrom, at.toString())))
    .orderBy(desc(planVersions.validFrom))
    .limit(1);
  const [first] = inForce ? [inForce] : await tx.select(which).from(planVersions).where(ofPlan).orderBy(planVersions.validFrom).limit(1);
  const [provider] = await tx.select({ zone: providers.zone }).from(providers).where(eq(providers.id, providerId));
  return { billing: v.parse(billing, first?.document.billing ?? {}), zone: first?.document.zone ?? provider!.zone };
}
