// Usage of other kinds than calls on the same path: quarantine, release in order, taxes in the books, figures of the read models.
import { afterAll, beforeAll, expect, test } from "bun:test";
import { systemActor } from "../../core/kernel/actor.ts";
import { execute } from "../../core/kernel/command.ts";
import { advance } from "../../core/read/advance.ts";
import { acceptUsage } from "../../core/usage/accept-usage.ts";
import type { UsageRecord } from "../../core/usage/normal-form.ts";
import { releaseWaitingUsage } from "../../core/usage/release.ts";
import { verify } from "../../core/verify.ts";
import { call, perUnit, planWith, priced, traffic, used } from "../rating/cases.ts";
import { step } from "../rating/plans.ts";
import { CaseWorld, recordOf, type SoldCase } from "../support/case-world.ts";
import { type TestDatabase, testDatabase } from "../support/database.ts";

let db: TestDatabase;
let world: CaseWorld;
beforeAll(async () => {
  db = await testDatabase();
  world = await CaseWorld.open(db);
});
afterAll(() => db.close());

const perMinute = { prefix: "380", destination: "Ukraine", steps: [step("0.6", 60, 60)] };
const hourBundle = { code: "free", of: "call", quantity: "60", validity: { kind: "period" } } as const;
const ids = async ({ accountId }: SoldCase) =>
  (
    await db.admin`select call_id, amount_micros::int as amount, reason from app.usage_records where account_id = ${accountId} order by started_at`
  ).map((r) => [r.call_id, r.amount / 1_000_000, r.reason]);

/** A login that nobody holds yet: what comes for it waits. */
const unheld = async (service: SoldCase, records: (of: SoldCase) => UsageRecord[]) => {
  await db.admin`update app.identifiers set value = value || '-later' where service_id = ${service.serviceId}`;
  await world.send(records(service));
  expect(new Set(await world.waiting(service))).toEqual(new Set(["unknown_party"]));
  await db.admin`update app.identifiers set value = ${service.login} where service_id = ${service.serviceId}`;
};

test("what waits is released in the order in which it happened: the earlier call has the bundle, whatever came first", async () => {
  const [service] = await world.sell({ plan: planWith({ rates: [perMinute], bundles: [hourBundle] }) });
  await unheld(service!, (of) => [
    recordOf(of, call(120, { startedAt: "2026-09-10T16:15:00Z" }), "late"),
    recordOf(of, call(120, { startedAt: "2026-09-10T15:15:00Z" }), "early"),
  ]);
  expect(await releaseWaitingUsage(db.core, 1)).toBe(2);
  expect(await ids(service!)).toEqual([
    ["early", 0.6, null],
    ["late", 1.2, null],
  ]);
});

test("a record of any kind without a price waits, and is charged when a version with one is published for its time", async () => {
  const without = planWith({ rates: [perMinute] });
  const [service] = await world.sell({ plan: without });
  const records = [
    recordOf(service!, used("5"), "e"),
    recordOf(service!, traffic("1000", "0"), "t"),
    recordOf(service!, call(60, { destination: "882" }), "c"),
  ];
  await world.send(records);
  expect(await world.waiting(service!)).toEqual(["no_rate", "no_rate", "no_rate"]);
  expect(await world.owed(service!)).toBe("0");
  const withPrices = planWith({
    rates: [perMinute],
    usage: [priced(perUnit("2")), { code: "data", of: "traffic", price: perUnit("0.001") }],
    taxes: { mode: "exclusive", rates: [{ code: "vat", name: "VAT", percent: "10" }] },
  });
  await db.admin`insert into app.plan_versions values (1, ${service!.planId}, 2, '2026-09-01', ${JSON.stringify(withPrices)}::text::jsonb, now())`;
  expect(await releaseWaitingUsage(db.core, 1)).toBe(2);
  expect(await world.waiting(service!)).toEqual(["no_rate"]);
  expect(await world.owed(service!)).toBe("12.1");
  const postings =
    await db.admin`select debit, credit, amount_micros::int as amount, balance_after_micros::int as after from app.ledger_postings
    where account_id = ${service!.accountId} order by line`;
  expect(postings.map((p) => ({ ...p }))).toEqual([
    { debit: "settlement", credit: "revenue.usage", amount: 11_000_000, after: -11_000_000 },
    { debit: "settlement", credit: "tax.payable", amount: 1_100_000, after: -12_100_000 },
  ]);
});

test("what an empty bundle blocks waits, and is charged when a version lets it", async () => {
  const bundle = { code: "units", of: "event", metric: "quantity", quantity: "10", validity: { kind: "period" } } as const;
  const plan = planWith({ usage: [priced(perUnit("1"))], bundles: [{ ...bundle, whenEmpty: { use: "block" } }] });
  const [service] = await world.sell({ plan });
  await world.send([recordOf(service!, used("8"), "a"), recordOf(service!, used("8"), "b")]);
  expect(await world.waiting(service!)).toEqual(["blocked"]);
  expect(await releaseWaitingUsage(db.core, 1)).toBe(0);
  const open = planWith({ usage: [priced(perUnit("1"))], bundles: [bundle] });
  await db.admin`insert into app.plan_versions values (1, ${service!.planId}, 2, '2026-01-02', ${JSON.stringify(open)}::text::jsonb, now())`;
  expect(await releaseWaitingUsage(db.core, 1)).toBe(1);
  // Two of the second eight were left in the bundle.
  expect(await world.owed(service!)).toBe("6");
});

