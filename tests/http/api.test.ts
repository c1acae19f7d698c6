import { afterAll, beforeAll, expect, test } from "bun:test";
import { makeExport } from "../../core/interchange/make-export.ts";
import { commands, queries } from "../../core/registry.ts";
import { type TestDatabase, testDatabase } from "../support/database.ts";
import { type SeededProvider, seedProvider } from "../support/provider.ts";
import { apiClient, makeKey } from "./api-client.ts";

let db: TestDatabase;
let root: SeededProvider;
let partner: SeededProvider;
let api: ReturnType<typeof apiClient>;
let key: string;

beforeAll(async () => {
  db = await testDatabase();
  root = await seedProvider(db.admin, { providerId: 1, services: 2 });
  partner = await seedProvider(db.admin, { providerId: 2, parentId: 1, services: 1 });
  api = apiClient(db.core);
  key = await makeKey(db.core, 1);
});
afterAll(() => db.close());

const newAgent = (name: string) => ({ body: { name }, key });

test("without a key, with a wrong one or a malformed one the answer is the same 401", async () => {
  for (const wrong of [null, "mb_1_wrong", `mb_1_${"x".repeat(43)}`, `mb_7_${"x".repeat(43)}`]) {
    const answer = await api.call("/api/v1/commands/agents.register", { body: { name: "x" }, key: wrong });
    expect([answer.status, answer.body.code]).toEqual([401, "api_key_invalid"]);
    expect(answer.headers.get("www-authenticate")).toStartWith("Bearer");
    expect(answer.headers.get("content-type")).toBe("application/problem+json");
  }
});

test("a command runs and answers with data", async () => {
  const answer = await api.call("/api/v1/commands/agents.register", newAgent("Office PBX"));
  expect(answer.status).toBe(200);
  expect(answer.body.data).toMatchObject({ agentId: expect.any(String), token: expect.stringMatching(/^mba_1_[\w-]{43}$/) });
  expect(answer.headers.get("x-request-id")).toMatch(/^[0-9a-f-]{36}$/);
  expect(answer.headers.get("cache-control")).toBe("no-store");
  expect(answer.headers.get("strict-transport-security")).toContain("max-age");
});

test("a dry run answers what would happen and leaves nothing behind", async () => {
  const answer = await api.call("/api/v1/commands/agents.register?dry_run=true", newAgent("Only tried"));
  expect(answer.body).toMatchObject({ data: { agentId: expect.any(String) }, dryRun: true });
  const [row] = await db.admin`select count(*)::int as n from app.agents where name = 'Only tried'`;
  expect(row!.n).toBe(0);
  const wrong = await api.call("/api/v1/commands/agents.register?dry_run=maybe", newAgent("Only tried"));
  expect([wrong.status, wrong.body.errors]).toEqual([422, [{ path: "dry_run", message: "must be true or false" }]]);
});

test("the same idempotency key gives the first answer, with other input it is refused, and another client's key is another", async () => {
  const headers = { "idempotency-key": "order-1" };
  const first = await api.call("/api/v1/commands/agents.register", { ...newAgent("Once"), headers });
  const second = await api.call("/api/v1/commands/agents.register", { ...newAgent("Once"), headers });
  expect((second.body.data as { agentId: string }).agentId).toBe((first.body.data as { agentId: string }).agentId);
  const other = await api.call("/api/v1/commands/agents.register", { ...newAgent("Twice"), headers });
  expect([other.status, other.body.code]).toEqual([409, "idempotency_key_reused"]);
  const client = await makeKey(db.core, 1);
  const theirs = await api.call("/api/v1/commands/agents.register", { body: { name: "Theirs" }, key: client, headers });
  expect(theirs.status).toBe(200);
});

test("a refusal says its code, its sentence, and where the input is wrong", async () => {
  const answer = await api.call("/api/v1/commands/agents.register", { body: { name: "", surplus: 1 }, key });
  expect(answer.status).toBe(422);
  expect(answer.body).toMatchObject({ type: "urn:mediabilling:problem:invalid_input", status: 422, code: "invalid_input" });
  expect((answer.body.errors as { path: string }[]).map((error) => error.path).sort()).toEqual(["name", "surplus"]);
  expect(answer.body.instance).toBe(`urn:uuid:${answer.headers.get("x-request-id")}`);
});

