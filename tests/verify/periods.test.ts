// A total of a period or a sample that isn't what its records add up to is found: each is changed, looked for, and put back.
import { afterAll, beforeAll, expect, test } from "bun:test";
import { systemActor } from "../../core/kernel/actor.ts";
import { execute } from "../../core/kernel/command.ts";
import { closeMonth } from "../../core/ledger/close-month.ts";
import { proofs, verify } from "../../core/verify.ts";
import type { RawTx } from "../../db/client.ts";
import { planWith } from "../rating/cases.ts";
import { rerate } from "../rerating/rerate.ts";
import { CaseWorld, recordOf } from "../support/case-world.ts";
import { type TestDatabase, testDatabase } from "../support/database.ts";

let db: TestDatabase;
const per = (more: object) => ({ per: "period", ...more });
const plan = (price: string) =>
  planWith({
    usage: [
      per({ code: "litres", of: "event", metric: "litres", where: { types: ["water"] }, price: { shape: "volume", tiers: [{ price }] } }),
      per({
        code: "fares",
        of: "event",
        metric: "amount",
        where: { types: ["fare"] },
        price: { shape: "percentage", percent: "1", fixed: "0.1", freeEvents: 1 },
      }),
      per({
        code: "line",
        of: "traffic",
        metric: "octets",
        aggregate: "percentile_95",
        unit: { name: "Mbit", size: "1000000" },
        price: { shape: "volume", tiers: [{ price }] },
      }),
    ],
  } as never);

beforeAll(async () => {
  db = await testDatabase({ clock: () => Temporal.Instant.from("2026-11-20T12:00:00Z") });
  const world = await CaseWorld.open(db);
  const [service] = await world.sell({ plan: plan("0.6") });
  const usage = ["2026-08", "2026-09"].flatMap((month) => [
    recordOf(service!, { kind: "event", type: "water", startedAt: `${month}-11T10:00:00Z`, metrics: { litres: "5.5" } }, `water ${month}`),
    recordOf(service!, { kind: "event", type: "water", startedAt: `${month}-12T10:00:00Z`, metrics: { litres: "2" } }, `more ${month}`),
    recordOf(service!, { kind: "event", type: "fare", startedAt: `${month}-12T10:00:00Z`, metrics: { amount: "200" } }, `fare ${month}`),
    recordOf(
      service!,
      { kind: "traffic", startedAt: `${month}-12T10:00:00Z`, seconds: 900, octetsIn: 1_000_001, octetsOut: 7 } as never,
      `line ${month}`,
    ),
  ]);
  await world.send(usage);
  expect(await execute(db.core, closeMonth, { month: "2026-08" }, { actor: systemActor([1]), providerId: 1 })).toMatchObject({ ok: true });
  await db.admin`insert into app.plan_versions values (1, ${service!.planId}, 2, '2026-01-01', ${JSON.stringify(plan("0.9"))}::text::jsonb, now())`;
  expect((await rerate(db, 1, { planId: service!.planId })).accounts[0]!.adjusted).toBeGreaterThan(0);
}, 60_000);
afterAll(() => db.close());

test("what usage and rating again wrote is right", async () => {
  expect(
    await db.admin`select code, count(*)::int as n from app.usage_counters where kind = 'total' group by 1 order by 1`.then((rows) =>
      rows.map((r) => `${r.code} ${r.n}`),
    ),
  ).toEqual(["fares 2", "line 2", "litres 2"]);
  expect((await db.admin`select count(*)::int as n from app.usage_samples`)[0]!.n).toBe(6);
  expect((await verify(db.core)).findings).toEqual([]);
});

const figure = (name: string, value: string, code: string) =>
  `update app.usage_counters set total = jsonb_set(total, '{versions,0,${name}}', '"${value}"') where kind = 'total' and code = '${code}'`;
const tampering: [what: string, statement: string][] = [
  ["a total's count", figure("count", "9", "litres")],
  ["a total's sum", figure("sum", "9", "litres")],
  ["a total's largest", figure("most", "1", "litres")],
  ["the octets of a total", figure("octetsIn", "1000000", "line")],
  ["what the events of a total cost", figure("priced", "9", "fares")],
  ["a total deleted", "delete from app.usage_counters where code = 'litres' and period_from = '2026-09-01'"],
  [
    "a total that no record made",
    "insert into app.usage_counters select provider_id, account_id, service_id, plan_id, kind, code, '2026-10-01', used, total from app.usage_counters where code = 'litres' and period_from = '2026-09-01'",
  ],
  ["a sample", "update app.usage_samples set octets_out = octets_out + 1 where at = '2026-09-12T10:05:00Z'"],
  ["a sample deleted", "delete from app.usage_samples where at = '2026-08-12T10:00:00Z'"],
  [
    "a record that isn't in the total",
    "update app.usage_records set facts = jsonb_set(facts, '{metrics,litres}', '\"6\"') where facts -> 'metrics' ->> 'litres' = '5.5' and started_at > '2026-09-01'",
  ],
];
test.each(tampering)("%s is found", async (_, statement) => {
  const undo = new Error("taken back");
  const found: string[] = [];
  const changing = db.admin.begin(async (t) => {
    expect((await t.unsafe(statement)).count).toBeGreaterThan(0);
    for (const proof of proofs) if ((await proof.find(t as unknown as RawTx, 1, 20)).length > 0) found.push(proof.name);
    throw undo;
  });
  expect(await changing.catch((error: unknown) => error)).toBe(undo);
  expect(found).toContain("usage.totals-are-of-records");
});
