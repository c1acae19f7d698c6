// What somebody who holds an agent's token, or none, may throw at the agents' doors: nothing of it is a failure of ours, and none of it costs more than its size.
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import fc from "fast-check";
import { registerAgent } from "../../core/agents/register-agent.ts";
import { revokeAgent } from "../../core/agents/revoke-agent.ts";
import type { CallFields } from "../../core/usage/normal-form.ts";
import { processBatch } from "../../core/usage/process-batch.ts";
import { verify } from "../../core/verify.ts";
import { apiClient } from "../http/api-client.ts";
import { callOf } from "../support/calls.ts";
import { type TestDatabase, testDatabase } from "../support/database.ts";
import { done } from "../support/operator.ts";
import { type SeededProvider, seedProvider } from "../support/provider.ts";

// On a busy machine; each takes a fraction of it alone.
setDefaultTimeout(30_000);

// 100,000 take some minutes: MB_FUZZ_REQUESTS=100000 before a release.
const REQUESTS = Number(process.env.MB_FUZZ_REQUESTS ?? 2000);

let db: TestDatabase;
let api: ReturnType<typeof apiClient>;
let one: SeededProvider;
let two: SeededProvider;

beforeAll(async () => {
  db = await testDatabase();
  one = await seedProvider(db.admin);
  two = await seedProvider(db.admin, { providerId: 2, parentId: 1 });
  api = apiClient(db.core);
});
afterAll(() => db.close());

let names = 0;
const newAgent = (providerId = 1) => done(db.core, registerAgent, { name: `agent ${++names}` }, providerId);
const send = (token: string | null, body: unknown, path = "/agents/v1/batches") =>
  api.call(path, { body: body as object, key: token, method: "POST" });
const rate = (agentId: string, firstSequence: number, providerId = 1) => processBatch(db.core, { providerId, agentId, firstSequence });