test("what a key isn't permitted is refused with the permission's name", async () => {
  const reader = await makeKey(db.core, 1, ["agents:read"]);
  const answer = await api.call("/api/v1/commands/agents.register", { body: { name: "No" }, key: reader });
  expect([answer.status, answer.body.code, answer.body.permission]).toEqual([403, "not_permitted", "agents:write"]);
});

test("a key acts on its own provider unless it names another one inside its scope", async () => {
  const there = await api.call("/api/v1/commands/agents.register", { ...newAgent("At the partner"), headers: { "x-provider": "2" } });
  expect((there.body.data as { token: string }).token).toStartWith("mba_2_");
  const byParameter = await api.call("/api/v1/commands/agents.register?provider=2", newAgent("At the partner too"));
  expect(byParameter.status).toBe(200);
  const small = await makeKey(db.core, 2);
  const up = await api.call("/api/v1/commands/agents.register?provider=1", { body: { name: "Up" }, key: small });
  expect([up.status, up.body.code]).toEqual([404, "not_found"]);
  const query = await api.call("/api/v1/queries/subscribers.list?provider=1", { key: small });
  expect(query.status).toBe(404);
  const both = await api.call("/api/v1/commands/agents.register?provider=1", { ...newAgent("x"), headers: { "x-provider": "2" } });
  expect(both.status).toBe(422);
});

test("unknown names are 404, other methods 405 with Allow, other media types 415", async () => {
  expect((await api.call("/api/v1/commands/no.such", { body: {}, key })).body.code).toBe("unknown_command");
  expect((await api.call("/api/v1/queries/no.such", { key })).body.code).toBe("unknown_query");
  expect((await api.call("/api/v1/nowhere", { key })).body.code).toBe("unknown_path");
  const wrong = await api.call("/api/v1/commands/agents.register", { method: "GET", key });
  expect([wrong.status, wrong.headers.get("allow")]).toEqual([405, "POST"]);
  const form = await api.call("/api/v1/commands/agents.register", {
    body: "name=x",
    key,
    headers: { "content-type": "application/x-www-form-urlencoded" },
  });
  expect(form.status).toBe(415);
});

test("a body that is no JSON, no UTF-8, too deep or too large is refused, and none is an empty object", async () => {
  const post = (body: unknown) => api.call("/api/v1/commands/agents.register", { body, key });
  expect((await post("{")).body).toMatchObject({ status: 400, code: "request_malformed" });
  expect((await post(new Uint8Array([0x22, 0xff, 0x22]))).body.code).toBe("request_malformed");
  expect((await post(`${"[".repeat(100_000)}${"]".repeat(100_000)}`)).body.code).toBe("request_malformed");
  expect((await post(`"${"x".repeat(9 * 1024 ** 2)}"`)).status).toBe(413);
  expect((await api.call("/api/v1/commands/agents.register", { method: "POST", key })).body.code).toBe("invalid_input");
});

test("a packed body is unpacked, and a bomb is refused", async () => {
  const packed = Bun.gzipSync(Buffer.from(JSON.stringify({ name: "Packed" })));
  expect((await api.call("/api/v1/commands/agents.register", { body: packed, key, headers: { "content-encoding": "gzip" } })).status).toBe(
    200,
  );
  const bomb = Bun.zstdCompressSync(Buffer.alloc(64 * 1024 ** 2, 0x20));
  expect((await api.call("/api/v1/commands/agents.register", { body: bomb, key, headers: { "content-encoding": "zstd" } })).status).toBe(
    413,
  );
  const notPacked = await api.call("/api/v1/commands/agents.register", { body: "{}", key, headers: { "content-encoding": "gzip" } });
  expect(notPacked.body.code).toBe("request_malformed");
  expect((await api.call("/api/v1/commands/agents.register", { body: "{}", key, headers: { "content-encoding": "br" } })).status).toBe(415);
});

