// What holds for every page: the policy, the rights, the token of forms, and that nothing of another tenant shows.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { addManager } from "../../../core/auth/add-manager.ts";
import { defineRole } from "../../../core/auth/define-role.ts";
import { adminApp } from "../../../core/http/admin/app.ts";
import { needsOfHandler } from "../../../core/http/admin/frame.ts";
import { advance } from "../../../core/read/advance.ts";
import { processBatch } from "../../../core/usage/process-batch.ts";
import { receiveBatch } from "../../../core/usage/receive-batch.ts";
import { callOf } from "../../support/calls.ts";
import { type TestDatabase, testDatabase } from "../../support/database.ts";
import { administratorPassword, done } from "../../support/operator.ts";
import { type SeededProvider, seedProvider } from "../../support/provider.ts";
import { type Client, hiddenIn, signedIn } from "./client.ts";

let t: TestDatabase;
let ours: SeededProvider;
let theirs: SeededProvider;
let admin: Client;
let reader: Client;

const everything = [
  "dashboard:read",
  "subscribers:read",
  "subscribers:write",
  "plans:read",
  "plans:write",
  "usage:read",
  "usage:write",
  "quarantine:write",
  "ledger:read",
  "agents:read",
  "agents:write",
  "exports:create",
  "managers:read",
  "managers:write",
  "providers:write",
  "audit:read",
] as const;

async function manager(login: string, permissions: readonly string[], groupIds: string[] | null = null): Promise<Client> {
  const { roleId } = await done(t.core, defineRole, { name: login, permissions: permissions as never }, 2);
  const { managerId } = await done(
    t.core,
    addManager,
    {
      name: login,
      login: `${login}@example.net`,
      password: administratorPassword,
      roleId,
      groupIds,
    },
    2,
  );
  return signedIn(t.core, 2, managerId);
}

async function rate(of: SeededProvider, records: ReturnType<typeof callOf>[]) {
  await receiveBatch(t.core, of, { firstSequence: 1, records });
  await processBatch(t.core, { ...of, firstSequence: 1 });
}

beforeAll(async () => {
  t = await testDatabase();
  await seedProvider(t.admin, { providerId: 1, services: 1 });
  ours = await seedProvider(t.admin, { providerId: 2, parentId: 1 });
  theirs = await seedProvider(t.admin, { providerId: 3, parentId: 1 });
  await rate(ours, [callOf(), callOf({ source: "0000099" }), callOf({ billableSec: 9999, flags: ["billable_exceeds_duration"] })]);
  await rate(theirs, [callOf(), callOf({ source: "0000077" })]);
  await advance(t.core);
  admin = await manager("all", everything);
  reader = await manager("reader", ["dashboard:read"]);
});
afterAll(() => t.close());

const pages = [
  "/",
  "/usage",
  "/quarantine",
  "/quarantine?reason=unknown_party",
  "/quarantine?reason=implausible",
  "/quarantine/assign?value=0000099&kind=telephone",
  "/imports",
  "/imports/new",
  "/agents",
  "/agents/new",
  "/exports",
  "/exports/new",
  "/audit",
  "/demo",
];

