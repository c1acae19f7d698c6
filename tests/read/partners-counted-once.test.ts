// One call along the chain is one call: an operator that looks at itself and its partners together counts it once, and sees each leg's money.
import { afterAll, beforeAll, expect, test } from "bun:test";
import { ask } from "../../core/kernel/query.ts";
import { advance } from "../../core/read/advance.ts";
import { dashboardToday } from "../../core/read/dashboard/query.ts";
import { verify } from "../../core/verify.ts";
import { rerate } from "../rerating/rerate.ts";
import { callOf } from "../support/calls.ts";
import { charge, rateAll, seedLevels, send, wholesalePlan, wholesaleService } from "../support/chain.ts";
import { type TestDatabase, testDatabase } from "../support/database.ts";
import { accepted, actorWith } from "../support/operator.ts";
import type { SeededProvider } from "../support/provider.ts";

let db: TestDatabase;
let [operator, partner] = [] as unknown as [SeededProvider, SeededProvider];
let serviceId = "";
const traffic = { code: "traffic", name: "Traffic", of: "session", metric: "octets", per: "period", unit: { name: "kB", size: "1000" } };
const plan = (price: string) =>
  ({ ...wholesalePlan("0.20"), kind: "universal", usage: [{ ...traffic, price: { shape: "volume", tiers: [{ price }] } }] }) as never;

/** A subscriber of the operator calls, and one of the partner, who has a session too; the partner pays 0.20/min and 0.01 for 1,000 octets. */
beforeAll(async () => {
  db = await testDatabase({ clock: () => Temporal.Instant.from("2026-11-01T20:00:00Z") });
  [operator, partner] = (await seedLevels(db, [1, 2])) as [SeededProvider, SeededProvider];
  serviceId = await wholesaleService(db, operator, 1, plan("0.01"));
  await charge(db.core, 1, 2, serviceId);
  const planId = (await db.admin`select plan_id from app.service_plans where service_id = ${serviceId}`)[0]!.plan_id;
  await db.admin`update app.service_plans set plan_id = ${await copied(planId)} where provider_id = 2 and service_id = ${partner.services[0]!.serviceId}`;
  const call = callOf({ durationSec: 60, billableSec: 60 });
  const party = { kind: "telephone" as const, value: call.source };
  const session = { kind: "session" as const, party, id: "s1", startedAt: call.startedAt, endedAt: null, flags: [], raw: "" };
  await send(db.core, operator, [call]);
  await send(db.core, partner, [call, { ...session, seconds: 60, octetsIn: 5000, octetsOut: 0 }]);
  await rateAll(db);
  await advance(db.core);
});
afterAll(() => db.close());

async function copied(planId: string): Promise<string> {
  const id = crypto.randomUUID();
  await db.admin`insert into app.plans select 2, ${id}::uuid, 'retail', name, kind, currency, now() from app.plans where id = ${planId}`;
  await db.admin`insert into app.plan_versions select 2, ${id}::uuid, 1, valid_from, document, now() from app.plan_versions where plan_id = ${planId}`;
  return id;
}

async function today(providerIds: readonly number[], providerId?: number) {
  const actor = actorWith({ providerId: providerIds[0]!, providerIds });
  const { currencies } = accepted(await ask(db.core, dashboardToday, providerId === undefined ? {} : { providerId }, { actor }));
  const { today: sums, betweenMicros, days } = currencies[0]!;
  const { calls, billedSec, sessions, octetsIn, amountMicros } = sums;
  expect(days.at(-1)).toMatchObject({ calls, billedSec, octetsIn, amountMicros });
  return { calls, billedSec, sessions, octetsIn, amountMicros, betweenMicros };
}

// The operator's subscriber pays by its own plan, the partner's as much as the partner itself.
const own = async () =>
  (
    await db.admin`select amount_micros from app.usage_records where provider_id = 1 and account_id = ${operator.services[0]!.accountId}`
  )[0]!;

test("together each call, second and octet counts once; what the partner is charged for them is told apart", async () => {
  const { amount_micros: retail } = await own();
  const wholesale = 200_000n + 50_000n;
  const both = { calls: 2, billedSec: 120, sessions: 1, octetsIn: 5000n };
  expect(await today([1, 2])).toMatchObject({ ...both, amountMicros: BigInt(retail) + wholesale, betweenMicros: wholesale });
  // By itself the operator has two customers, and both have called.
  expect(await today([1, 2], 1)).toMatchObject({ ...both, amountMicros: BigInt(retail) + wholesale, betweenMicros: 0n });
  expect(await today([2])).toMatchObject({ calls: 1, billedSec: 60, octetsIn: 5000n, amountMicros: wholesale, betweenMicros: 0n });
});

test("rated again, the leg alone changes", async () => {
  const { amount_micros: retail } = await own();
  await db.admin`insert into app.plan_versions select 1, plan_id, 2, '2000-01-02', ${JSON.stringify(plan("0.03"))}::text::jsonb, now() from app.service_plans where service_id = ${serviceId}`;
  await rerate(db, 1, { from: "2026-11-01" });
  await advance(db.core);
  const after = await today([1, 2]);
  expect(after).toMatchObject({ calls: 2, billedSec: 120, sessions: 1, octetsIn: 5000n, betweenMicros: 350_000n });
  expect(after.amountMicros).toBe(BigInt(retail) + 250_000n);
});

test("the read models are what a rebuild makes", async () => {
  expect((await verify(db.core)).findings).toEqual([]);
}, 60_000);
