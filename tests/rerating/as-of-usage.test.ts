// What a price depends on beside the plan is what it was at the time of the usage: a change of it moves nothing that was before.
import { afterAll, beforeAll, expect, test } from "bun:test";
import fc from "fast-check";
import { chargeWhatIsDue } from "../../core/charges/charge-due.ts";
import { execute } from "../../core/kernel/command.ts";
import { changeAttributes } from "../../core/services/change-attributes.ts";
import { changeAccount } from "../../core/subscribers/change-account.ts";
import { verify } from "../../core/verify.ts";
import { chargesOf } from "../charges/world.ts";
import { planWith } from "../rating/cases.ts";
import { CaseWorld, recordOf } from "../support/case-world.ts";
import { type TestDatabase, testDatabase } from "../support/database.ts";
import { actorWith, done } from "../support/operator.ts";
import { rerate } from "./rerate.ts";

let db: TestDatabase;
let world: CaseWorld;
let now = "2026-11-10T00:00:00Z";
beforeAll(async () => {
  db = await testDatabase({ clock: () => Temporal.Instant.from(now) });
  world = await CaseWorld.open(db);
});
afterAll(() => db.close());

const taxes = { mode: "exclusive" as const, rates: [{ code: "vat", name: "VAT", percent: "20" }] };
const everywhere = (price: string) => ({
  shape: "rates" as const,
  rates: [{ prefix: "", destination: "Everywhere", steps: [{ fromSec: 0, price, perSec: 60, incrementSec: 60 }] }],
});
const calls = (code: string, price: string, where: object = {}) => ({
  code,
  of: "call",
  metric: "seconds",
  per: "event",
  where,
  price: everywhere(price),
});
/** 1.00 a minute, for gold 0.50; and a minimum, so that a period's end brings something with a tax on it. */
const plan = () =>
  planWith({
    taxes,
    minimum: { amount: "10" },
    usage: [
      { ...calls("gold", "0.5", { attributes: { quality: "gold" } }), weight: 20 },
      { ...calls("usual", "1"), weight: 10 },
    ],
  } as never);
const day = (n: number) => `2026-10-${String(n).padStart(2, "0")}T10:00:00Z`;
const called = (n: number) => ({ kind: "call" as const, destination: "380441234567", seconds: 60, startedAt: day(n) });
const amounts = async (serviceId: string) =>
  (
    await db.admin`select amount_micros::text as amount, tax_micros::text as tax from app.usage_records where service_id = ${serviceId} order by started_at`
  ).map((r) => `${r.amount}+${r.tax}`);

test("attributes and exemption hold from when they are changed; rating an old month again gives the same amounts", async () => {
  const [sold] = await world.sell({ plan: plan() });
  const { serviceId, accountId, planId } = sold!;
  await world.send([recordOf(sold!, called(5), "a"), recordOf(sold!, called(6), "b")]);
  await chargeWhatIsDue(db.core, [{ providerId: 1, accountId, serviceId }]);
  const charges = await chargesOf(db, serviceId);
  expect(await amounts(serviceId)).toEqual(["1000000+200000", "1000000+200000"]);
  expect(charges.find((one) => one.startsWith("minimum minimum 2026-10-01"))).toEndWith("8.00+1.60");

  await done(db.core, changeAttributes, { serviceId, attributes: { quality: "gold" } });
  await done(db.core, changeAccount, { accountId, taxExempt: true });
  expect((await rerate(db, 1, { planId })).accounts).toMatchObject([{ changed: 0 }]);
  await chargeWhatIsDue(db.core, [{ providerId: 1, accountId, serviceId }]);
  expect(await chargesOf(db, serviceId)).toEqual(charges);

  // What comes late is priced as of then as well.
  await world.send([recordOf(sold!, called(7), "c"), recordOf(sold!, { ...called(7), startedAt: "2026-11-10T01:00:00Z" }, "d")]);
  expect(await amounts(serviceId)).toEqual([...Array(3).fill("1000000+200000"), "500000+0"]);
  await chargeWhatIsDue(db.core, [{ providerId: 1, accountId, serviceId }]);
  const since = (await chargesOf(db, serviceId)).filter((one) => !charges.includes(one));
  expect(since).toEqual(["minimum minimum 2026-10-01/2026-11-01 -1.00+-0.20"]);
});

test("dated back, they change what a re-rating makes of the days since then, and of no other", async () => {
  const [sold] = await world.sell({ plan: plan() });
  const { serviceId, accountId, planId } = sold!;
  await world.send([5, 15, 25].map((n) => recordOf(sold!, called(n), `${n}`)));
  await done(db.core, changeAttributes, { serviceId, attributes: { quality: "gold" }, from: day(20) });
  await done(db.core, changeAccount, { accountId, taxExempt: true, taxExemptFrom: day(10) });
  await rerate(db, 1, { planId });
  expect(await amounts(serviceId)).toEqual(["1000000+200000", "1000000+0", "500000+0"]);
  const refused = { actor: actorWith(), providerId: 1 };
  expect(await execute(db.core, changeAttributes, { serviceId, attributes: {}, from: "2026-12-01T00:00:00Z" }, refused)).toMatchObject({
    ok: false,
  });
  expect(
    await execute(db.core, changeAccount, { accountId, taxExempt: false, taxExemptFrom: "2026-12-01T00:00:00Z" }, refused),
  ).toMatchObject({ ok: false });
});

test("property: after changes in any order and of any date, each record is priced by what was said last about its day", async () => {
  const change = fc.record({ from: fc.integer({ min: 1, max: 28 }), gold: fc.boolean(), exempt: fc.boolean() });
  const seed = Date.now() % 1_000_000;
  console.log(`as of usage: seed ${seed}`);
  await fc.assert(
    fc.asyncProperty(fc.array(change, { maxLength: 4 }), async (changes) => {
      const [sold] = await world.sell({ plan: plan() });
      const { serviceId, accountId, planId } = sold!;
      const days = [2, 9, 16, 23, 30];
      await world.send(days.map((n) => recordOf(sold!, called(n), `${n}`)));
      for (const { from, gold, exempt } of changes) {
        await done(db.core, changeAttributes, { serviceId, attributes: gold ? { quality: "gold" } : {}, from: day(from) });
        await done(db.core, changeAccount, { accountId, taxExempt: exempt, taxExemptFrom: day(from) });
      }
      await rerate(db, 1, { planId });
      const expected = days.map((n) => {
        const said = changes.findLast(({ from }) => from <= n);
        const amount = said?.gold ? 500_000 : 1_000_000;
        return `${amount}+${said?.exempt ? 0 : amount / 5}`;
      });
      expect(await amounts(serviceId)).toEqual(expected);
    }),
    { numRuns: 8, seed },
  );
}, 60_000);

test("after that the books are right", async () => {
  now = "2026-11-21T00:00:00Z";
  expect((await verify(db.core)).findings).toEqual([]);
}, 60_000);
