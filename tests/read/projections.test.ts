import { afterAll, beforeAll, expect, test } from "bun:test";
import { sql } from "drizzle-orm";
import fc from "fast-check";
import { newId } from "../../core/kernel/id.ts";
import { advance } from "../../core/read/advance.ts";
import { openHorizon } from "../../core/read/cursor.ts";
import { check, type EventsOf } from "../../core/read/projection.ts";
import { projections } from "../../core/read/projections.ts";
import { clear } from "../../core/read/read-table.ts";
import { checkReadModels, rebuildAll } from "../../core/read/rebuild.ts";
import { discardRecords, releaseWaitingUsage } from "../../core/usage/release.ts";
import { inTenant } from "../../db/tenant.ts";
import { type TestDatabase, testDatabase } from "../support/database.ts";
import { call, change, emit, ingest, type SeededTenant, seedTenant } from "../support/seed.ts";

let db: TestDatabase;
let tenants: SeededTenant[];
beforeAll(async () => {
  db = await testDatabase();
  tenants = [await seedTenant(db, 1), await seedTenant(db, 2)];
  for (const tenant of tenants)
    for (const group of tenant.groups)
      for (const { subscriberId } of group.services) await emit(db, tenant.providerId, "subscriber.changed", { subscriberId });
}, 60_000);
afterAll(() => db.close());

// Both nights in which Kyiv changes its clocks, the end of a month, and hours that two days share.
const moments = [
  "2026-03-29T00:30:00Z",
  "2026-10-24T23:30:00Z",
  "2026-10-25T00:30:00Z",
  "2026-10-25T01:30:00Z",
  "2026-10-31T21:59:59Z",
  "2026-11-01T12:00:00Z",
];

const aCall = fc.record({
  moment: fc.constantFrom(...moments),
  offset: fc.nat(5400),
  who: fc.nat(6), // the seventh belongs to nobody
  durationSec: fc.nat(300),
  answered: fc.boolean(),
});

/** A number that nobody holds yet; the next one once somebody does. */
const strangers = new Map<number, number>();
const stranger = ({ providerId }: SeededTenant) => `38099000${String(strangers.get(providerId) ?? 0).padStart(4, "0")}`;

/** Somebody turns out to hold the stranger's number: what waits for it is rated. */
async function release(tenant: SeededTenant) {
  const { accountId, serviceId, subscriberId } = tenant.groups[0].services[0]!;
  const { providerId } = tenant;
  await change(
    db,
    providerId,
    sql`insert into app.identifiers values (${providerId}, ${newId()}, 'telephone', ${stranger(tenant)}, '[2000-01-01,)', ${accountId}, ${serviceId}, now())`,
    "subscriber.changed",
    { subscriberId },
  );
  strangers.set(providerId, (strangers.get(providerId) ?? 0) + 1);
  await releaseWaitingUsage(db.core, providerId);
}

/** Somebody throws out one record that waits. */
const discard = ({ providerId }: SeededTenant) =>
  inTenant(db.core.db, [providerId], async (tx) => {
    const waiting = await tx.execute<{ key: string }>(
      sql`select key from app.usage_quarantine where provider_id = ${providerId} and resolved_at is null limit 1`,
    );
    await discardRecords(
      db.core,
      tx,
      providerId,
      waiting.map((row) => row.key),
    );
  });

async function ingestSome(
  tenant: SeededTenant,
  calls: readonly { moment: string; offset: number; who: number; durationSec: number; answered: boolean }[],
) {
  const lines = tenant.groups.flatMap((g) => g.services);
  const records = calls.map(({ moment, offset, who, durationSec, answered }) => {
    const startedAt = Temporal.Instant.from(moment).add({ seconds: offset }).toString();
    const seconds = answered ? durationSec + 1 : 0;
    return call({
      startedAt,
      source: lines[who]?.number ?? stranger(tenant),
      durationSec: seconds,
      ...(answered ? {} : { disposition: "no_answer" as const, answeredAt: null }),
    });
  });
  await ingest(db, tenant, records);
}

/** What a command does to facts, with what it tells. */
const changes: ((tenant: SeededTenant) => Promise<unknown>)[] = [
  ({ providerId, groups: [a, b] }) =>
    change(
      db,
      providerId,
      sql`update app.subscribers set group_id = case when group_id = ${a.groupId} then ${b.groupId}::uuid else ${a.groupId}::uuid end where id = ${a.services[0]!.subscriberId}`,
      "subscriber.changed",
      { subscriberId: a.services[0]!.subscriberId },
    ),
  ({ providerId, groups: [, b] }) =>
    change(db, providerId, sql`update app.subscriber_groups set name = name || '.' where id = ${b.groupId}`, "group.changed", {
      groupId: b.groupId,
    }),
  ({ providerId, groups: [, b] }) =>
    change(
      db,
      providerId,
      sql`update app.services set status = case status when 'active' then 'terminated' else 'active' end where id = ${b.services[1]!.serviceId}`,
      "account.changed",
      { accountId: b.services[1]!.accountId, subscriberId: b.services[1]!.subscriberId },
    ),
  ({ providerId, groups: [a] }) =>
    change(
      db,
      providerId,
      sql`update app.subscribers set status = case status when 'active' then 'closed' else 'active' end where group_id = ${a.groupId} and id = ${a.services[2]!.subscriberId}`,
      "subscriber.changed",
      { subscriberId: a.services[2]!.subscriberId },
    ),
  ({ providerId, groups: [a] }) =>
    change(
      db,
      providerId,
      sql`insert into app.identifiers values (${providerId}, ${newId()}, 'login', ${`extra-${newId()}`}, '[2020-01-01,)', ${a.services[1]!.accountId}, ${a.services[1]!.serviceId}, now())`,
      "subscriber.changed",
      { subscriberId: a.services[1]!.subscriberId },
    ),
  ({ providerId }) =>
    change(db, providerId, sql`update app.providers set name = name || '.' where id = ${providerId}`, "provider.changed", {}),
];

