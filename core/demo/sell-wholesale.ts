// The operator sells to its partners: each is a company with an account and a service on the wholesale plan, and is charged on it for what it sells.
import { addPlan } from "../catalog/add-plan.ts";
import { chargePartner } from "../identifiers/charge-partner.ts";
import { activateService } from "../services/activate-service.ts";
import { registerSubscriber } from "../subscribers/register-subscriber.ts";
import { type DemoProvider, demoPlan } from "./world.ts";

/** Runs a command at the operator. */
export type Step = <T>(key: string, command: unknown, input: unknown) => Promise<T>;
export type SoldTo = {
  readonly partnerId: number;
  readonly partner: DemoProvider;
  readonly currency: string;
  readonly zone: string;
  readonly since: string;
};

export async function sellWholesale(step: Step, { partnerId, partner, currency, zone, since }: SoldTo): Promise<void> {
  const plan = { code: "demo-wholesale", document: demoPlan("wholesale", currency, zone), validFrom: since };
  const { planId } = await step<{ planId: string }>("plan:wholesale", addPlan, plan);
  const { accountId } = await step<{ accountId: string }>(`wholesale:${partner.code}`, registerSubscriber, {
    kind: "company",
    name: partner.name,
    account: { currency, kind: "postpaid" },
  });
  const { serviceId } = await step<{ serviceId: string }>(`wholesale-service:${partner.code}`, activateService, {
    accountId,
    planId,
    label: "Wholesale",
    from: since,
  });
  await step(`charge:${partner.code}`, chargePartner, { partnerId, serviceId, from: since });
}
