import { afterAll, beforeAll, expect, test } from "bun:test";
import { sql } from "drizzle-orm";
import * as v from "valibot";
import { advance } from "../../core/read/advance.ts";
import type { PortalQuery } from "../../core/read/portal/portal-query.ts";
import { portalCalls, portalHome, portalUsage } from "../../core/read/portal/query.ts";
import { type Connection, connect } from "../../db/client.ts";
import { type TestDatabase, testDatabase } from "../support/database.ts";
import { call, ingest, markOf, type SeededTenant, seedTenant } from "../support/seed.ts";

let db: TestDatabase;
let portal: Connection;
let tenant: SeededTenant;
const now = Temporal.Instant.from("2026-11-23T12:30:00Z");

beforeAll(async () => {
  db = await testDatabase();
  portal = connect(db.portalUrl, { max: 2 });
  tenant = await seedTenant(db, 1);
  const calls = tenant.groups.flatMap((g) =>
    g.services.flatMap((s) =>
      Array.from({ length: 5 }, (_, i) => call({ startedAt: `2026-11-23T1${i % 2}:00:0${i}Z`, source: s.number, durationSec: 60 })),
    ),
  );
  await ingest(db, tenant, calls);
  await advance(db.core);
}, 60_000);
afterAll(async () => {
  await portal.close();
  await db.close();
});

const me = () => tenant.groups[0].services[0]!;
const as = <I extends v.GenericSchema, T>(
  query: PortalQuery<I, T>,
  input: v.InferInput<I>,
  subscriberId = me().subscriberId,
  providers = "{1}",
) =>
  portal.db.transaction(async (tx) => {
    await tx.execute(sql.raw(`set local app.providers = '${providers}'`));
    await tx.execute(sql.raw(`set local app.subscriber_id = '${subscriberId}'`));
    const outcome = await query.run({ tx, now, providerId: 1, subscriberId: me().subscriberId }, v.parse(query.input, input));
    return outcome;
  });

test("a subscriber sees his balance, his services and the plan in force", async () => {
  expect(await as(portalHome, {})).toMatchObject({
    ok: true,
    value: {
      accounts: [{ accountId: me().accountId, balanceMicros: -3_500_000n }],
      services: [{ serviceId: me().serviceId, planName: `Plan ${tenant.mark}`, identifiers: [{ value: me().number }] }],
      freshnessSec: 0,
    },
  });
});

test("a subscriber sees his usage by hour and day", async () => {
  expect(await as(portalUsage, {})).toMatchObject({
    ok: true,
    value: { day: "2026-11-23", currencies: [{ today: { calls: 5, amountMicros: 3_500_000n } }] },
  });
});

test("a subscriber pages through his calls, newest first", async () => {
  const seen: string[] = [];
  for (let after: string | undefined; ; ) {
    const outcome = await as(portalCalls, { limit: 2, ...(after ? { after } : {}) });
    if (!outcome.ok) throw new Error(outcome.code);
    seen.push(...outcome.value.rows.map((row) => row.startedAt));
    if (!outcome.value.next) break;
    after = outcome.value.next;
  }
  expect(seen).toEqual([
    "2026-11-23T11:00:03Z",
    "2026-11-23T11:00:01Z",
    "2026-11-23T10:00:04Z",
    "2026-11-23T10:00:02Z",
    "2026-11-23T10:00:00Z",
  ]);
});

test("whoever is signed in as another, or as nobody, sees none of it, though the query asks for it", async () => {
  const other = tenant.groups[1].services[0]!.subscriberId;
  for (const [who, providers] of [
    [other, "{1}"],
    [me().subscriberId, "{2}"],
    [me().subscriberId, ""],
  ] as const) {
    expect(await as(portalHome, {}, who, providers)).toMatchObject({ ok: false, code: "not_found" });
    expect(await as(portalUsage, {}, who, providers)).toMatchObject({ ok: false, code: "not_found" });
    expect(await as(portalCalls, { accountId: me().accountId }, who, providers)).toMatchObject({ ok: true, value: { rows: [] } });
  }
  expect(JSON.stringify(await as(portalCalls, { limit: 200 }), (_, x) => (typeof x === "bigint" ? `${x}` : x))).not.toContain(markOf(1, 2));
});

test("every question of the read side loads under Deno", async () => {
  const script = `await import("./core/read/queries.ts"); await import("./core/read/portal/query.ts"); console.log("loaded");`;
  const deno = Bun.spawn(["node_modules/.bin/deno", "eval", "--node-modules-dir=manual", script], {
    cwd: new URL("../..", import.meta.url).pathname,
    stdout: "pipe",
    stderr: "pipe",
  });
  const text = await new Response(deno.stdout).text();
  expect(`${text}${await new Response(deno.stderr).text()}`).toBe("loaded\n");
}, 30_000);
