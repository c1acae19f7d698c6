// A random month of several services with bundles, period components and taxes: whatever comes in which batch, the books end as a replay of
// the same order by the pure function does. Seed printed; MB_TEST_SEED repeats it.
import { afterAll, beforeAll, expect, test } from "bun:test";
import { stepsOf } from "../../core/http/admin/usage-record.ts";
import { formatMicros } from "../../core/kernel/money.ts";
import { ask } from "../../core/kernel/query.ts";
import { rateUsage } from "../../core/rating/rate-usage.ts";
import type { ServiceTerms } from "../../core/rating/usage-rating.ts";
import { memoryState, type UsageState } from "../../core/rating/usage-state.ts";
import { advance } from "../../core/read/advance.ts";
import { usageRecord } from "../../core/read/usage-records/query.ts";
import { factOf } from "../../core/usage/fact.ts";
import type { UsageRecord } from "../../core/usage/normal-form.ts";
import { byEventTime } from "../../core/usage/rate-in-order.ts";
import { recordKey } from "../../core/usage/record-key.ts";
import { verify } from "../../core/verify.ts";
import { randomFrom } from "../faults/generated-calls.ts";
import { termsOf } from "../rating/case-terms.ts";
import { type CaseUsage, perUnit, planWith, priced, type RatingCase } from "../rating/cases.ts";
import { CaseWorld, recordOf, type SoldCase } from "../support/case-world.ts";
import { type TestDatabase, testDatabase } from "../support/database.ts";
import { manager } from "../support/seed.ts";

const seed = Number(process.env.MB_TEST_SEED ?? Math.floor(Math.random() * 1_000_000));
const random = randomFrom(seed);
const below = (n: number) => Math.floor(random() * n);
const one = <T>(of: readonly T[]): T => of[below(of.length)]!;

const GB = { name: "GB", size: "1000000000" };
const octets = { of: "traffic", per: "period", unit: GB } as const;
const plan = planWith({
  rounding: { decimals: 4 },
  rates: [
    { prefix: "380", destination: "Ukraine", connectFee: "0.1", steps: [{ fromSec: 0, price: "0.6", perSec: 60, incrementSec: 7 }] },
    { prefix: "49", destination: "Germany", steps: [{ fromSec: 0, price: "1.7", perSec: 60, incrementSec: 1 }] },
  ],
  usage: [
    {
      ...octets,
      code: "world",
      aggregate: "prevailing_direction",
      price: { shape: "volume", tiers: [{ upTo: "50", price: "0.07" }, { price: "0.05" }] },
    },
    {
      code: "line",
      of: "session",
      per: "period",
      aggregate: "percentile_95",
      unit: { name: "Mbit/s", size: "1000000" },
      price: perUnit("0.31"),
    },
    { code: "sms", of: "message", price: perUnit("0.05") },
    priced({ shape: "graduated", tiers: [{ upTo: "100", price: "0.3", flat: "1" }, { price: "0.2" }] }, { per: "period" }),
    priced(
      { shape: "percentage", percent: "1.3", fixed: "0.02", freeEvents: 2 },
      { code: "sold", per: "period", where: { types: ["sale"] }, weight: 1 },
    ),
  ],
  bundles: [
    {
      code: "minutes",
      of: "call",
      quantity: "30",
      unit: { name: "min", size: "60" },
      validity: { kind: "period" },
      pooled: true,
      rollover: { periods: 1 },
    },
    {
      code: "texts",
      of: "message",
      quantity: "5",
      validity: { kind: "period", every: "week" },
      whenEmpty: { use: "overage", price: perUnit("0.08") },
    },
    {
      code: "water",
      of: "event",
      metric: "quantity",
      where: { types: ["water"] },
      quantity: "40",
      validity: { kind: "period" },
      whenEmpty: { use: "block" },
    },
  ],
  taxes: { mode: one(["exclusive", "inclusive"]), rates: [{ code: "vat", name: "VAT", percent: "19" }] },
});
const sold: Pick<RatingCase, "plan" | "later" | "service"> = { plan, later: [], service: { pooledServices: 3, billingDay: 1 + below(31) } };