describe("every page", () => {
  test.each(pages)("%s is whole, under the policy, with nothing inline", async (path) => {
    const { status, html, headers } = await admin.page(path);
    expect(status).toBe(200);
    expect(headers.get("content-security-policy")).toContain("default-src 'none'");
    expect(headers.get("cache-control")).toBe("no-store");
    expect(html).not.toMatch(/<script(?![^>]*\bsrc=)/);
    expect(html).not.toMatch(/\sstyle=|<style|\son[a-z]+=|javascript:|hx-on/);
    expect(html).toContain("</html>");
    expect(html).not.toContain("undefined");
    expect(html).not.toContain("[object");
  });

  test.each(pages.filter((path) => path !== "/"))("%s is refused to whoever lacks the right", async (path) => {
    const { status, html } = await reader.page(path);
    expect(status).toBe(403);
    expect(html).toContain("You can’t open this".replace("’", "&#39;"));
  });

  test("has a route that names what it needs", () => {
    const app = adminApp(t.core, { publicUrl: "http://test" });
    const without = app.routes.filter(({ method, handler }) => method !== "ALL" && needsOfHandler(handler) === undefined);
    expect(without.map(({ method, path }) => `${method} ${path}`)).toEqual([]);
  });

  test("offers no link to what the person may not open", async () => {
    const { html } = await reader.page("/");
    expect(html).toContain('href="/"');
    const offered = [...html.matchAll(/href="(\/[^"]*)"/g)].map((found) => found[1]!).filter((href) => !href.startsWith("/assets/"));
    expect(new Set(offered)).toEqual(new Set(["/", "/my-account"]));
  });

  test("that doesn't exist is a friendly 404", async () => {
    const { status, html } = await admin.page("/nowhere");
    expect(status).toBe(404);
    expect(html).toContain("To the first page");
  });
});

describe("every form", () => {
  const posts = ["/sign-out", "/demo", "/quarantine/accept", "/quarantine/discard", "/quarantine/assign", "/agents", "/exports"];

  test.each(posts)("%s is refused without the session's token", async (path) => {
    for (const fields of [{}, { _csrf: "made-up" }]) expect((await admin.send(path, fields as Record<string, string>)).status).toBe(403);
  });

  test.each(posts.slice(1))("%s is refused to whoever lacks the right", async (path) => {
    const { _csrf } = await reader.hidden("/");
    expect((await reader.send(path, { _csrf: _csrf! })).status).toBe(403);
  });

  test("takes no other content type, and not too much", async () => {
    const { _csrf } = await admin.hidden("/agents/new");
    const json = await admin.request("/agents", {
      method: "POST",
      body: JSON.stringify({ name: "x" }),
      headers: { "content-type": "application/json", "x-csrf-token": _csrf! },
    });
    expect(json.status).toBe(415);
    const big = await admin.request("/agents", {
      method: "POST",
      body: "x",
      headers: { "content-type": "application/x-www-form-urlencoded", "content-length": String(5 * 1024 ** 2) },
    });
    expect(big.status).toBe(413);
  });
});

describe("another tenant's records", () => {
  test("are not there: usage, agents, files, spreadsheets", async () => {
    const [record] = await t.admin`select account_id, started_at::text, key from app.usage_records where provider_id = 3`;
    const startedAt = `${record!.started_at.slice(0, 10)}T${record!.started_at.slice(11, 19)}Z`;
    expect((await admin.page(`/usage/${record!.account_id}/${startedAt}/${record!.key}`)).status).toBe(404);
    expect((await admin.page(`/agents/${theirs.agentId}`)).status).toBe(404);
    expect((await admin.post(`/agents/${theirs.agentId}/revocation`, {}, "/agents/new")).status).toBe(404);
    expect((await admin.page(`/imports/${theirs.agentId}`)).status).toBe(404);
    expect((await admin.page(`/exports/${theirs.agentId}/file`)).status).toBe(404);
    expect((await admin.page("/quarantine")).html).not.toContain("0000077");
    const [revoked] = await t.admin`select revoked_at from app.agents where provider_id = 3`;
    expect(revoked!.revoked_at).toBeNull();
  });

  test("can't be touched by naming the provider", async () => {
    const answer = await admin.post("/agents", { name: "Intruder", provider: "3" }, "/agents/new");
    expect(answer.status).toBe(404);
    const [{ n }] = (await t.admin`select count(*)::int as n from app.agents where provider_id = 3`) as unknown as [{ n: number }];
    expect(n).toBe(1);
  });

  test("malformed ids are a refusal, not a fault", async () => {
    for (const path of [
      "/agents/x",
      "/imports/%00",
      "/usage/x/y/z",
      "/exports/x/file",
      "/usage?after=x",
      "/audit?after=x",
      "/imports?after=%F0",
    ]) {
      const { status } = await admin.page(path);
      expect([path, status < 500 && status >= 200]).toEqual([path, true]);
    }
  });
});