describe("a batch", () => {
  test("that is no batch is refused in words, never with a failure", async () => {
    const { token } = await newAgent();
    const record = callOf();
    const bad: unknown[] = [
      null,
      [],
      0,
      "text",
      {},
      { firstSequence: 1 },
      { firstSequence: 1, records: [] },
      { firstSequence: 1, records: {} },
      { firstSequence: 1, records: [null] },
      { firstSequence: 0, records: [record] },
      { firstSequence: -1, records: [record] },
      { firstSequence: 1.5, records: [record] },
      { firstSequence: "1", records: [record] },
      { firstSequence: 2 ** 53, records: [record] },
      { firstSequence: 1e300, records: [record] },
      { firstSequence: 1, records: Array.from({ length: 10_001 }, () => record) },
      { firstSequence: 1, records: [record], more: 1 },
      { firstSequence: 1, records: [record], file: { id: "../../x", name: "x" } },
      { firstSequence: 1, records: [record], file: { id: crypto.randomUUID(), name: "a\0b" } },
      { firstSequence: 1, records: [record], file: { id: crypto.randomUUID(), name: "\ud800" } },
      ...Object.keys(record).flatMap((field) =>
        [undefined, null, 7.5, -1, "x".repeat(9000), "a\0b", "\udc00", [], {}, true, 2 ** 31, "NaN"].map((value) => ({
          firstSequence: 1,
          records: [{ ...record, [field]: value }],
        })),
      ),
    ];
    for (const body of bad) {
      const answer = await send(token, JSON.stringify(body) ?? "");
      if (answer.status === 200) {
        // Null is allowed in two fields, an empty list is no flag.
        const [text] = [JSON.stringify(body)];
        expect(/"(answeredAt|endedAt)":null|"flags":\[\]|NaN/.test(text)).toBe(true);
      } else expect([answer.status, answer.body.code]).toEqual([422, "batch_malformed"]);
    }
  });

  test("nested deeper than anything real, or not JSON, or not text, is refused", async () => {
    const { token } = await newAgent();
    for (const body of [`${"[".repeat(100_000)}`, `${'{"a":'.repeat(50_000)}1${"}".repeat(50_000)}`, "{", "NaN"])
      expect((await send(token, body)).status).toBe(400);
    expect((await send(token, new Uint8Array([0xff, 0xfe, 0x00]))).status).toBe(400);
  });

  test("whose numbers reach beyond what can be counted exactly is refused, and the agent goes on", async () => {
    const { token } = await newAgent();
    const records = [callOf(), callOf()];
    const answer = await send(token, { firstSequence: Number.MAX_SAFE_INTEGER, records });
    expect([answer.status, answer.body.code]).toEqual([422, "batch_malformed"]);
    expect((await send(token, { firstSequence: 1, records })).body).toEqual({ acceptedUpTo: 2 });
  });

  test("of a token that is unknown, revoked, malformed or another's gets one and the same answer", async () => {
    const { agentId, token } = await newAgent();
    await done(db.core, revokeAgent, { agentId });
    const body = { firstSequence: 1, records: [callOf()] };
    const foreign = token.replace("mba_1_", "mba_2_");
    const answers = [];
    for (const wrong of [token, foreign, `mba_1_${"x".repeat(43)}`, "mba_999999999_x", "mba_1_", null, "'; drop table app.agents --"])
      answers.push(await send(wrong, body));
    expect(new Set(answers.map((a) => JSON.stringify([a.status, { ...a.body, instance: "" }]))).size).toBe(1);
    expect(answers[0]!.status).toBe(401);
  });

  test("that names another provider's file makes a file of its own and leaves that one alone", async () => {
    const [mine, theirs] = [await newAgent(1), await newAgent(2)];
    const file = { id: crypto.randomUUID(), name: "Master.csv" };
    await send(theirs.token, { firstSequence: 1, file, records: [callOf({ source: "1" })] });
    await send(mine.token, { firstSequence: 1, file: { ...file, name: "Mine.csv" }, records: [callOf(), callOf()] });
    const rows =
      await db.admin`select provider_id, name, (select sum(rows)::int from app.usage_inbox i where i.provider_id = f.provider_id and i.file_id = f.id) as rows
      from app.usage_files f where id = ${file.id} order by 1`;
    expect([...rows]).toEqual([
      { provider_id: 1, name: "Mine.csv", rows: 2 },
      { provider_id: 2, name: "Master.csv", rows: 1 },
    ]);
  });

  test("of one agent that names another agent's file of the same provider does not add to that file's rows", async () => {
    const [mine, theirs] = [await newAgent(), await newAgent()];
    const file = { id: crypto.randomUUID(), name: "Master.csv" };
    await send(theirs.token, { firstSequence: 1, file, records: [callOf()] });
    expect((await send(mine.token, { firstSequence: 1, file, records: [callOf(), callOf()] })).status).toBe(200);
    const [rows] = await db.admin`select sum(rows)::int as rows from app.usage_inbox where provider_id = 1 and file_id = ${file.id}`;
    expect(rows!.rows).toBe(1);
  });

  test("sent twenty times at once, whole and in overlapping parts, counts each row once", async () => {
    const { agentId, token } = await newAgent();
    const records = Array.from({ length: 40 }, (_, i) => callOf({ callId: `storm ${i}` }));
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        i % 3 === 0
          ? send(token, { firstSequence: 1, records })
          : send(token, { firstSequence: 1, records: records.slice(0, 10 * (1 + (i % 4))) }),
      ),
    );
    expect(answers.map((a) => a.status)).toEqual(answers.map(() => 200));
    const batches = await db.admin`select first_sequence::int as first, rows from app.usage_inbox where agent_id = ${agentId} order by 1`;
    expect(batches.reduce((sum, b) => sum + b.rows, 0)).toBe(40);
    await Promise.all(batches.flatMap((b) => [rate(agentId, b.first), rate(agentId, b.first)]));
    const [stored] = await db.admin`select count(*)::int as n from app.usage_records where agent_id = ${agentId}`;
    expect(stored!.n).toBe(40);
  });

  test("with figures as large as the form allows ends as every batch does: no row holds the others up", async () => {
    const { agentId, token } = await newAgent();
    const most = 2_147_483_647;
    const long: Partial<CallFields> = { durationSec: most, billableSec: most, endedAt: null };
    const records = [
      callOf(),
      callOf(long),
      callOf({ ...long, destination: "12015550100" }),
      callOf({ ...long, startedAt: "2199-12-31T23:59:59Z" }),
      callOf({ startedAt: "1970-01-01T00:00:00Z", answeredAt: null, endedAt: null }),
    ];
    expect((await send(token, { firstSequence: 1, records })).status).toBe(200);
    expect(await rate(agentId, 1)).toMatchObject({ rows: 5, duplicates: 0 });
  });

  test("at a price beyond all reason waits for a person and lets the others pass", async () => {
    const document = {
      schema: "mediabilling/plan@1",
      kind: "telephone",
      name: "Dear",
      currency: "UAH",
      rates: [
        {
          prefix: "",
          destination: "All",
          connectFee: "999999999999",
          steps: [{ fromSec: 0, price: "999999999999", perSec: 1, incrementSec: 1 }],
        },
      ],
    };
    const three = await seedProvider(db.admin, { providerId: 3, parentId: 1 });
    await db.admin`update app.plan_versions set document = ${JSON.stringify(document)}::text::jsonb where provider_id = 3`;
    const { agentId, token } = await newAgent(3);
    const records = [
      callOf({ durationSec: 2_000_000, billableSec: 2_000_000, endedAt: null }),
      callOf({ disposition: "busy", billableSec: 0, answeredAt: null }),
    ];
    expect(three.services).toHaveLength(10);
    await send(token, { firstSequence: 1, records });
    expect(await rate(agentId, 1, 3)).toMatchObject({ rows: 2, rated: 1, quarantined: 1 });
  });
});

