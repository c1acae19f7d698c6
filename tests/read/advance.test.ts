import { afterEach, beforeEach, expect, test } from "bun:test";
import { sql } from "drizzle-orm";
import postgres from "postgres";
import { advance, forgetOldEvents } from "../../core/read/advance.ts";
import { freshness } from "../../core/read/freshness.ts";
import { glBalances } from "../../core/read/gl-balances/projection.ts";
import type { Projection } from "../../core/read/projection.ts";
import { checkReadModels, rebuildProjection } from "../../core/read/rebuild.ts";
import { serviceUsage } from "../../core/read/service-usage/projection.ts";
import { inTenant } from "../../db/tenant.ts";
import { type TestDatabase, testDatabase } from "../support/database.ts";
import { call, emit, ingest, type SeededTenant, seedTenant } from "../support/seed.ts";

let db: TestDatabase;
let tenant: SeededTenant;
beforeEach(async () => {
  db = await testDatabase();
  tenant = await seedTenant(db, 1, 2);
  await advance(db.core);
}, 60_000);
afterEach(() => db.close());

const posted = {
  accountIds: [],
  gl: [{ debit: "settlement", credit: "revenue.usage", currency: "UAH", at: "2026-11-01T00:00:00Z", amountMicros: "1" }],
};
const appliedMicros = async () => {
  const [row] = await db.admin`select coalesce(sum(debit_micros), 0)::int as n from read.gl_balances where gl_account = 'settlement'`;
  return row!.n as number;
};
const only = { projections: [glBalances] };

/** A connection of its own that keeps a transaction open. */
async function slowly(work: (t: postgres.Sql) => Promise<void>) {
  const sql = postgres(db.adminUrl, { max: 1, onnotice() {} });
  await sql.unsafe("begin");
  await work(sql);
  return async () => {
    await sql.unsafe("commit");
    await sql.end();
  };
}
const event = (t: postgres.Sql) =>
  t`insert into app.events (provider_id, type, data, at) values (1, 'ledger.posted', ${t.json(posted)}, now())`;

/** What must not be done: follow the bare position. Kept here to show that the test finds it out. */
async function naive(after: number): Promise<{ seen: number; last: number }> {
  const [row] =
    await db.admin`select count(*)::int as seen, coalesce(max(position), ${after})::int as last from app.events where position > ${after}`;
  return row as unknown as { seen: number; last: number };
}

test("an event whose transaction commits after a later one is not lost", async () => {
  const start = (await naive(0)).last;
  const commit = await slowly(async (t) => void (await event(t)));
  await emit(db, 1, "ledger.posted", posted);
  const first = await naive(start);
  expect(await advance(db.core, { ...only, patienceMs: 50 })).toBe(false); // something is held back, and whoever called is told
  await commit();
  const second = await naive(first.last);
  expect(first.seen + second.seen).toBe(1); // a bare position never sees the late one
  expect(await advance(db.core, only)).toBe(true);
  expect(await appliedMicros()).toBe(2);
});

test("an event that a transaction begun early adds late is not lost, although its number is higher and its transaction lower", async () => {
  let old: postgres.Sql | undefined;
  const commit = await slowly(async (t) => {
    await t`select pg_current_xact_id()`;
    old = t;
  });
  await emit(db, 1, "ledger.posted", posted);
  await advance(db.core, { ...only, patienceMs: 50 });
  await event(old!);
  await commit();
  await advance(db.core, only);
  expect(await appliedMicros()).toBe(2);
});

test("waits for a transaction that takes a moment, and then applies its event", async () => {
  const commit = await slowly(async (t) => void (await event(t)));
  await emit(db, 1, "ledger.posted", posted);
  const began = performance.now();
  const done = advance(db.core, only);
  await Bun.sleep(150);
  await commit();
  expect(await done).toBe(true);
  expect(await appliedMicros()).toBe(2);
  expect(performance.now() - began).toBeLessThan(1500);
});

test("a crash between applying and the end of the transaction counts nothing twice", async () => {
  for (let i = 0; i < 5; i++) await emit(db, 1, "ledger.posted", posted);
  let crashes = 3;
  const crashing: Projection = {
    ...glBalances,
    async apply(tx, events) {
      await glBalances.apply(tx, events);
      if (crashes-- > 0) throw new Error("power cut");
    },
  };
  while (crashes > 0) await advance(db.core, { projections: [crashing], limit: 2 }).catch(() => {});
  await advance(db.core, only);
  expect(await appliedMicros()).toBe(5);
});

test("runs side by side apply each event once", async () => {
  for (let i = 0; i < 20; i++) await emit(db, 1, "ledger.posted", posted);
  await Promise.all([1, 2, 3].map((limit) => advance(db.core, { ...only, limit })));
  expect(await appliedMicros()).toBe(20);
});