test("a record that contradicts itself waits for a person, and is then rated as it is", async () => {
  const [service] = await world.sell({ plan: planWith({ usage: [{ code: "data", of: "traffic", price: perUnit("0.001") }] }) });
  const record = { ...recordOf(service!, traffic("1000", "0"), "odd"), flags: ["more_octets_than_time"] } as UsageRecord;
  await world.send([record]);
  const [waiting] = await db.admin`select key from app.usage_quarantine where identifier_value = ${service!.login}`;
  const outcome = await execute(db.core, acceptUsage, { keys: [waiting!.key] }, { actor: systemActor([1]), providerId: 1 });
  expect(outcome).toMatchObject({ ok: true, value: { found: 1, rated: 1 } });
  expect(await world.owed(service!)).toBe("1");
});

test("a login is found without regard to case, a number with or without its plus", async () => {
  const [service] = await world.sell({ plan: planWith({ usage: [priced(perUnit("1"))] }) });
  await db.admin`insert into app.identifiers values (1, gen_random_uuid(), 'telephone', '380449876543', '[2000-01-01,)', ${service!.accountId}, ${service!.serviceId}, now())`;
  const record = recordOf(service!, used("1"), "x") as UsageRecord & { kind: "event" };
  const counts = await world.send([
    { ...record, party: { kind: "login", value: ` ${service!.login.toUpperCase()} ` } },
    { ...record, party: { kind: "telephone", value: "+380449876543" } },
  ]);
  expect(counts).toMatchObject({ rated: 2 });
});

test("an absurd figure waits instead of failing its batch, and leaves the counters alone", async () => {
  const [service] = await world.sell({ plan: planWith({ usage: [priced(perUnit("90000000"), { per: "period" })] }) });
  const counts = await world.send([recordOf(service!, used("999999999999999999"), "absurd"), recordOf(service!, used("1"), "sound")]);
  expect(counts).toMatchObject({ rated: 1, quarantined: 1 });
  expect(await world.waiting(service!)).toEqual(["implausible"]);
  expect(await world.owed(service!)).toBe("90000000");
});

test("statistics count each kind in what it is counted in; amounts are net, with what periods cost", async () => {
  const plan = planWith({
    usage: [
      priced(perUnit("1"), { per: "period" }),
      { code: "data", of: "session", price: perUnit("0.001") },
      { code: "sms", of: "message", price: perUnit("0.5") },
      { code: "flow", of: "traffic", price: perUnit("0") },
    ],
    taxes: { mode: "exclusive", rates: [{ code: "vat", name: "VAT", percent: "20" }] },
  });
  const [service] = await world.sell({ plan });
  const startedAt = "2026-09-10T10:00:00Z";
  await world.send([
    recordOf(service!, used("3"), "e1"),
    recordOf(service!, used("4"), "e2"),
    recordOf(service!, { kind: "session", startedAt, seconds: 60, octetsIn: "1000", octetsOut: "500" }, "s"),
    recordOf(service!, { kind: "message", destination: "38067", startedAt, messages: 3 }, "m"),
    recordOf(service!, traffic("18446744073709551615", "7"), "t"),
  ]);
  await advance(db.core);
  const [figures] =
    await db.admin`select calls::int, sessions::int, octets_in::text, octets_out::text, messages::int, events::int, duration_sec::int, amount_micros::int as amount
    from read.usage_daily where service_id = ${service!.serviceId}`;
  expect({ ...figures }).toEqual({
    calls: 0,
    sessions: 1,
    octets_in: "18446744073709552615",
    octets_out: "507",
    messages: 3,
    events: 2,
    duration_sec: 0,
    amount: 10_000_000,
  });
  expect(await world.owed(service!)).toBe("12");
  expect((await verify(db.core)).findings).toEqual([]);
});

test("batches of one account that are rated at once share its bundle and its period exactly once", async () => {
  const [service] = await world.sell({
    plan: planWith({
      rates: [{ prefix: "380", destination: "Ukraine", connectFee: "1", steps: [step("1", 1, 1)] }],
      usage: [priced({ shape: "volume", tiers: [{ upTo: "30", price: "2" }, { price: "1" }] }, { per: "period" })],
      bundles: [{ ...hourBundle, quantity: "590" }],
    }),
  });
  const records = Array.from({ length: 50 }, (_, i) => [recordOf(service!, call(59), `c${i}`), recordOf(service!, used("1"), `e${i}`)]);
  expect(await world.sendAtOnce(records)).toBe(100);
  // Ten calls are in the bundle; fifty units cost 1 each.
  expect(await world.owed(service!)).toBe(String(40 * 60 + 50));
  expect((await verify(db.core)).findings.filter((finding) => !finding.proof.startsWith("read."))).toEqual([]);
});

test("a counter or a period's charge that was changed behind the records is found", async () => {
  const found = async (statement: string) => {
    await db.admin.unsafe(statement);
    return (await verify(db.core)).findings.map((finding) => finding.proof);
  };
  expect(await found("update app.usage_counters set used = used + 1 where kind = 'bundle'")).toContain("usage.bundles-used-by-records");
  await db.admin`update app.usage_counters set used = used - 1 where kind = 'bundle'`;
  const changed = await found("update app.charges set amount_micros = amount_micros + 1");
  expect(changed).toContain("usage.periods-charged-once");
  expect(changed).toContain("usage.one-net-charge");
});