describe("a manager of some groups", () => {
  test("is not offered what concerns the whole provider, and is refused it", async () => {
    const narrow = await manager("narrow", everything, [ours.groupId]);
    const { html } = await narrow.page("/");
    expect(html).not.toContain('<a href="/quarantine"');
    for (const path of ["/quarantine", "/imports", "/agents", "/audit"]) expect((await narrow.page(path)).status).toBe(403);
    expect((await narrow.page("/usage")).html).toContain("Subscriber 1");
  });
});

describe("usage", () => {
  test("lists calls and explains a price that agrees with what was charged", async () => {
    const { html } = await admin.page("/usage");
    const href = /href="(\/usage\/[^"]+)"/.exec(html)![1]!;
    const record = await admin.page(href);
    expect(record.html).toContain("Connect fee");
    expect(record.html).toContain("0.6417");
    expect(record.html).not.toContain("which isn");
  });

  test("says what is wrong with a filter and keeps it", async () => {
    const { status, html } = await admin.page("/usage?from=2026-13-01&destination=380");
    expect(status).toBe(200);
    expect(html).toContain("Write a day like");
    expect(html).toContain('value="380"');
  });

  test("pages by key without a row twice", async () => {
    await receiveBatch(t.core, ours, {
      firstSequence: "next",
      records: Array.from({ length: 60 }, (_, i) =>
        callOf({
          startedAt: `2026-11-02T12:${String(i).padStart(2, "0")}:00Z`,
          answeredAt: `2026-11-02T12:${String(i).padStart(2, "0")}:00Z`,
          endedAt: null,
        }),
      ),
    });
    await processBatch(t.core, { ...ours, firstSequence: 4 });
    const seen: string[] = [];
    for (let path: string | undefined = "/usage"; path; ) {
      const { html } = await admin.page(path);
      seen.push(...[...html.matchAll(/href="(\/usage\/[^"]+)"/g)].map((m) => m[1]!));
      path = /rel="next" href="([^"]+)"/.exec(html)?.[1]?.replaceAll("&amp;", "&");
    }
    expect(seen.length).toBe(61);
    expect(new Set(seen).size).toBe(61);
  });
});

describe("quarantine", () => {
  const waiting = async (reason: string) =>
    (await t.admin`select key from app.usage_quarantine where provider_id = 2 and reason = ${reason} and resolved_at is null`).map(
      (row) => row.key as string,
    );

  test("discards only with a reason, and keeps what was ticked when there is none", async () => {
    const [key] = await waiting("unknown_party");
    const which = { provider: "2", reason: "unknown_party", party: "0000099", key: key! };
    const refused = await admin.post("/quarantine/discard", { ...which, why: " " }, "/quarantine?reason=unknown_party");
    expect(refused.status).toBe(422);
    expect(refused.html).toContain("Say why");
    expect(refused.html).toMatch(new RegExp(`value="${key}" checked`));
    expect(await waiting("unknown_party")).toEqual([key!]);
  });

  test("asks for a tick when there is none", async () => {
    const answer = await admin.post(
      "/quarantine/accept",
      { provider: "2", reason: "unknown_party", party: "0000099" },
      "/quarantine?reason=unknown_party",
    );
    expect(answer.status).toBe(422);
    expect(answer.html).toContain("Tick the records");
  });

  test("accepts a contradictory record, which is then charged", async () => {
    const answer = await admin.post(
      "/quarantine/accept",
      { provider: "2", reason: "implausible", all: "1" },
      "/quarantine?reason=implausible",
    );
    expect([answer.status, answer.location]).toEqual([303, "/quarantine"]);
    expect(await waiting("implausible")).toEqual([]);
  });

  test("gives a number an owner from its first call on", async () => {
    const page = await admin.page(`/quarantine?reason=unknown_party&party=0000099&provider=2`);
    const href = /href="(\/quarantine\/assign[^"]+)"/.exec(page.html)![1]!.replaceAll("&amp;", "&");
    const asked = new URL(href, "http://test").searchParams;
    const service = ours.services[1]!.serviceId;
    const form = await admin.page(`${href}&who=Subscriber`);
    expect(form.html).toContain(`value="${service}"`);
    const local = hiddenIn(form.html, "from") && /name="from"[^>]*>|value="(2026-11-01T[0-9:]+)"/.exec(form.html);
    expect(local).not.toBeNull();
    const fields = {
      provider: asked.get("provider")!,
      kind: asked.get("kind")!,
      value: asked.get("value")!,
      zone: "Europe/Kyiv",
      from: "2026-11-01T14:00",
    };
    expect((await admin.post("/quarantine/assign", { ...fields, service: "" }, href)).status).toBe(422);
    const answer = await admin.post("/quarantine/assign", { ...fields, service }, href);
    expect([answer.status, answer.location]).toEqual([303, "/quarantine"]);
    const [held] =
      await t.admin`select service_id, lower(valid) = '2026-11-01T12:00:00Z' as on_time from app.identifiers where provider_id = 2 and value = '0000099'`;
    expect(held).toEqual({ service_id: service, on_time: true });
  });
});

