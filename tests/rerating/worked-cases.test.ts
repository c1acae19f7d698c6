// The worked cases again: whatever order usage came in, rated again it costs what it costs in the order in which it happened.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { advance } from "../../core/read/advance.ts";
import { verify } from "../../core/verify.ts";
import { planWith, ratingCases } from "../rating/cases.ts";
import { CaseWorld, recordOf } from "../support/case-world.ts";
import { type TestDatabase, testDatabase } from "../support/database.ts";
import { rerate } from "./rerate.ts";

let db: TestDatabase;
let world: CaseWorld;
beforeAll(async () => {
  db = await testDatabase();
  world = await CaseWorld.open(db);
});
afterAll(() => db.close());

const subscriberOf = async (accountId: string) =>
  (await db.admin`select subscriber_id from app.accounts where account_id = ${accountId}`)[0]!.subscriber_id as string;
const amounts = async (accountId: string) =>
  (await db.admin`select amount_micros::text as amount from app.usage_records where account_id = ${accountId} order by started_at`).map(
    (r) => Number(r.amount) / 1e6,
  );
const postings = async (accountId: string) =>
  (
    await db.admin`select x.template, p.amount_micros::text as amount from app.ledger_transactions x join app.ledger_postings p on p.account_id = x.account_id and p.transaction_id = x.id
    where x.account_id = ${accountId} order by x.id, p.line`
  ).map((r) => `${r.template} ${Number(r.amount) / 1e6}`);
const countersOf = async (accountId: string) =>
  (
    await db.admin`select kind, code, period_from::text, used::text, total from app.usage_counters where account_id = ${accountId} order by 1, 2, 3`
  ).map((row) => ({ ...row }));

const minutes60 = (price: string) =>
  planWith({
    rates: [{ prefix: "", destination: "Everywhere", connectFee: "0", steps: [{ fromSec: 0, price, perSec: 60, incrementSec: 60 }] }],
    bundles: [{ code: "included", of: "call", metric: "seconds", quantity: "60", validity: { kind: "period", every: "month" } }],
  });
const deckOf = (price: string) => ({ ...minutes60(price), bundles: [] });
const aCall = (startedAt: string, seconds: number) => ({ kind: "call" as const, destination: "380441234567", seconds, startedAt });

describe("calls that came in the wrong order", () => {
  test("B10, B11: the bundle goes to the call that was earlier, the sum stays", async () => {
    const [service] = await world.sell({ plan: minutes60("0.6") });
    const { accountId } = service!;
    await world.send([recordOf(service!, aCall("2026-09-10T16:15:00Z", 120), "A")]);
    await world.send([recordOf(service!, aCall("2026-09-10T15:15:00Z", 120), "B")]);
    expect(await amounts(accountId)).toEqual([1.2, 0.6]);
    const { accounts } = await rerate(db, world.provider.providerId, { subscriberId: await subscriberOf(accountId) });
    expect(accounts).toMatchObject([{ records: 2, changed: 2, vanished: 0, was: "1800000", is: "1800000", difference: "0" }]);
    expect(await amounts(accountId)).toEqual([0.6, 1.2]);
    expect(await world.owed(service!)).toBe("1.8");
    expect(await postings(accountId)).toEqual([
      "usage.charged 0.6",
      "usage.charged 1.2",
      "usage.charged.reversed 1.8",
      "usage.charged 1.8",
    ]);
    expect(await countersOf(accountId)).toMatchObject([{ kind: "bundle", code: "included", used: "60000000000" }]);
  });

  test("B12: a corrected price reverses and posts again", async () => {
    const [service] = await world.sell({ plan: deckOf("0.6") });
    const { accountId, planId } = service!;
    await world.send([recordOf(service!, aCall("2026-09-10T16:15:00Z", 120), "A")]);
    await db.admin`insert into app.plan_versions values (${world.provider.providerId}, ${planId}, 2, '2026-09-01', ${JSON.stringify(deckOf("1.7"))}::text::jsonb, now())`;
    const { accounts } = await rerate(db, world.provider.providerId, { planId });
    expect(accounts).toMatchObject([{ records: 1, changed: 1, was: "1200000", is: "3400000", difference: "2200000" }]);
    expect(await postings(accountId)).toEqual(["usage.charged 1.2", "usage.charged.reversed 1.2", "usage.charged 3.4"]);
    expect(await world.owed(service!)).toBe("3.4");
    // Again: nothing is left to do.
    expect((await rerate(db, world.provider.providerId, { planId })).accounts).toMatchObject([{ changed: 0, difference: "0" }]);
    expect(await world.owed(service!)).toBe("3.4");
  });
});

describe("worked cases that came backwards, rated again", () => {
  for (const one of ratingCases.filter(
    ({ usage, each }) => usage.length > 1 && !each.some((price) => price === "no_rate" || price === "blocked"),
  ))
    test(`${one.id}: ${one.says}`, async () => {
      const sold = [];
      for (const turned of [false, true]) {
        const [service] = await world.sell(one);
        const records = one.usage.map((usage, i) =>
          recordOf(service!, { ...usage, startedAt: usage.startedAt.replace("Z", `.00${i}Z`) }, `${i}`),
        );
        for (const record of turned ? records.toReversed() : records) await world.send([record]);
        sold.push(service!);
      }
      const [straight, turned] = sold as [(typeof sold)[0], (typeof sold)[0]];
      for (const service of sold) await rerate(db, world.provider.providerId, { planId: service.planId });
      expect(await world.owed(turned)).toBe(await world.owed(straight));
      expect(await amounts(turned.accountId)).toEqual(await amounts(straight.accountId));
      expect(await countersOf(turned.accountId)).toEqual(await countersOf(straight.accountId));
    });
});

test("what came in order and is rated again changes nothing, and the books stay right", async () => {
  const before = await db.admin`select count(*)::int as n from app.ledger_transactions`;
  const { accounts } = await rerate(db, world.provider.providerId, { from: "2000-01-01" });
  expect(accounts.filter((one) => one.changed > 0)).toEqual([]);
  expect(await db.admin`select count(*)::int as n from app.ledger_transactions`).toEqual(before);
  expect(await advance(db.core)).toBe(true);
  expect((await verify(db.core)).findings).toEqual([]);
}, 60_000);
