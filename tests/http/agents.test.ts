import { afterAll, beforeAll, expect, test } from "bun:test";
import { registerAgent } from "../../core/agents/register-agent.ts";
import { revokeAgent } from "../../core/agents/revoke-agent.ts";
import { systemActor } from "../../core/kernel/actor.ts";
import { execute } from "../../core/kernel/command.ts";
import { type TestDatabase, testDatabase } from "../support/database.ts";
import { seedProvider } from "../support/provider.ts";
import { apiClient } from "./api-client.ts";

let db: TestDatabase;
let api: ReturnType<typeof apiClient>;

beforeAll(async () => {
  db = await testDatabase();
  await seedProvider(db.admin, { services: 1 });
  api = apiClient(db.core);
});
afterAll(() => db.close());

const call = { actor: systemActor([1]), providerId: 1 };

async function register(name: string) {
  const made = await execute(db.core, registerAgent, { name }, call);
  if (!made.ok) throw new Error(made.code);
  return made.value;
}

const record = (callId: string) => ({
  ...{
    kind: "call",
    callId,
    startedAt: "2026-11-02T09:00:00Z",
    answeredAt: null,
    endedAt: null,
    durationSec: 5,
    billableSec: 0,
    direction: "out",
  },
  ...{ accountCode: "", source: "380440000000", destination: "380671234567", disposition: "busy", flags: [], raw: "" },
});
const batch = (firstSequence: number, n: number) => ({
  spoolId: "0198f0c0-0000-7000-8000-000000000001",
  firstSequence,
  records: Array.from({ length: n }, (_, i) => record(`r${firstSequence + i}`)),
});

test("a batch is answered with the number up to which everything is stored, and sending it again changes nothing", async () => {
  const { token, agentId } = await register("First");
  const send = (body: unknown) => api.call("/agents/v1/batches", { body, key: token });
  expect(await send(batch(1, 3))).toMatchObject({ status: 200, body: { acceptedUpTo: 3 } });
  expect((await send(batch(1, 3))).body).toEqual({ acceptedUpTo: 3 });
  expect((await send(batch(2, 4))).body).toEqual({ acceptedUpTo: 5 });
  const [row] = await db.admin`select sum(rows)::int as rows from app.usage_inbox where agent_id = ${agentId}`;
  expect(row!.rows).toBe(5);
});

test("batches may be packed with gzip or zstd", async () => {
  const { token } = await register("Packing");
  const json = Buffer.from(JSON.stringify(batch(1, 100)));
  const gzip = await api.call("/agents/v1/batches", { body: Bun.gzipSync(json), key: token, headers: { "content-encoding": "gzip" } });
  expect(gzip.body).toEqual({ acceptedUpTo: 100 });
  const zstd = await api.call("/agents/v1/batches", {
    body: Bun.zstdCompressSync(Buffer.from(JSON.stringify(batch(101, 5)))),
    key: token,
    headers: { "content-encoding": "zstd" },
  });
  expect(zstd.body).toEqual({ acceptedUpTo: 105 });
});

test("a batch that isn't in the normal form is refused as a whole, saying where", async () => {
  const { token } = await register("Malformed");
  const answer = await api.call("/agents/v1/batches", { body: { ...batch(1, 2), records: [record("a"), { kind: "call" }] }, key: token });
  expect([answer.status, answer.body.code]).toEqual([422, "batch_malformed"]);
  expect((answer.body.errors as { path: string }[])[0]!.path).toStartWith("records.1");
});

test("without the agent's token, with an API key or a revoked token the answer is the same 401", async () => {
  const { token, agentId } = await register("Revoked");
  await execute(db.core, revokeAgent, { agentId }, call);
  await execute(db.core, revokeAgent, { agentId }, call);
  for (const wrong of [null, token, `mb_1_${"x".repeat(43)}`, `mba_1_${"x".repeat(43)}`]) {
    for (const path of ["batches", "heartbeat"]) {
      const answer = await api.call(`/agents/v1/${path}`, { body: batch(1, 1), key: wrong });
      expect([answer.status, answer.body.code]).toEqual([401, "agent_unknown"]);
    }
  }
});

test("a heartbeat is kept with the time it came, and answers what the core has", async () => {
  const { token, agentId } = await register("Beating");
  await api.call("/agents/v1/batches", { body: batch(1, 2), key: token });
  const beat = {
    version: "0.1.0",
    spoolId: "0198f0c0-0000-7000-8000-000000000001",
    spoolDepth: 7,
    lastSequence: 9,
    clock: "2026-11-23T12:00:00Z",
    rate: 1.5,
  };
  const answer = await api.call("/agents/v1/heartbeat", { body: { ...beat, newer: true }, key: token });
  expect(answer.body).toEqual({ acceptedUpTo: 2, lastSequence: 2 });
  const [row] = await db.admin`select heartbeat, last_seen_at is not null as seen from app.agents where id = ${agentId}`;
  expect(row).toEqual({ heartbeat: beat, seen: true });
  expect((await api.call("/agents/v1/heartbeat", { body: { ...beat, rate: "fast" }, key: token })).status).toBe(422);
});

test("two agents of a provider can't have one name, and revoking somebody else's agent finds nothing", async () => {
  await register("Same");
  expect(await execute(db.core, registerAgent, { name: "Same" }, call)).toMatchObject({ ok: false, code: "name_taken" });
  expect(await execute(db.core, revokeAgent, { agentId: crypto.randomUUID() }, call)).toMatchObject({ ok: false, code: "not_found" });
});

test("the token isn't written to the log of commands, nor to the memory of idempotency keys", async () => {
  const made = await execute(db.core, registerAgent, { name: "Quiet" }, { ...call, idempotencyKey: "quiet" });
  const token = made.ok ? made.value.token : "";
  const traces =
    await db.admin`select (select string_agg(l::text, '') from app.command_log l) || (select string_agg(k::text, '') from app.idempotency_keys k) as text`;
  expect(token).not.toBe("");
  expect(traces[0]!.text).not.toContain(token);
});