describe("agents", () => {
  test("show the token once: a form sent twice registers one agent and keeps the secret", async () => {
    const hidden = await admin.hidden("/agents/new");
    const first = await (
      await admin.send("/agents", { ...hidden, name: "PBX East", file: "/var/log/it's.csv", zone: "Europe/Kyiv" })
    ).text();
    const token = /mba_2_[\w-]{43}/.exec(first)![0];
    expect(first).toContain("npx mb agent pbx --file");
    const again = await admin.send("/agents", { ...hidden, name: "PBX East", file: "/var/log/it's.csv", zone: "Europe/Kyiv" });
    expect(again.status).toBe(303);
    const shown = await admin.page(again.headers.get("location")!);
    expect(shown.html).not.toContain(token);
    const found = await t.admin`select id from app.agents where name = 'PBX East'`;
    expect(found.length).toBe(1);
    const taken = await admin.post("/agents", { name: "PBX East", file: "/x.csv" }, "/agents/new");
    expect(taken.status).toBe(409);
    expect(taken.html).toContain('value="PBX East"');
  });

  test("are revoked by a person who confirms", async () => {
    const [agent] = await t.admin`select id from app.agents where name = 'PBX East'`;
    const answer = await admin.post(`/agents/${agent!.id}/revocation`, {}, `/agents/${agent!.id}`);
    expect(answer.status).toBe(303);
    expect((await admin.page(`/agents/${agent!.id}`)).html).toContain("revoked");
  });
});

describe("spreadsheets", () => {
  test("are refused with the field that is wrong, and what was typed is kept", async () => {
    const answer = await admin.post(
      "/exports",
      { kind: "usage-of-period", from: "2026-11-05", to: "2026-11-01", subscriber: "" },
      "/exports/new",
    );
    expect(answer.status).toBe(422);
    expect(answer.html).toContain('value="2026-11-05"');
    const nobody = await admin.post(
      "/exports",
      { kind: "account-statement", from: "2026-11-01", to: "2026-11-05", account: "ZZZ" },
      "/exports/new",
    );
    expect(nobody.html).toContain("No account has the number “ZZZ”");
  });

  test("wait in the list, and can't be fetched before they are ready", async () => {
    const answer = await admin.post(
      "/exports",
      { kind: "account-statement", from: "2026-11-01", to: "2026-11-05", account: "A2" },
      "/exports/new",
    );
    expect([answer.status, answer.location]).toEqual([303, "/exports"]);
    expect((await admin.page("/exports")).html).toContain("Statement of an account");
    const [row] = await t.admin`select id from app.exports`;
    expect((await admin.page(`/exports/${row!.id}/file`)).status).toBe(409);
  });
});
