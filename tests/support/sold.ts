// A subscriber with an account, a plan and a service, for tests that need something sold.
import { addPlan } from "../../core/catalog/add-plan.ts";
import type { Core } from "../../core/kernel/core.ts";
import { activateService } from "../../core/services/activate-service.ts";
import { registerSubscriber } from "../../core/subscribers/register-subscriber.ts";
import { done } from "./operator.ts";
import { planDocumentInput } from "./plan.ts";

export const soldFrom = "2026-01-01T00:00:00Z";
let count = 0;

export async function addTestPlan(core: Core, { currency = "UAH", validFrom = soldFrom, providerId = 1 } = {}): Promise<string> {
  return (await done(core, addPlan, { code: `plan-${++count}`, document: planDocumentInput(currency), validFrom }, providerId)).planId;
}

export async function registerWithAccount(
  core: Core,
  { groupId, providerId = 1, name = "Taras" }: { groupId?: string; providerId?: number; name?: string } = {},
) {
  const made = await done(
    core,
    registerSubscriber,
    { kind: "person", name, ...(groupId ? { groupId } : {}), account: { kind: "postpaid" } },
    providerId,
  );
  return { subscriberId: made.subscriberId, accountId: made.accountId!, number: made.number };
}

/** Active from 2026-01-01. */
export async function sell(
  core: Core,
  { groupId, providerId = 1, planId, name }: { groupId?: string; providerId?: number; planId?: string; name?: string } = {},
) {
  const who = await registerWithAccount(core, { providerId, ...(groupId ? { groupId } : {}), ...(name ? { name } : {}) });
  const plan = planId ?? (await addTestPlan(core, { providerId }));
  const { serviceId } = await done(
    core,
    activateService,
    { accountId: who.accountId, planId: plan, label: "Line", from: soldFrom },
    providerId,
  );
  return { ...who, serviceId, planId: plan };
}
