import { afterAll, beforeAll, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { importCounts, importFromPath, rateImport } from "../../core/agents/import-file.ts";
import { checkAccounts } from "../../core/credit/control/check-accounts.ts";
import { buildDemo, demoNote, loadDemo } from "../../core/demo/load-demo.ts";
import { callsEnding, type Exchange } from "../../core/demo/make-calls.ts";
import { exchangesFile, play } from "../../core/demo/run-exchanges.ts";
import { demoWorld } from "../../core/demo/world.ts";
import { systemActor } from "../../core/kernel/actor.ts";
import { execute } from "../../core/kernel/command.ts";
import { verify } from "../../core/verify.ts";
import { rateAll } from "../support/chain.ts";
import { type TestDatabase, testDatabase } from "../support/database.ts";
import { setUpOperator } from "../support/operator.ts";

// The proofs about credit control go by the database's clock.
const now = Temporal.Now.instant().round("second");
let db: TestDatabase;

beforeAll(async () => {
  db = await testDatabase({ clock: () => now });
  await setUpOperator(db.core);
});
afterAll(() => db.close());

test("the world has 200 subscribers at an operator and two partners, and no number twice", () => {
  const world = demoWorld();
  expect(world).toHaveLength(3);
  expect(world.flatMap((p) => p.subscribers)).toHaveLength(200);
  const numbers = world.flatMap((p) => p.subscribers.flatMap((s) => s.numbers));
  expect(new Set(numbers).size).toBe(numbers.length);
});

test("the same second has the same calls each time, and the days have nights until somebody watches", () => {
  const exchange: Exchange = {
    file: "",
    zone: "Europe/Kyiv",
    seed: 3,
    callsPerDay: 5000,
    numbers: [{ number: "380445550001", business: true }],
  };
  const from = Temporal.Instant.from("2026-11-18T00:00:00Z").epochMilliseconds / 1000;
  const day = Array.from({ length: 86_400 }, (_, s) => callsEnding(exchange, from + s));
  expect(day.slice(40_000, 41_000)).toEqual(Array.from({ length: 1000 }, (_, s) => callsEnding(exchange, from + 40_000 + s)));
  const total = day.flat().length;
  expect(total).toBeGreaterThan(4500);
  expect(total).toBeLessThan(5500);
  expect(day.slice(0, 3600).flat().length * 10).toBeLessThan(day.slice(8 * 3600, 9 * 3600).flat().length);
  const live = Array.from({ length: 3600 }, (_, s) => callsEnding({ ...exchange, liveFrom: from }, from + s)).flat().length;
  expect(live).toBeGreaterThan(300);
});

test("the demo is loaded once through the commands, cut off and continued without a difference, and its calls are rated clean", async () => {
  const call = { actor: systemActor([1]), providerId: 1 };
  expect(await execute(db.core, loadDemo, {}, call)).toMatchObject({ ok: true });
  expect(await execute(db.core, loadDemo, {}, call)).toMatchObject({ ok: false, code: "demo_loaded" });
  const { portalPassword: password } = (await demoNote(db.core))!;
  await buildDemo(db.core, { password });
  await buildDemo(db.core, { password });
  expect(await demoNote(db.core)).toMatchObject({ state: "loaded", done: 200, total: 200 });
  const [counted] =
    await db.admin`select (select count(*)::int from app.subscribers) as subscribers, (select count(*)::int from app.providers) as providers, (select count(*)::int from app.agents) as agents`;
  // The partners are subscribers of the operator too, and their usage comes by agents of its own.
  expect(counted).toEqual({ subscribers: 202, providers: 3, agents: 5 });

  const [exchange, partners] = JSON.parse(readFileSync(exchangesFile(db.core.dataDir), "utf8")) as Exchange[];
  await play(exchange!, () => now.subtract({ hours: 24 }));
  const rows = readFileSync(exchange!.file, "utf8").split("\n").length - 1;
  await play(exchange!, () => now.subtract({ hours: 24 }));
  expect(readFileSync(exchange!.file, "utf8").split("\n").length - 1).toBe(rows);

  const { fileId } = await importFromPath(db.core, { providerId: 1, path: exchange!.file, name: "demo", zone: exchange!.zone, by: "test" });
  await rateImport(db.core, 1, fileId);
  const counts = await importCounts(db.core, 1, fileId);
  expect(counts).toMatchObject({ rows, pending: 0, duplicates: 0 });
  expect(counts.quarantined).toBeGreaterThan(0);
  expect(counts.quarantined / rows).toBeLessThan(0.01);

  // What a partner's exchange writes is charged to the partner too.
  await play(partners!, () => now.subtract({ hours: 12 }));
  const atPartner = await importFromPath(db.core, { providerId: 2, path: partners!.file, name: "demo", zone: partners!.zone, by: "test" });
  await rateImport(db.core, 2, atPartner.fileId);
  await rateAll(db);
  const [chain] = await db.admin`
    select count(*) filter (where r.provider_id = 2)::int as sold, count(*) filter (where r.provider_id = 1)::int as charged,
      sum(r.amount_micros) filter (where r.provider_id = 2) > sum(r.amount_micros) filter (where r.provider_id = 1) as gains
    from app.usage_records r join app.agents a on a.provider_id = r.provider_id and a.id = r.agent_id where r.provider_id = 2 or a.partner_id = 2`;
  expect(chain).toMatchObject({ gains: true, charged: chain!.sold });
  expect(chain!.sold).toBeGreaterThan(300);

  // What a newcomer finds on the pages of money.
  await checkAccounts(db.core);
  const [money] = await db.admin`
    select (select count(*)::int from app.cards) as cards, (select count(*)::int from app.cards where state = 'used') as used, (select count(*)::int from app.pots) as pots,
      (select count(*)::int from app.promises where state = 'open') as promises, (select count(*)::int from app.adjustment_requests where state = 'waiting') as adjustments,
      (select count(distinct paid_at::date) > 10 from app.payments) as spread`;
  expect(money).toEqual({ cards: 400, used: 12, pots: 9, promises: 1, adjustments: 1, spread: true });
  expect((await verify(db.core)).findings).toEqual([]);
}, 240_000);