test("a query takes its parameters from the URL and refuses those it doesn't know", async () => {
  const answer = await api.call("/api/v1/queries/agents.list", { key });
  expect(answer.status).toBe(200);
  const typo = await api.call("/api/v1/queries/subscribers.list?limti=5", { key });
  expect([typo.status, typo.body.errors]).toEqual([422, [{ path: "limti", message: "is not a parameter of this query" }]]);
  const limit = await api.call("/api/v1/queries/subscribers.list?limit=many", { key });
  expect([limit.status, (limit.body.errors as { path: string }[])[0]!.path]).toEqual([422, "limit"]);
  expect((await api.call("/api/v1/queries/subscribers.list?limit=1&limit=2", { key })).status).toBe(422);
});

test("every command and every query of the registry is there and can be called", async () => {
  expect(commands.length).toBeGreaterThan(10);
  expect(queries.length).toBeGreaterThan(5);
  for (const { name } of commands) {
    const answer = await api.call(`/api/v1/commands/${name}?dry_run=true`, { body: { "no such field": 1 }, key });
    // Whatever it says to nonsense, it isn't "no such command" and it isn't a crash.
    expect([name, answer.status < 500, answer.body.code]).not.toEqual([name, true, "unknown_command"]);
    expect([name, answer.status < 500]).toEqual([name, true]);
  }
  for (const { name } of queries) {
    const answer = await api.call(`/api/v1/queries/${name}`, { key });
    expect([name, answer.status < 500, answer.body.code === "unknown_query"]).toEqual([name, true, false]);
  }
});

test("a database that is away is 503 with Retry-After, and no stack leaves", async () => {
  const away = {
    ...db.core,
    db: { transaction: () => Promise.reject(Object.assign(new Error("connect"), { code: "ECONNREFUSED" })) } as never,
  };
  const answer = await apiClient(away).call("/api/v1/commands/agents.register", newAgent("x"));
  expect([answer.status, answer.headers.get("retry-after"), answer.body.code]).toEqual([503, "5", "database_unavailable"]);
  const broken = { ...db.core, db: { transaction: () => Promise.reject(new Error("secret detail")) } as never };
  const failed = await apiClient(broken).call("/api/v1/commands/agents.register", newAgent("x"));
  expect([failed.status, failed.body.code]).toEqual([500, "internal"]);
  expect(JSON.stringify(failed.body)).not.toContain("secret detail");
});

test("a spreadsheet is asked for, made and downloaded", async () => {
  const asked = await api.call("/api/v1/commands/exports.request", {
    body: { kind: "usage-of-period", from: "2026-11-01", to: "2026-11-30" },
    key,
  });
  const { exportId } = asked.body.data as { exportId: string };
  const early = await api.call(`/api/v1/exports/${exportId}/file`, { key });
  expect([early.status, early.body.code, early.body.state]).toEqual([409, "export_not_ready", "waiting"]);
  await makeExport(db.core, { providerId: 1, exportId });
  const listed = await api.call(`/api/v1/queries/exports.list?exportId=${exportId}`, { key });
  expect((listed.body.data as { exports: object[] }).exports).toMatchObject([{ exportId, state: "ready", rowsDone: 0 }]);
  const file = await api.call(`/api/v1/exports/${exportId}/file`, { key });
  expect([file.status, file.headers.get("content-disposition")]).toEqual([200, 'attachment; filename="usage_2026-11-01_2026-11-30.xlsx"']);
  expect(file.body.text).toStartWith("PK");
  const foreign = await makeKey(db.core, 2);
  expect((await api.call(`/api/v1/exports/${exportId}/file`, { key: foreign })).status).toBe(404);
});

test("a key that is limited to groups sees only its own subscribers in an answer", async () => {
  expect([root.services.length, partner.services.length]).toEqual([2, 1]);
  const other = crypto.randomUUID();
  await db.admin`insert into app.subscriber_groups values (1, ${other}, 'Other', now())`;
  const limited = await makeKey(db.core, 1, ["subscribers:read", "usage:write"], [other]);
  const answer = await api.call("/api/v1/queries/subscribers.list", { key: limited });
  expect(answer.status).toBe(200);
  expect(JSON.stringify(answer.body)).not.toContain("Subscriber 1");
  const usage = await api.call("/api/v1/usage", { body: { records: [{}] }, key: limited });
  expect(usage.status).toBe(403);
});
