import { afterAll, beforeAll, expect, test } from "bun:test";
import { registerAgent } from "../../core/agents/register-agent.ts";
import { httpHeartbeat, httpSend } from "../../core/agents/uplink.ts";
import { startHttp } from "../../core/http/serve.ts";
import { systemActor } from "../../core/kernel/actor.ts";
import { execute } from "../../core/kernel/command.ts";
import { readSettings, type Settings } from "../../core/kernel/settings.ts";
import { type TestDatabase, testDatabase } from "../support/database.ts";
import { seedProvider } from "../support/provider.ts";

let db: TestDatabase;
let server: Awaited<ReturnType<typeof startHttp>>;
let base: string;

function settingsWith(port: number): Settings {
  const read = readSettings({ MB_HTTP_PORT: String(port) }, process.cwd());
  if (!read.ok) throw new Error(read.problems.join());
  return read.settings;
}

beforeAll(async () => {
  db = await testDatabase();
  await seedProvider(db.admin, { services: 1 });
  server = await startHttp(db.core, settingsWith(0));
  base = `http://127.0.0.1:${server.port}`;
});
afterAll(async () => {
  await server.close();
  await db.close();
});

test("programs and people are answered at one port, each with its policy", async () => {
  const api = await fetch(`${base}/api/v1/openapi.json`);
  expect([api.status, api.headers.get("content-security-policy")]).toEqual([200, "default-src 'none'; frame-ancestors 'none'"]);
  const page = await fetch(`${base}/sign-in`);
  expect(page.status).toBe(200);
  expect(page.headers.get("content-security-policy")).toContain("script-src 'self'");
  expect(page.headers.get("x-content-type-options")).toBe("nosniff");
  expect((await fetch(`${base}/health`)).status).toBe(200);
});

test("what is under a programs' path is never a page", async () => {
  for (const path of ["/api/v1/x", "/agents/v1/x", "/portal/v1/x", "/api/v2"]) {
    const answer = await fetch(base + path);
    expect([answer.status, answer.headers.get("content-type")]).toEqual([404, "application/problem+json"]);
  }
});

test("a stylesheet comes with its hash and may be kept for ever; nothing else is served from the disk", async () => {
  const html = await (await fetch(`${base}/sign-in`)).text();
  const href = /\/assets\/app\.[0-9a-f]{12}\.css/.exec(html)?.[0];
  expect((await fetch(base + href)).headers.get("cache-control")).toContain("immutable");
  expect((await fetch(`${base}/assets/..%2fpackage.json`)).status).toBe(404);
});

test("an unsigned sign-in to the portal is counted on the address of the connection", async () => {
  const body = JSON.stringify({ login: "nobody", password: "wrong" });
  await fetch(`${base}/portal/v1/sign-in`, {
    method: "POST",
    body,
    headers: { "content-type": "application/json", "x-forwarded-for": "203.0.113.9" },
  });
  const rows = await db.admin`select subject from app.sign_in_failures where subject like 'address:%'`;
  expect(rows.map((row) => row.subject)).toEqual([expect.stringMatching(/127\.0\.0\.1$/)]);
});

test("a real agent's uplink is understood: batches, heartbeats, and a token that is wrong", async () => {
  const made = await execute(db.core, registerAgent, { name: "Far away" }, { actor: systemActor([1]), providerId: 1 });
  const token = made.ok ? made.value.token : "";
  const records = [{ kind: "unreadable" as const, raw: "?", reason: "too_few_columns" }];
  expect(await httpSend({ url: base, token })({ firstSequence: 1, records })).toEqual({ ok: true, acceptedUpTo: 1 });
  const beat = { version: "1", spoolId: crypto.randomUUID(), spoolDepth: 0, lastSequence: 1, clock: new Date().toISOString(), rate: 0 };
  expect(await httpHeartbeat({ url: base, token })(beat)).toEqual({ ok: true, lastSequence: 1 });
  expect(await httpSend({ url: base, token: "wrong" })({ firstSequence: 2, records })).toEqual({
    ok: false,
    code: "agent_unknown",
    retry: false,
  });
});

test("a port that is taken is one line with what to do", async () => {
  expect(startHttp(db.core, settingsWith(server.port))).rejects.toThrow(`Port ${server.port} (MB_HTTP_PORT) is in use`);
});
