import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { processBatch } from "../../core/usage/process-batch.ts";
import { receiveBatch } from "../../core/usage/receive-batch.ts";
import { proofs, verify } from "../../core/verify.ts";
import { callOf } from "../support/calls.ts";
import { type TestDatabase, testDatabase } from "../support/database.ts";
import { type SeededProvider, seedProvider } from "../support/provider.ts";

let db: TestDatabase;
let provider: SeededProvider;

beforeAll(async () => {
  db = await testDatabase();
  provider = await seedProvider(db.admin);
  await seedProvider(db.admin, { providerId: 2, parentId: 1 });
  const agent = { providerId: 1, agentId: provider.agentId };
  const records = Array.from({ length: 20 }, (_, i) => callOf({ source: String(380440000000 + (i % 12)), billableSec: 30 + i }));
  await receiveBatch(db.core, agent, { firstSequence: 1, records });
  await processBatch(db.core, { ...agent, firstSequence: 1 });
});
afterAll(() => db.close());

test("books that were written by the commands are clean", async () => {
  const result = await verify(db.core);
  expect(result).toMatchObject({ providers: 2, findings: [] });
  expect(result.proofs).toEqual(expect.arrayContaining(proofs.map((p) => p.name)));
});

describe("a change behind the application's back is found", () => {
  const tampering: [string, string, string][] = [
    [
      "a posting made larger",
      "update app.ledger_postings set amount_micros = amount_micros + 1 where ctid = (select ctid from app.ledger_postings limit 1)",
      "ledger.balances-equal-entries",
    ],
    [
      "a posting taken away",
      "delete from app.ledger_postings where ctid = (select ctid from app.ledger_postings limit 1)",
      "ledger.transactions-sum-to-zero",
    ],
    [
      "a balance changed",
      "update app.balances set balance_micros = balance_micros - 5 where ctid = (select ctid from app.balances limit 1)",
      "ledger.balances-equal-entries",
    ],
    [
      "a charge changed",
      "update app.usage_records set amount_micros = amount_micros + 1 where ctid = (select min(ctid) from app.usage_records where tableoid = 'app.usage_records_2026_11'::regclass) and tableoid = 'app.usage_records_2026_11'::regclass",
      "usage.one-net-charge",
    ],
    [
      "a record deleted",
      "delete from app.usage_records where key = (select key from app.usage_records limit 1)",
      "usage.one-record-per-key",
    ],
    ["a claim deleted", "delete from app.usage_keys where key = (select key from app.usage_records limit 1)", "usage.one-record-per-key"],
    [
      "a record doubled under another account",
      `insert into app.usage_records select provider_id, gen_random_uuid(), started_at, key, service_id, subscriber_id, group_id, kind, call_id, direction, source, destination, disposition,
       duration_sec, billable_sec, billed_sec, prefix, destination_name, 0, currency, reason, plan_id, plan_version, agent_id, sequence, null, rated_at, answered_at, 0, facts, details from app.usage_records limit 1`,
      "usage.one-record-per-key",
    ],
    ["the count of a batch", "update app.usage_inbox set rated = rated - 1, duplicates = duplicates + 1", "usage.batches-add-up"],
    ["a batch lost", "delete from app.usage_inbox", "usage.sequences-are-whole"],
    [
      "a figure of a read model",
      "update read.usage_daily set amount_micros = amount_micros + 1 where ctid = (select ctid from read.usage_daily limit 1)",
      "read.models-equal-a-rebuild",
    ],
    ["row-level security switched off", "alter table app.accounts no force row level security", "tenancy.rows-belong-to-their-tenant"],
  ];
  test.each(tampering)("%s", async (_, statement, proof) => {
    const copy = await testDatabase();
    try {
      const seeded = await seedProvider(copy.admin);
      const agent = { providerId: 1, agentId: seeded.agentId };
      await receiveBatch(copy.core, agent, {
        firstSequence: 1,
        records: Array.from({ length: 5 }, (_, i) => callOf({ source: String(380440000000 + i) })),
      });
      await processBatch(copy.core, { ...agent, firstSequence: 1 });
      expect((await verify(copy.core)).findings).toEqual([]);
      const changed = await copy.admin.unsafe(statement);
      if (!statement.startsWith("alter")) expect(changed.count).toBeGreaterThan(0);
      expect((await verify(copy.core)).findings.map((f) => f.proof)).toContain(proof);
    } finally {
      await copy.close();
    }
  });
});
