// A service moves to another plan at an instant. Usage from then on is priced by the new plan; what was before stays.
import { and, desc, eq } from "drizzle-orm";
import * as v from "valibot";
import { servicePlans } from "../../db/schema/subscribers.ts";
import { planInForce } from "../catalog/plan-in-force.ts";
import { defineCommand } from "../kernel/command.ts";
import { accept, type Outcome, refuse } from "../kernel/errors.ts";
import { idField, instantField } from "../kernel/input-fields.ts";
import { releaseWaiting } from "../kernel/waiting-usage-job.ts";
import { serviceInScope } from "../subscribers/in-scope.ts";

export type State = { readonly status: "active" | "terminated"; readonly lastChange: Temporal.Instant };

/** Whether the plan may change at `from`: never before the change that came last, at its very instant it is replaced. Pure. */
export function decide(state: State, from: Temporal.Instant): Outcome<null> {
  if (state.status === "terminated") return refuse("service_terminated");
  if (Temporal.Instant.compare(from, state.lastChange) < 0)
    return refuse("plan_change_too_early", { lastChange: state.lastChange.toString() });
  return accept(null);
}

export const changePlan = defineCommand({
  name: "services.change-plan",
  summary: "Move a service to another plan from an instant on",
  permission: "subscribers:write",
  level: "subscriber",
  input: v.strictObject({ serviceId: idField, planId: idField, from: v.optional(instantField) }),

  async run(context, { serviceId, planId, from = context.now }) {
    const { tx, providerId, emit, audit } = context;
    const found = await serviceInScope(context, serviceId);
    if (!found) return refuse("not_found");
    const { service, account } = found;
    const ofService = and(
      eq(servicePlans.providerId, providerId),
      eq(servicePlans.accountId, account.accountId),
      eq(servicePlans.serviceId, serviceId),
    );
    const [last] = await tx.select().from(servicePlans).where(ofService).orderBy(desc(servicePlans.validFrom)).limit(1);
    if (!last) throw new Error(`Service ${serviceId} has no plan.`);
    const decision = decide({ status: service.status, lastChange: Temporal.Instant.from(last.validFrom) }, from);
    if (!decision.ok) return decision;
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
    audit({ before: { planId: last.planId, from: last.validFrom }, after: { planId, plan: plan.value.code, from: from.toString() } });
    return accept({ serviceId });
  },
});
