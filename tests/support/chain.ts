// Three providers below each other, each selling to the one below it on a plan of its own.
import type { PlanDocumentInput } from "../../core/catalog/plan-document.ts";
import { chargePartner } from "../../core/identifiers/charge-partner.ts";
import type { Core } from "../../core/kernel/core.ts";
import type { UsageRecord } from "../../core/usage/normal-form.ts";
import { processBatch } from "../../core/usage/process-batch.ts";
import { receiveBatch } from "../../core/usage/receive-batch.ts";
import type { TestDatabase } from "./database.ts";
import { done } from "./operator.ts";
import { type SeededProvider, seedProvider } from "./provider.ts";

/** Puts a published plan, and the service that it is for, into the database. */
export async function wholesaleService(
  db: TestDatabase,
  seller: SeededProvider,
  index: number,
  document: PlanDocumentInput,
): Promise<string> {
  const planId = crypto.randomUUID();
  const { serviceId } = seller.services[index]!;
  await db.admin`insert into app.plans values (${seller.providerId}, ${planId}, ${`wholesale-${planId.slice(0, 8)}`}, ${document.name}, 'telephone', 'UAH', now())`;
  await db.admin`insert into app.plan_versions values (${seller.providerId}, ${planId}, 1, '2000-01-01', ${JSON.stringify(document)}::text::jsonb, now())`;
  await db.admin`update app.service_plans set plan_id = ${planId} where provider_id = ${seller.providerId} and service_id = ${serviceId}`;
  return serviceId;
}

/** By the second, and a fee for each connection. */
export const wholesalePlan = (perMinute: string, connectFee = "0", prefix = "380"): PlanDocumentInput => ({
  schema: "mediabilling/plan@1",
  kind: "telephone",
  name: `Wholesale ${perMinute}`,
  currency: "UAH",
  rounding: { decimals: 6, mode: "half_up" },
  rates: [{ prefix, destination: "Ukraine", connectFee, steps: [{ fromSec: 0, price: perMinute, perSec: 60, incrementSec: 1 }] }],
});

/** Providers `ids[0]` above `ids[1]` above … */
export async function seedLevels(db: TestDatabase, ids: readonly number[], above?: number): Promise<SeededProvider[]> {
  const levels: SeededProvider[] = [];
  for (const [i, providerId] of ids.entries())
    levels.push(await seedProvider(db.admin, { providerId, ...parentOf(i > 0 ? ids[i - 1] : above), services: 4 }));
  return levels;
}

const parentOf = (parentId: number | undefined) => (parentId === undefined ? {} : { parentId });

export const charge = (core: Core, parentId: number, partnerId: number, serviceId: string | null, from = "2000-01-01T00:00:00Z") =>
  done(core, chargePartner, { partnerId, serviceId, from }, parentId);

/** Sends records as the provider's own exchange does, without rating them. */
export const send = (core: Core, { providerId, agentId }: SeededProvider, records: readonly UsageRecord[]) =>
  receiveBatch(core, { providerId, agentId }, { firstSequence: "next", records });

/** Rates whatever waits in any inbox, until nothing does: what one level rates is the next one's to rate. */
export async function rateAll({ core, admin }: TestDatabase): Promise<void> {
  for (;;) {
    const waiting = await admin<{ provider_id: number; agent_id: string; first_sequence: string }[]>`
      select provider_id, agent_id, first_sequence from app.usage_inbox where processed_at is null order by provider_id, first_sequence`;
    if (waiting.length === 0) return;
    for (const w of waiting)
      await processBatch(core, { providerId: w.provider_id, agentId: w.agent_id, firstSequence: Number(w.first_sequence) });
  }
}

/** What the account of a service owes, in micros. */
export async function owed({ admin }: TestDatabase, { providerId, services }: SeededProvider, index = 0): Promise<bigint> {
  const [row] =
    await admin`select balance_micros::text as b from app.balances where provider_id = ${providerId} and account_id = ${services[index]!.accountId}`;
  return -BigInt(row!.b);
}
