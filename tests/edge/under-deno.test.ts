// The portal in its own runtime: its tests under Deno, and the process that the supervisor starts.
import { afterAll, beforeAll, expect, test } from "bun:test";
import { signPortalToken } from "../../core/auth/portal-token.ts";
import { portalCommand, portalEnvironment } from "../../edge/command.ts";
import { type TestDatabase, testDatabase } from "../support/database.ts";
import { cookiesOf, csrfIn, secret } from "./open-portal.ts";
import { deno, projectDir, startPortal } from "./portal-process.ts";
import { type Seeded, seedPortal } from "./portal-rows.ts";

let db: TestDatabase;
let seeded: Seeded;
let token: string;
beforeAll(async () => {
  db = await testDatabase();
  seeded = await seedPortal(db.admin, Temporal.Now.instant().toString());
  const { providerId, services } = seeded.providers[0]!;
  token = await signPortalToken(secret, { providerId, subscriberId: services[0]!.subscriberId }, Temporal.Now.instant());
}, 60_000);
afterAll(() => db.close());

test("the tests for Deno pass with the portal's own rights", async () => {
  const start = { deno, projectDir, host: "127.0.0.1", port: 0, databaseUrl: db.portalUrl, coreUrl: "http://127.0.0.1:9", secret };
  const rights = portalCommand(start).flatMap((word) =>
    word.startsWith("--allow-env=") ? [`${word},MB_TEST_TOKEN`] : word.startsWith("--allow-") ? [word] : [],
  );
  const run = Bun.spawn(
    [deno, "test", "--no-prompt", "--no-check", "--no-lock", "--no-remote", "--cached-only", ...rights, "tests/edge/portal.deno.ts"],
    {
      cwd: projectDir,
      env: { PATH: process.env.PATH ?? "", NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1", MB_TEST_TOKEN: token, ...portalEnvironment(start) },
      stdout: "pipe",
      stderr: "pipe",
    },
  );
  const output = (await new Response(run.stdout).text()) + (await new Response(run.stderr).text());
  expect(await run.exited, output).toBe(0);
  expect(output).toContain("7 passed | 0 failed");
}, 60_000);

test("the process serves pages, sends sign-ins to the core with the address it vouches for, and ends when its parent does", async () => {
  const asked: { body: unknown; client: string | null }[] = [];
  const core = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    async fetch(request) {
      asked.push({ body: await request.json(), client: request.headers.get("x-portal-client") });
      return Response.json({ kind: "signed-in", token });
    },
  });
  const portal = await startPortal({ databaseUrl: db.portalUrl, coreUrl: `http://127.0.0.1:${core.port}`, secret });
  const form = await fetch(`${portal.url}/sign-in`);
  const answer = await fetch(`${portal.url}/sign-in`, {
    method: "POST",
    redirect: "manual",
    headers: { cookie: cookiesOf(form) },
    body: new URLSearchParams({ login: "iryna", password: "secret words", _csrf: csrfIn(await form.text()) }),
  });
  expect(answer.status, portal.output()).toBe(303);
  expect(asked[0]!.body).toEqual({ login: "iryna", password: "secret words" });
  expect(asked[0]!.client).toMatch(/^127\.0\.0\.1;\d+;[0-9a-f]{64}$/);
  const home = await fetch(portal.url, { headers: { cookie: cookiesOf(answer) } });
  expect(await home.text()).toContain("You owe");
  expect(portal.output()).not.toContain("secret words");
  expect(portal.output()).not.toContain("iryna");

  await portal.child.stdin.end();
  expect(await Promise.race([portal.child.exited, Bun.sleep(5000).then(() => "still there")])).toBe(0);
  await core.stop(true);
}, 60_000);

test("the core believes the address that the portal vouches for", async () => {
  const { vouchFor } = await import("../../edge/client-address.ts");
  const { vouchedAddress } = await import("../../core/http/portal/client-address.ts");
  const now = Temporal.Now.instant();
  expect(vouchedAddress(await vouchFor("2001:db8::7", secret, now), secret, now)).toBe("2001:db8::7");
  expect(vouchedAddress(await vouchFor("2001:db8::7", `${secret}!`, now), secret, now)).toBeUndefined();
});

test("a process without its settings ends with one line that names them and repeats none", async () => {
  const portal = await startPortal({
    databaseUrl: db.portalUrl,
    coreUrl: "http://127.0.0.1:9",
    secret,
    env: { MB_PORTAL_SECRET: "short", MB_CORE_URL: "ftp://x" },
  });
  expect(await portal.child.exited).toBe(1);
  await Bun.sleep(50);
  expect(portal.output()).toContain(
    "MB_CORE_URL must be a URL that begins with http:// or https://; MB_PORTAL_SECRET must have at least 32 characters",
  );
  expect(portal.output()).not.toContain("short");
}, 30_000);

test("a database that goes away and comes back costs pages, not the process", async () => {
  const portal = await startPortal({ databaseUrl: db.portalUrl, coreUrl: "http://127.0.0.1:9", secret });
  const status = async () => (await fetch(portal.url, { headers: { cookie: `portal=${token}` } })).status;
  expect(await status()).toBe(200);
  const [name] = await db.admin`select quote_ident(current_database()) as database`;
  for (let round = 0; round < 4; round++) {
    await db.admin.unsafe(`alter database ${name!.database} connection limit 0`);
    try {
      await db.admin`select pg_terminate_backend(pid) from pg_stat_activity where usename = 'mb_portal' and datname = current_database()`;
      expect(await status(), portal.output()).toBe(503);
    } finally {
      await db.admin.unsafe(`alter database ${name!.database} connection limit -1`);
    }
    expect(await status(), portal.output()).toBe(200);
  }
  await portal.child.stdin.end();
  await portal.child.exited;
}, 60_000);