test("one projection that fails doesn't hold up the others", async () => {
  await emit(db, 1, "ledger.posted", posted);
  const broken: Projection = { ...serviceUsage, apply: () => Promise.reject(new Error("broken")) };
  expect(advance(db.core, { projections: [broken, glBalances] })).rejects.toThrow("could not be advanced");
  await advance(db.core, { projections: [broken, glBalances] }).catch(() => {});
  expect(await appliedMicros()).toBe(1);
});

test("a rebuild amid open transactions counts every event once, whichever side of it they end on", async () => {
  const line = tenant.groups[0].services[0]!;
  const some = (n: number) =>
    Array.from({ length: n }, (_, i) =>
      call({ startedAt: `2026-11-01T12:00:${String(i).padStart(2, "0")}Z`, source: line.number, durationSec: 60 }),
    );
  await ingest(db, tenant, some(3));
  // Holds the horizon down, so that the cursor can't pass what the rebuild has seen.
  const commit = await slowly(async (t) => void (await t`select pg_current_xact_id()`));
  await ingest(db, tenant, some(4));
  await rebuildProjection(db.core, serviceUsage);
  await rebuildProjection(db.core, glBalances, 1);
  await ingest(db, tenant, some(2));
  await commit();
  await advance(db.core);
  expect(await checkReadModels(db.core)).toEqual([]);
  const [row] = await db.admin`select sum(calls)::int as calls from read.usage_hourly`;
  expect(row!.calls).toBe(9);
});

test("another version of a projection is rebuilt by the next run", async () => {
  await ingest(db, tenant, [call({ startedAt: "2026-11-01T12:00:00Z", source: tenant.groups[0].services[0]!.number, durationSec: 60 })]);
  await advance(db.core);
  await db.admin`update read.usage_hourly set calls = 77`;
  await advance(db.core, { projections: [{ ...serviceUsage, version: serviceUsage.version + 1 }] });
  const [row] =
    await db.admin`select calls::int, (select version from app.projection_cursors where projection = 'service-usage') as version from read.usage_hourly`;
  expect({ ...row }).toEqual({ calls: 1, version: serviceUsage.version + 1 });
});

test("a database restored on a server that counts transactions anew is rebuilt, and its old events don't come again", async () => {
  await ingest(db, tenant, [call({ startedAt: "2026-11-01T12:00:00Z", source: tenant.groups[0].services[0]!.number, durationSec: 60 })]);
  await advance(db.core);
  await db.admin`update app.events set xid = (xid::text::bigint + 1000000)::text::xid8`;
  await db.admin`update app.projection_cursors set xid = (xid::text::bigint + 1000000)::text::xid8`;
  await ingest(db, tenant, [call({ startedAt: "2026-11-01T12:01:00Z", source: tenant.groups[0].services[0]!.number, durationSec: 60 })]);
  expect(await advance(db.core)).toBe(true);
  expect(await checkReadModels(db.core)).toEqual([]);
  const [row] = await db.admin`select sum(calls)::int as calls, (select count(*)::int from app.events) as events from read.usage_hourly`;
  expect({ ...row }).toEqual({ calls: 2, events: 1 });
});

test("the events of a provider that appears while a run is under way are not skipped", async () => {
  const sql2 = postgres(db.adminUrl, { max: 1, onnotice() {} });
  await sql2.unsafe("begin");
  await sql2`insert into app.providers values (2, 1, '{1,2}', 'late', 'Late', 'UAH', 'Europe/Kyiv', 'en-GB', now())`;
  await sql2`insert into app.events (provider_id, type, data, at) values (2, 'ledger.posted', ${sql2.json(posted)}, now())`;
  await emit(db, 1, "ledger.posted", posted);
  await advance(db.core, { ...only, patienceMs: 50 });
  await sql2.unsafe("commit");
  await sql2.end();
  await advance(db.core, only);
  expect(await appliedMicros()).toBe(2);
});

test("freshness is the age of the oldest event that waits, and nothing when none does", async () => {
  const ask = () => inTenant(db.core.db, [1], (tx) => freshness(tx, db.core.clock()), "read");
  expect(await ask()).toBe(0);
  await db.admin`insert into app.events (provider_id, type, data, at) values (1, 'ledger.posted', ${db.admin.json(posted)}, now() - interval '90 seconds')`;
  expect(await ask()).toBeWithin(90, 93);
  await advance(db.core);
  expect(await ask()).toBe(0);
});

test("events are forgotten after a week, never before they are applied, and by nobody sooner", async () => {
  const old = () =>
    db.admin`insert into app.events (provider_id, type, data, at) values (1, 'ledger.posted', ${db.admin.json(posted)}, now() - interval '8 days')`;
  await old();
  await emit(db, 1, "ledger.posted", posted);
  expect(await forgetOldEvents(db.core)).toBe(0);
  await advance(db.core);
  expect(await forgetOldEvents(db.core)).toBe(1);
  const gone = await inTenant(db.core.db, [1], (tx) => tx.execute(sql`delete from app.events returning 1`));
  expect(gone.length).toBe(0);
});
