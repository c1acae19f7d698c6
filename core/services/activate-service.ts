// One more thing sold to an account, on a plan from an instant on.
import * as v from "valibot";
import { servicePlans, services } from "../../db/schema/subscribers.ts";
import { PLAN_KINDS } from "../catalog/plan-document.ts";
import { planInForce } from "../catalog/plan-in-force.ts";
import { chargeDue } from "../kernel/charge-due-job.ts";
import { defineCommand } from "../kernel/command.ts";
import { accept, refuse } from "../kernel/errors.ts";
import { newId } from "../kernel/id.ts";
import { idField, instantField, lineField } from "../kernel/input-fields.ts";
import { accountInScope } from "../subscribers/in-scope.ts";

/** `from` is now unless told; it may be past (what was sold before it was written down) or to come. */
export const activateService = defineCommand({
  name: "services.activate",
  summary: "Activate a service of an account on a plan",
  permission: "subscribers:write",
  level: "subscriber",
  input: v.strictObject({
    accountId: idField,
    kind: v.optional(v.picklist(PLAN_KINDS, `must be one of ${PLAN_KINDS.join(", ")}`), "telephone"),
    planId: idField,
    label: lineField(200),
    from: v.optional(instantField),
  }),

  async run(context, { accountId, kind, planId, label, from = context.now }) {
    const { tx, providerId, now, emit, audit } = context;
    const found = await accountInScope(context, accountId);
    if (!found) return refuse("not_found");
    if (found.account.status === "closed") return refuse("account_closed");
    const plan = await planInForce(tx, providerId, { planId, currency: found.account.currency, from });
    if (!plan.ok) return plan;
    const id = newId();
    const subscriberId = found.subscriber.id;
    const [activatedAt, createdAt] = [from.toString(), now.toString()];
    await tx.insert(services).values({ providerId, accountId, id, subscriberId, kind, label, status: "active", activatedAt, createdAt });
    await tx.insert(servicePlans).values({ providerId, accountId, serviceId: id, validFrom: activatedAt, planId });
    await context.enqueue(chargeDue, { providerId, accountId, serviceId: id });
    await emit("account.changed", { accountId, subscriberId });
    audit({ after: { serviceId: id, accountId, kind, label, plan: plan.value.code, from: activatedAt } });
    return accept({ serviceId: id });
  },
});
