// Random months: whatever order usage came in and whatever was corrected meanwhile, rated again it is the month that came in order.
import { afterAll, beforeAll, expect, test } from "bun:test";
import fc from "fast-check";
import type { PlanDocumentInput } from "../../core/catalog/plan-document.ts";
import { advance } from "../../core/read/advance.ts";
import { verify } from "../../core/verify.ts";
import { type CaseUsage, planWith } from "../rating/cases.ts";
import { CaseWorld, recordOf, type SoldCase } from "../support/case-world.ts";
import { type TestDatabase, testDatabase } from "../support/database.ts";
import { rerate } from "./rerate.ts";

let db: TestDatabase;
let world: CaseWorld;
beforeAll(async () => {
  db = await testDatabase();
  world = await CaseWorld.open(db);
});
afterAll(() => db.close());

const plan = (price: string, tax: boolean): PlanDocumentInput =>
  planWith({
    rounding: { decimals: 4, mode: "half_up" },
    rates: [
      { prefix: "380", destination: "Ukraine", connectFee: "0.1", steps: [{ fromSec: 0, price, perSec: 60, incrementSec: 7 }] },
      { prefix: "49", destination: "Germany", connectFee: "0", steps: [{ fromSec: 0, price: "1.3", perSec: 60, incrementSec: 1 }] },
    ],
    usage: [
      {
        code: "water",
        of: "event",
        metric: "litres",
        per: "period",
        price: { shape: "volume", tiers: [{ upTo: "100", price: "2" }, { price: "1.5" }] },
      },
      {
        code: "net",
        of: "session",
        metric: "octets",
        unit: { name: "MB", size: "1000000" },
        per: "event",
        price: { shape: "per_unit", steps: [{ from: "0", price: "0.01", per: "1", increment: "1" }] },
      },
    ],
    bundles: [
      {
        code: "talk",
        of: "call",
        metric: "seconds",
        quantity: "300",
        pooled: true,
        validity: { kind: "period", every: "month" },
        rollover: { periods: 2 },
      },
      {
        code: "week",
        of: "session",
        metric: "octets",
        unit: { name: "MB", size: "1000000" },
        quantity: "50",
        validity: { kind: "period", every: "week" },
      },
    ],
    ...(tax ? { taxes: { mode: "exclusive", rates: [{ code: "vat", name: "VAT", percent: "20" }] } } : {}),
  });

const arbitraryUsage = fc
  .record({
    kind: fc.constantFrom("call", "call", "session", "event"),
    day: fc.integer({ min: 0, max: 85 }),
    second: fc.integer({ min: 0, max: 86_399 }),
    size: fc.integer({ min: 1, max: 240 }),
    abroad: fc.boolean(),
    who: fc.nat(1),
  })
  .map(({ kind, day, second, size, abroad, who }) => {
    const startedAt = Temporal.Instant.from("2026-07-05T00:00:00Z")
      .add({ hours: day * 24, seconds: second })
      .toString();
    const usage: CaseUsage =
      kind === "call"
        ? { kind: "call", destination: abroad ? "4930123" : "380441234567", seconds: size, startedAt }
        : kind === "session"
          ? { kind: "session", startedAt, seconds: size, octetsIn: String(size * 333_333), octetsOut: String(size * 1000) }
          : { kind: "event", type: "water", startedAt, metrics: { litres: `${size}.5` } };
    return { usage, who };
  });

const month = fc.record({
  usage: fc.uniqueArray(arbitraryUsage, { minLength: 2, maxLength: 25, selector: (one) => one.usage.startedAt }),
  order: fc.array(fc.nat(1000), { minLength: 25, maxLength: 25 }),
  batches: fc.integer({ min: 1, max: 4 }),
  corrected: fc.boolean(),
  tax: fc.boolean(),
});

