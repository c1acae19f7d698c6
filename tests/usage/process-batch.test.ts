import { afterAll, beforeAll, expect, test } from "bun:test";
import type { CallFields } from "../../core/usage/normal-form.ts";
import { processBatch } from "../../core/usage/process-batch.ts";
import { receiveBatch } from "../../core/usage/receive-batch.ts";
import { callOf as call } from "../support/calls.ts";
import { type TestDatabase, testDatabase } from "../support/database.ts";
import { type SeededProvider, seedProvider } from "../support/provider.ts";

let db: TestDatabase;
let provider: SeededProvider;
let sequence = 0;

beforeAll(async () => {
  db = await testDatabase();
  provider = await seedProvider(db.admin);
});
afterAll(() => db.close());

async function ingest(records: CallFields[]) {
  const firstSequence = sequence + 1;
  sequence += records.length;
  const agent = { providerId: provider.providerId, agentId: provider.agentId };
  expect(await receiveBatch(db.core, agent, { firstSequence, records })).toMatchObject({ ok: true, acceptedUpTo: sequence });
  return processBatch(db.core, { ...agent, firstSequence });
}

const balanceOf = async (i: number) => {
  const [row] = await db.admin`select balance_micros::text as b from app.balances where account_id = ${provider.services[i]!.accountId}`;
  return BigInt(row!.b);
};

test("a call becomes a charge, a posting and a balance: R4, 85 s at connect 0.40", async () => {
  expect(await ingest([call()])).toEqual({ rows: 1, rated: 1, duplicates: 0, quarantined: 0, discarded: 0 });
  expect(await balanceOf(0)).toBe(-641_700n);
  const [posting] =
    await db.admin`select debit, credit, amount_micros::text as amount, balance_after_micros::text as after from app.ledger_postings`;
  expect(posting).toEqual({ debit: "settlement", credit: "revenue.usage", amount: "641700", after: "-641700" });
});

test("the same record again, in the same batch or a later one, adds nothing", async () => {
  const again = call({ callId: "again", source: "380440000001" });
  expect(await ingest([again, again])).toMatchObject({ rated: 1, duplicates: 1 });
  expect(await ingest([again, call({ callId: "new", source: "380440000001" })])).toMatchObject({ rated: 1, duplicates: 1 });
  expect(await balanceOf(1)).toBe(-2n * 641_700n);
});

test("a batch that was sent twice is taken once, and one that overlaps gives only its new rows", async () => {
  const agent = { providerId: provider.providerId, agentId: provider.agentId };
  const records = [call({ callId: "o1" }), call({ callId: "o2" }), call({ callId: "o3" })];
  const firstSequence = sequence + 1;
  sequence += 3;
  await receiveBatch(db.core, agent, { firstSequence, records: records.slice(0, 2) });
  expect(await receiveBatch(db.core, agent, { firstSequence, records: records.slice(0, 2) })).toMatchObject({
    acceptedUpTo: firstSequence + 1,
  });
  expect(await receiveBatch(db.core, agent, { firstSequence, records })).toMatchObject({ acceptedUpTo: sequence });
  const [sum] = await db.admin`select sum(rows)::int as rows from app.usage_inbox where first_sequence >= ${firstSequence}`;
  expect(sum!.rows).toBe(3);
  expect(await processBatch(db.core, { ...agent, firstSequence })).toMatchObject({ rated: 2 });
  expect(await processBatch(db.core, { ...agent, firstSequence })).toBeUndefined();
});

test("what can't be charged waits with its reason and is never free", async () => {
  const counts = await ingest([
    call({ source: "380449999999" }),
    call({ destination: "4912345" }),
    call({ flags: ["billable_exceeds_duration"] }),
    call({ startedAt: "1999-01-01T00:00:00Z" }),
  ]);
  expect(counts).toMatchObject({ rated: 0, quarantined: 4 });
  const waiting = await db.admin`select reason, identifier_value from app.usage_quarantine order by sequence desc limit 4`;
  expect(waiting.map((w) => [w.reason, w.identifier_value])).toEqual([
    ["unknown_party", "380440000000"],
    ["implausible", "380440000000"],
    ["no_rate", "380440000000"],
    ["unknown_party", "380449999999"],
  ]);
});

test("a call that nobody answered is stored and costs nothing, with the reason", async () => {
  await ingest([call({ callId: "busy", disposition: "busy", answeredAt: null, billableSec: 0 })]);
  const [row] = await db.admin`select amount_micros::int as amount, reason, transaction_id from app.usage_records where call_id = 'busy'`;
  expect(row).toEqual({ amount: 0, reason: "not_answered", transaction_id: null });
});

test("names with tabs, backslashes and new lines arrive as they are", async () => {
  const nasty = 'a\\b\tc\nd"\\N';
  await ingest([call({ callId: nasty }), call({ accountCode: nasty, source: nasty })]);
  const [row] = await db.admin`select count(*)::int as n from app.usage_records where call_id = ${nasty}`;
  const [waiting] = await db.admin`select record->>'source' as source from app.usage_quarantine where record->>'source' = ${nasty}`;
  expect([row!.n, waiting!.source]).toEqual([1, nasty]);
});

test("the event of a batch carries what it adds, by service, hour and day of the provider's zone", async () => {
  await ingest([call({ callId: "late", startedAt: "2026-11-02T22:30:00Z" })]);
  const [event] = await db.admin`select data from app.events where type = 'usage.rated' order by position desc limit 1`;
  expect(event!.data).toMatchObject({
    counts: { rows: 1, rated: 1, duplicates: 0, quarantined: 0, discarded: 0 },
    usage: [
      { serviceId: provider.services[0]!.serviceId, day: "2026-11-03", calls: 1, answered: 1, durationSec: 85, amountMicros: "641700" },
    ],
    gl: [{ debit: "settlement", credit: "revenue.usage", amountMicros: "641700" }],
  });
});