test("a heartbeat with anything in it is taken or refused, never a failure", async () => {
  const { token } = await newAgent();
  const good = { version: "1", spoolId: crypto.randomUUID(), spoolDepth: 0, lastSequence: 0, clock: "2026-11-01T00:00:00Z", rate: 0 };
  const statuses = new Set<number>();
  for (const field of Object.keys(good))
    for (const value of [undefined, null, -1, 1.5, 1e300, "", "a\0b", "\ud800", "x".repeat(100), {}, [], true])
      statuses.add((await send(token, JSON.stringify({ ...good, [field]: value }), "/agents/v1/heartbeat")).status);
  expect([...statuses].sort()).toEqual([200, 422]);
});

test(`${REQUESTS} requests made at random are answered: none is a failure of ours, and memory stays`, async () => {
  const { token } = await newAgent();
  const record = callOf() as unknown as Record<string, unknown>;
  const anything = fc.oneof(
    fc.anything({ withNullPrototype: false, maxDepth: 3 }),
    fc.string({ unit: "binary", maxLength: 50 }),
    fc.constantFrom("\0", "\ud800", "__proto__", -1, 2 ** 53, 1e308, "1", [], {}),
  );
  const wrongRecord = fc
    .tuple(fc.constantFrom(...Object.keys(record), "__proto__", "constructor"), anything)
    .map(([field, value]) => ({ ...record, [field]: value }));
  const body = fc.oneof(
    anything,
    fc.record(
      { firstSequence: anything, records: fc.oneof(anything, fc.array(fc.oneof(wrongRecord, anything), { maxLength: 4 })) },
      { requiredKeys: [] },
    ),
    fc.record({ firstSequence: fc.integer({ min: 1, max: 50 }), records: fc.array(wrongRecord, { minLength: 1, maxLength: 3 }) }),
  );
  const path = fc.constantFrom(
    "/agents/v1/batches",
    "/agents/v1/heartbeat",
    "/agents/v1/batches",
    "/agents/v1/",
    "/api/v1/usage",
    "/portal/v1/sign-in",
  );
  const key = fc.oneof({ weight: 8, arbitrary: fc.constant(token) }, { weight: 1, arbitrary: fc.constantFrom("x", "mba_1_", "mb_1_x") });
  const encoding = fc.constantFrom<Record<string, string>>(
    {},
    {},
    {},
    { "content-encoding": "gzip" },
    { "content-encoding": "zstd" },
    { "content-type": "text/plain" },
  );

  Bun.gc(true);
  const before = process.memoryUsage.rss();
  const samples = fc.sample(fc.tuple(path, key, body, encoding), { numRuns: REQUESTS, seed: 20261123 });
  for (let i = 0; i < samples.length; i += 8)
    await Promise.all(
      samples.slice(i, i + 8).map(async ([path, key, body, headers]) => {
        let text: string;
        try {
          text = JSON.stringify(body, (_, v) => (typeof v === "bigint" ? String(v) : v)) ?? "";
        } catch {
          return;
        }
        const answer = await api.call(path, { method: "POST", body: text, key, headers });
        if (answer.status >= 500) throw new Error(`${answer.status} for ${path} ${text}`);
      }),
    );
  Bun.gc(true);
  expect(process.memoryUsage.rss() - before).toBeLessThan(400 * 1024 ** 2);
}, 600_000);

test("after all of that the books are right", async () => {
  const waiting =
    await db.admin`select provider_id, agent_id, first_sequence::float8 as first from app.usage_inbox where processed_at is null`;
  for (const b of waiting) await rate(b.agent_id, b.first, b.provider_id);
  expect((await verify(db.core)).findings).toEqual([]);
  expect(one.services.length + two.services.length).toBe(20);
}, 120_000);