const stateOf = async (services: readonly SoldCase[]) => {
  const [{ accountId }] = services as [SoldCase];
  const who = JSON.stringify(Object.fromEntries(services.map((one, i) => [one.serviceId, i])));
  const records =
    await db.admin`select started_at, amount_micros::text as amount, tax_micros::text as tax, billed_sec, prefix, reason, details -> 'drawn' as drawn, details -> 'period' as period
    from app.usage_records where account_id = ${accountId} order by started_at`;
  const counters =
    await db.admin`select (${who}::text::jsonb ->> service_id::text) as who, kind, code, period_from::text as from, used::text as used, total from app.usage_counters
    where account_id = ${accountId} order by 1, 2, 3, 4`;
  // A version that was corrected begins a minute later than the one that it takes the place of.
  const plain = JSON.stringify([records, counters]).replaceAll(/"fromMs":\d+/g, '"fromMs":0');
  const periods =
    await db.admin`select code, period_from::text as from, sum(amount_micros)::text as amount, sum(tax_micros)::text as tax from app.charges where account_id = ${accountId} and kind = 'usage'
    group by 1, 2 having sum(amount_micros) <> 0 order by 1, 2`;
  const books =
    await db.admin`select g.gl, sum(case when p.credit = g.gl then p.amount_micros else -p.amount_micros end)::text as sum from app.ledger_postings p
    cross join lateral (values (p.debit), (p.credit)) g(gl) where p.account_id = ${accountId} group by 1 having sum(case when p.credit = g.gl then p.amount_micros else -p.amount_micros end) <> 0 order by 1`;
  return { records: plain, periods: JSON.stringify(periods), books: JSON.stringify(books) };
};

test("months of two services, in any order, with prices that are corrected in the past", async () => {
  const seed = Number(process.env.MB_TEST_SEED ?? Date.now() % 1_000_000_007);
  console.log(`seed ${seed}`);
  await fc.assert(
    fc.asyncProperty(month, async ({ usage, order, batches, corrected, tax }) => {
      const [wrong, right] = [plan("0.6", tax), plan("0.9", tax)];
      const send = async (services: readonly SoldCase[], all: readonly (typeof usage)[number][], times: number) => {
        const size = Math.ceil(all.length / times);
        for (let i = 0; i < all.length; i += size)
          await world.send(all.slice(i, i + size).map(({ usage: one, who }) => recordOf(services[who]!, one, `${one.startedAt}`)));
      };
      const straight = await world.sell({ plan: corrected ? right : wrong }, 2);
      const inOrder = usage.toSorted((a, b) => Temporal.Instant.compare(a.usage.startedAt, b.usage.startedAt));
      await send(straight, inOrder, inOrder.length);
      const turned = await world.sell({ plan: wrong }, 2);
      await send(
        turned,
        usage
          .map((one, i) => ({ one, at: order[i]! }))
          .toSorted((a, b) => a.at - b.at)
          .map(({ one }) => one),
        batches,
      );
      const { planId, accountId } = turned[0]!;
      if (corrected)
        await db.admin`insert into app.plan_versions values (1, ${planId}, 2, '2000-01-01T00:01:00Z', ${JSON.stringify(right)}::text::jsonb, now())`;
      const [{ subscriber_id: subscriberId }] =
        (await db.admin`select subscriber_id from app.accounts where account_id = ${accountId}`) as unknown as [{ subscriber_id: string }];
      await rerate(db, 1, { subscriberId });
      expect(await stateOf(turned)).toEqual(await stateOf(straight));

      // Nothing more is found, whatever part of it is chosen; nor in the one that came in order.
      for (const selection of [
        { subscriberId },
        { planId, from: "2026-08-01", to: "2026-08-31" },
        { planId, destination: "49" },
        { planId: straight[0]!.planId },
      ])
        for (const one of (await rerate(db, 1, selection)).accounts)
          expect(one).toMatchObject({ changed: 0, vanished: 0, difference: "0" });
      expect(await stateOf(turned)).toEqual(await stateOf(straight));
    }),
    { numRuns: Number(process.env.MB_TEST_RUNS ?? 12), seed },
  );
}, 120_000);

test("after all of them the books are right, and the read models are what a rebuild makes", async () => {
  expect(await advance(db.core)).toBe(true);
  expect((await verify(db.core)).findings).toEqual([]);
}, 60_000);
