// Which plans an account can be put on, and from when.
import { and, eq, lte, sql } from "drizzle-orm";
import type { Tx } from "../../db/client.ts";
import { plans, planVersions } from "../../db/schema/subscribers.ts";
import { accept, type Outcome, refuse } from "../kernel/errors.ts";

/** Whether something in `currency` can be on the plan from `from` on: `not_found`, `currency_differs`, or `plan_not_published` by then. */
export async function planInForce(
  tx: Tx,
  providerId: number,
  { planId, currency, from }: { planId: string; currency: string; from: Temporal.Instant },
): Promise<Outcome<{ code: string; name: string }>> {
  const [plan] = await tx
    .select()
    .from(plans)
    .where(and(eq(plans.providerId, providerId), eq(plans.id, planId)));
  if (!plan) return refuse("not_found");
  if (plan.currency !== currency) return refuse("currency_differs", { plan: plan.currency, account: currency });
  const [version] = await tx
    .select({ one: sql`1` })
    .from(planVersions)
    .where(and(eq(planVersions.providerId, providerId), eq(planVersions.planId, planId), lte(planVersions.validFrom, from.toString())))
    .limit(1);
  return version ? accept({ code: plan.code, name: plan.name }) : refuse("plan_not_published");
}