test("built step by step, in steps of any size, every read model equals its rebuild", async () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant("calls" as const), tenant: fc.nat(1), calls: fc.array(aCall, { minLength: 1, maxLength: 12 }) }),
    fc.record({ kind: fc.constant("change" as const), tenant: fc.nat(1), which: fc.nat(changes.length - 1) }),
    fc.record({ kind: fc.constant("release" as const), tenant: fc.nat(1) }),
    fc.record({ kind: fc.constant("discard" as const), tenant: fc.nat(1) }),
    fc.record({ kind: fc.constant("advance" as const), limit: fc.integer({ min: 1, max: 4 }) }),
    fc.record({ kind: fc.constant("rebuild" as const), provider: fc.constantFrom(undefined, 1, 2) }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 10 }), async (steps) => {
      for (const s of steps) {
        if (s.kind === "calls") await ingestSome(tenants[s.tenant]!, s.calls);
        else if (s.kind === "change") await changes[s.which]!(tenants[s.tenant]!);
        else if (s.kind === "release") await release(tenants[s.tenant]!);
        else if (s.kind === "discard") await discard(tenants[s.tenant]!);
        else if (s.kind === "advance") await advance(db.core, { limit: s.limit });
        else await rebuildAll(db.core, s.provider);
      }
      await advance(db.core);
      expect(await checkReadModels(db.core)).toEqual([]);
    }),
    { numRuns: 12 },
  );
}, 120_000);

test("the check is exact while events wait, and leaves nothing behind", async () => {
  await ingestSome(tenants[0]!, [{ moment: moments[5]!, offset: 1, who: 0, durationSec: 10, answered: true }]);
  const before = await db.admin`select * from app.projection_cursors order by 1`;
  expect(await checkReadModels(db.core)).toEqual([]);
  expect([...(await db.admin`select * from app.projection_cursors order by 1`)]).toEqual([...before]);
  await advance(db.core);
});

test("a row that was changed, one that is too many and one that is missing are found", async () => {
  await advance(db.core);
  await db.admin`update read.provider_daily set calls = calls + 1 where (provider_id, group_id, day) = (select provider_id, group_id, day from read.provider_daily limit 1)`;
  await db.admin`delete from read.subscribers where subscriber_id = ${tenants[1]!.groups[0].services[0]!.subscriberId}`;
  const found = await checkReadModels(db.core);
  expect(found.map((d) => `${d.table} ${d.kind}`).sort()).toEqual([
    "read.provider_daily missing",
    "read.provider_daily wrong",
    "read.subscribers missing",
  ]);
  await rebuildAll(db.core);
  expect(await checkReadModels(db.core)).toEqual([]);
});

test("events applied in any order and split into any groups give what a rebuild gives", async () => {
  const positions = (await db.admin`select position::text as p from app.events order by 1`).map((row) => row.p as string);
  const pick =
    (chosen: readonly string[]): EventsOf =>
    (...types) =>
      sql`select e.provider_id, e.type, e.data from app.events e where e.position = any(${`{${chosen.join(",")}}`}::bigint[]) and e.type = any(${`{${types.join(",")}}`}::text[])`;
  class Undo extends Error {}
  const order = fc.shuffledSubarray(positions, { minLength: positions.length, maxLength: positions.length });
  await fc.assert(
    fc.asyncProperty(order, fc.integer({ min: 1, max: positions.length }), async (events, size) => {
      for (const projection of projections) {
        const undone = db.core.db.transaction(async (tx) => {
          await openHorizon(tx);
          for (const table of projection.tables) for (const tenant of tenants) await tx.execute(clear(table, tenant.providerId));
          for (let i = 0; i < events.length; i += size) await projection.apply(tx, pick(events.slice(i, i + size)));
          for (const tenant of tenants)
            expect({ of: projection.name, differences: await check(tx, projection, tenant.providerId) }).toEqual({
              of: projection.name,
              differences: [],
            });
          throw new Undo();
        });
        await undone.catch((error) => {
          if (!(error instanceof Undo)) throw error;
        });
      }
    }),
    { numRuns: 6 },
  );
}, 120_000);
