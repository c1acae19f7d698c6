import { afterAll, beforeAll, expect, test } from "bun:test";
import { assignIdentifier } from "../../core/identifiers/assign-identifier.ts";
import { systemActor } from "../../core/kernel/actor.ts";
import { execute } from "../../core/kernel/command.ts";
import { acceptUsage } from "../../core/usage/accept-usage.ts";
import { discardUsage } from "../../core/usage/discard-usage.ts";
import type { CallFields } from "../../core/usage/normal-form.ts";
import { processBatch } from "../../core/usage/process-batch.ts";
import { receiveBatch } from "../../core/usage/receive-batch.ts";
import { releaseWaitingUsage, sweepQuarantine } from "../../core/usage/release.ts";
import { verify } from "../../core/verify.ts";
import { callOf } from "../support/calls.ts";
import { type TestDatabase, testDatabase } from "../support/database.ts";
import { type SeededProvider, seedProvider } from "../support/provider.ts";

let db: TestDatabase;
let provider: SeededProvider;
let sequence = 0;
const call = { actor: systemActor([1]), providerId: 1 };

beforeAll(async () => {
  db = await testDatabase();
  provider = await seedProvider(db.admin);
});
afterAll(() => db.close());

async function ingest(records: CallFields[]) {
  const firstSequence = sequence + 1;
  sequence += records.length;
  await receiveBatch(db.core, { providerId: 1, agentId: provider.agentId }, { firstSequence, records });
  await processBatch(db.core, { providerId: 1, agentId: provider.agentId, firstSequence });
}
const waitingKeys = async () =>
  (await db.admin`select key from app.usage_quarantine where resolved_at is null order by sequence`).map((r) => r.key as string);
const countsOf = async () => {
  const [row] =
    await db.admin`select sum(rows)::int as rows, sum(rated)::int as rated, sum(duplicates)::int as duplicates, sum(quarantined)::int as quarantined, sum(discarded)::int as discarded from app.usage_inbox`;
  return row;
};

/** Gives the number to the service from that day on; answers with the service's account. */
async function assign(service: number, value: string, from: string) {
  const { accountId, serviceId } = provider.services[service]!;
  const outcome = await execute(db.core, assignIdentifier, { serviceId, kind: "telephone", value, from: `${from}T00:00:00Z` }, call);
  expect(outcome).toMatchObject({ ok: true });
  return accountId;
}

test("usage of an unknown number is rated when the number is assigned, to whoever held it at the time of the call", async () => {
  await ingest([
    callOf({ source: "380449990001", startedAt: "2026-11-01T12:00:00Z" }),
    callOf({ source: "380449990001", startedAt: "2026-10-01T12:00:00Z" }),
  ]);
  expect(await releaseWaitingUsage(db.core, 1)).toBe(0);
  const accountId = await assign(3, "380449990001", "2026-10-15");
  expect(await sweepQuarantine(db.core, [1])).toBe(1);
  expect(await releaseWaitingUsage(db.core, 1)).toBe(1);
  expect(await releaseWaitingUsage(db.core, 1)).toBe(0);
  expect(await sweepQuarantine(db.core, [1])).toBe(0);
  const [balance] = await db.admin`select balance_micros::int as b from app.balances where account_id = ${accountId}`;
  expect(balance!.b).toBe(-641_700);
  expect(await countsOf()).toEqual({ rows: 2, rated: 1, duplicates: 0, quarantined: 1, discarded: 0 });
  expect((await verify(db.core)).findings).toEqual([]);
});

test("the same row again after its release adds nothing", async () => {
  const record = callOf({ source: "380449990002", callId: "twice" });
  await ingest([record]);
  await assign(4, "380449990002", "2026-01-01");
  await releaseWaitingUsage(db.core, 1);
  await ingest([record]);
  const [row] = await db.admin`select count(*)::int as n from app.usage_records where call_id = 'twice'`;
  expect(row!.n).toBe(1);
});

test("four releases at once of the same records charge each once", async () => {
  await ingest(Array.from({ length: 50 }, () => callOf({ source: "380449990003" })));
  const accountId = await assign(5, "380449990003", "2026-01-01");
  const released = await Promise.all(Array.from({ length: 4 }, () => releaseWaitingUsage(db.core, 1)));
  expect(released.reduce((a, b) => a + b)).toBe(50);
  const [balance] = await db.admin`select balance_micros::int as b from app.balances where account_id = ${accountId}`;
  expect(balance!.b).toBe(-50 * 641_700);
});

test("a person lets a contradictory record pass, and it is rated as it is", async () => {
  await ingest([callOf({ callId: "odd", flags: ["billable_exceeds_duration"] })]);
  const [key] = (await db.admin`select key from app.usage_quarantine where reason = 'implausible' and resolved_at is null`).map(
    (r) => r.key as string,
  );
  const outcome = await execute(db.core, acceptUsage, { keys: [key] }, call);
  expect(outcome).toEqual({ ok: true, value: { found: 1, rated: 1 } });
  expect(await execute(db.core, acceptUsage, { keys: [key] }, call)).toMatchObject({ ok: false, code: "usage_not_waiting" });
});

test("a record let pass whose party is unknown goes on waiting for its party alone", async () => {
  await ingest([callOf({ source: "380449990004", flags: ["billable_exceeds_duration"] })]);
  const key = (await waitingKeys()).at(-1)!;
  expect(await execute(db.core, acceptUsage, { keys: [key] }, call)).toEqual({ ok: true, value: { found: 1, rated: 0 } });
  await assign(6, "380449990004", "2026-01-01");
  expect(await releaseWaitingUsage(db.core, 1)).toBe(1);
});

test("a discarded record is counted as such, says why, and doesn't come back", async () => {
  const record = callOf({ source: "380449990005", callId: "rubbish" });
  await ingest([record]);
  const key = (await waitingKeys()).at(-1)!;
  expect(await execute(db.core, discardUsage, { keys: [key], why: "no" }, call)).toMatchObject({ ok: false, code: "invalid_input" });
  expect(await execute(db.core, discardUsage, { keys: [key], why: "test calls of the engineer" }, call)).toEqual({
    ok: true,
    value: { discarded: 1 },
  });
  await ingest([record]);
  expect(await countsOf()).toMatchObject({ discarded: 1, duplicates: 2 });
  const [log] = await db.admin`select after from app.command_log where command = 'usage.discard'`;
  expect(log!.after).toEqual({ discarded: 1, why: "test calls of the engineer" });
  expect((await verify(db.core)).findings).toEqual([]);
});