const monthMs = 31 * 86_400_000;
const instant = () => Temporal.Instant.fromEpochMilliseconds(Date.parse("2026-08-20T00:00:00Z") + below(monthMs)).toString();

function usage(): CaseUsage {
  const startedAt = instant();
  const size = () => String(below(3_000_000_000));
  switch (below(6)) {
    case 0:
    case 1:
      return { kind: "call", destination: `${one(["380", "49", "882"])}1234567`, seconds: below(400), startedAt, answered: below(8) > 0 };
    case 2:
      return { kind: "traffic", startedAt, octetsIn: size(), octetsOut: size() };
    case 3:
      return { kind: "session", startedAt, seconds: below(3000), octetsIn: size(), octetsOut: size() };
    case 4:
      return { kind: "message", destination: "380671234567", startedAt, messages: 1 + below(3) };
    default:
      return { kind: "event", type: one(["water", "sale", "heat"]), startedAt, metrics: { quantity: `${below(40)}.${below(100)}` } };
  }
}

let db: TestDatabase;
let world: CaseWorld;
beforeAll(async () => {
  db = await testDatabase();
  world = await CaseWorld.open(db);
});
afterAll(() => db.close());

/** The service's own state, but for what is pooled, which all of the account share. */
function sharing(own: UsageState, pool: UsageState): UsageState {
  return {
    ...own,
    bundleUsed: (key) => (key.pooled ? pool : own).bundleUsed(key),
    useBundle: (key, nano) => (key.pooled ? pool : own).useBundle(key, nano),
  };
}

/** Every record is explained from what is stored, and to its own amount; gives how many there are. */
async function explained(): Promise<number> {
  const stored = await db.admin<{ account_id: string; started_at: string; key: string }[]>`
    select account_id, to_char(started_at, 'YYYY-MM-DD"T"HH24:MI:SS.USOF') as started_at, key from app.usage_records`;
  for (const { account_id: accountId, started_at, key } of stored) {
    const outcome = await ask(
      db.core,
      usageRecord,
      { accountId, startedAt: Temporal.Instant.from(started_at).toString(), key },
      { actor: manager([1]) },
    );
    if (!outcome.ok) throw new Error(JSON.stringify(outcome));
    const steps = stepsOf(outcome.value);
    expect(steps.ok && [steps.agrees, steps.trace.at(-1)?.kind]).toEqual([true, "charged"]);
  }
  return stored.length;
}

test("a random month ends with the balance of a pure replay in the same order", async () => {
  console.log(`random month, seed ${seed} (MB_TEST_SEED repeats it)`);
  const services = await world.sell(sold);
  const pool = memoryState();
  const states = new Map(services.map(({ login }) => [login, sharing(memoryState(), pool)]));
  const terms: ServiceTerms = termsOf({ ...sold, id: "", says: "", usage: [], each: [], total: "" });
  let [pure, refused, waiting] = [0n, 0, 0];
  for (let batch = 0; batch < 25; batch++) {
    const records: { record: UsageRecord; service: SoldCase }[] = Array.from({ length: 1 + below(30) }, (_, i) => {
      const service = one(services);
      return { record: recordOf(service, usage(), `${batch}-${i}`), service };
    });
    const counts = await world.send(records.map(({ record }) => record));
    waiting += counts!.quarantined;
    const inOrder = records.map(({ record, service }) => ({ fact: factOf(record), key: recordKey(record), service })).toSorted(byEventTime);
    for (const { fact, service } of inOrder) {
      const rating = rateUsage(terms, fact, states.get(service.login)!);
      if (!rating.ok) refused++;
      else for (const part of [rating, ...rating.period]) pure += part.amountMicros + part.taxMicros;
    }
  }
  expect(await world.owed(services[0]!)).toBe(formatMicros(pure, 0));
  expect(refused).toBeGreaterThan(0);
  expect(waiting).toBe(refused);
  const [free] =
    await db.admin`select count(*)::int as n from app.usage_records where destination like '882%' and disposition = 'answered' and billable_sec > 0`;
  expect(free!.n).toBe(0);
  expect(await explained()).toBeGreaterThan(50);
  expect(await advance(db.core)).toBe(true);
  expect((await verify(db.core)).findings).toEqual([]);
}, 60_000);
