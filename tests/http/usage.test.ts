import { afterAll, beforeAll, expect, test } from "bun:test";
import { actorOfApiKey } from "../../core/auth/actor-of-api-key.ts";
import { processBatch } from "../../core/usage/process-batch.ts";
import { type TestDatabase, testDatabase } from "../support/database.ts";
import { seedProvider } from "../support/provider.ts";
import { apiClient, makeKey } from "./api-client.ts";

let db: TestDatabase;
let api: ReturnType<typeof apiClient>;
let key: string;

beforeAll(async () => {
  db = await testDatabase();
  await seedProvider(db.admin, { services: 2 });
  api = apiClient(db.core);
  key = await makeKey(db.core, 1, ["usage:write"]);
});
afterAll(() => db.close());

const call = (n: number) => ({
  callId: `c${n}`,
  startedAt: `2026-11-02T09:00:${String(n % 60).padStart(2, "0")}Z`,
  answeredAt: `2026-11-02T09:00:${String(n % 60).padStart(2, "0")}Z`,
  durationSec: 85,
  billableSec: 85,
  direction: "out",
  source: "380440000000",
  destination: "380671234567",
  disposition: "answered",
});

async function rateAll() {
  const waiting =
    await db.admin`select provider_id, agent_id, first_sequence::int as first from app.usage_inbox where processed_at is null order by first_sequence`;
  for (const { provider_id, agent_id, first } of waiting)
    await processBatch(db.core, { providerId: provider_id, agentId: agent_id, firstSequence: first });
}

const balance = async () => (await db.admin`select sum(balance_micros)::text as b from app.balances`)[0]!.b;
const send = (records: unknown[]) => api.call("/api/v1/usage", { body: { records }, key });

test("each record has an answer of its own, and what was taken is rated like any other", async () => {
  const answer = await send([call(1), call(1), { ...call(2), destination: 380 }, call(3)]);
  expect(answer.status).toBe(200);
  expect(answer.body.data).toMatchObject({
    accepted: 2,
    duplicates: 1,
    refused: 1,
    items: [
      { index: 0, status: "accepted", key: expect.any(String) },
      { index: 1, status: "duplicate", reason: "in_request" },
      { index: 2, status: "refused", reason: "invalid_input", errors: [{ path: "destination", message: expect.any(String) }] },
      { index: 3, status: "accepted" },
    ],
  });
  await rateAll();
  expect(await balance()).toBe(String(-2 * 641_700));
});

test("records of every kind are taken, each with an answer of its own", async () => {
  const party = { kind: "telephone", value: "+380440000000" };
  const startedAt = "2026-11-02T09:00:00Z";
  const answer = await send([
    { kind: "session", party, startedAt, seconds: 60, octetsIn: "18446744073709551615", octetsOut: 1 },
    { kind: "traffic", party, startedAt, octetsIn: 1, octetsOut: 2, trafficClass: "world" },
    { kind: "message", source: "380440000000", destination: "380671234567", startedAt },
    { kind: "event", party, startedAt, type: "water", metrics: { litres: "110.5" } },
    { kind: "event", party, startedAt, type: "water", metrics: { litres: 110.5 } },
    { kind: "session", party, startedAt, octetsIn: 2 ** 60, octetsOut: 1 },
    { kind: "fax", party, startedAt },
    { ...call(60), trunk: "kyiv-2", attributes: { line: "isdn" } },
  ]);
  expect(answer.body.data).toMatchObject({ accepted: 5, refused: 3 });
  const refused = (answer.body.data as { items: { status: string; errors?: { path: string }[] }[] }).items.flatMap(
    (item) => item.errors ?? [],
  );
  expect(refused.map((error) => error.path)).toEqual(["metrics.litres", "octetsIn", "kind"]);
  const before = BigInt(await balance());
  await rateAll();
  // The plan prices calls alone: nothing else is free, and what no line can carry waits for a person.
  expect(BigInt(await balance()) - before).toBe(-641_700n);
  const waiting = await db.admin`select record->>'kind' as kind, reason from app.usage_quarantine order by sequence`;
  expect(waiting.map((row) => [row.kind, row.reason])).toEqual([
    ["session", "implausible"],
    ["traffic", "no_rate"],
    ["message", "no_rate"],
    ["event", "no_rate"],
  ]);
  const [stored] = await db.admin`select facts from app.usage_records where call_id = 'c60'`;
  expect(stored!.facts).toEqual({ trunk: "kyiv-2", attributes: { line: "isdn" } });
});

test("slices of a call are taken, are one call, and cost what it costs; a session without a name is told what is missing", async () => {
  const before = BigInt(await balance());
  const slice = (seconds: number, billableSec: number) => ({
    ...call(40),
    durationSec: billableSec,
    billableSec,
    slice: { session: "long-call", seconds },
  });
  const answer = await send([slice(30, 55), slice(0, 30), { ...slice(0, 30), callId: "again" }, { ...call(41), slice: { seconds: 5 } }]);
  expect(answer.body.data).toMatchObject({
    accepted: 2,
    duplicates: 1,
    refused: 1,
    items: [{}, {}, {}, { errors: [{ path: "slice.session" }] }],
  });
  await rateAll();
  expect(BigInt(await balance())).toBe(before - 641_700n);
});

test("the same request again adds nothing: known records are duplicates, and nothing new lies in the inbox", async () => {
  const before = await balance();
  const again = await send([call(1), call(3)]);
  expect(again.body.data).toMatchObject({ accepted: 0, duplicates: 2, items: [{ reason: "known" }, { reason: "known" }] });
  await rateAll();
  expect(await balance()).toBe(before);
});

test("a request that is repeated before it was rated is taken and charged once", async () => {
  const before = BigInt(await balance());
  const [a, b] = await Promise.all([send([call(10), call(11)]), send([call(10), call(11)])]);
  expect([a.status, b.status]).toEqual([200, 200]);
  await rateAll();
  expect(BigInt(await balance()) - before).toBe(-2n * 641_700n);
});

test("twenty requests at once lose no record", async () => {
  const answers = await Promise.all(Array.from({ length: 20 }, (_, i) => send([call(100 + i * 2), call(101 + i * 2)])));
  expect(answers.map((answer) => (answer.body.data as { accepted: number }).accepted)).toEqual(Array(20).fill(2));
  await rateAll();
  const [row] = await db.admin`select count(*)::int as n from app.usage_records where call_id ~ '^c1[0-3][0-9]$'`;
  expect(row!.n).toBe(40);
  const [agent] = await db.admin`select kind, name, lost_rows::int as lost from app.agents where kind = 'import'`;
  const actor = await actorOfApiKey(db.core, key);
  expect(agent).toEqual({ kind: "import", name: `API: ${actor!.name}`, lost: 0 });
});

test("an implausible record is taken and waits in quarantine", async () => {
  const answer = await send([{ ...call(50), billableSec: 900 }]);
  expect(answer.body.data).toMatchObject({ accepted: 1 });
  await rateAll();
  const [row] = await db.admin`select record->'flags' as flags from app.usage_quarantine where record->>'callId' = 'c50'`;
  expect(row!.flags).toEqual(["billable_exceeds_duration"]);
});

test("an empty or too long list is refused as a whole", async () => {
  expect((await send([])).body.errors).toEqual([{ path: "records", message: "must have at least one record" }]);
  expect((await send(Array(10_001).fill({}))).status).toBe(422);
});
