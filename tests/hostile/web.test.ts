// The web client as somebody with bad intent meets it: every route that there is, with what a browser would never send or should never obey.
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { changeManager } from "../../core/auth/change-manager.ts";
import { defineRole } from "../../core/auth/define-role.ts";
import { MAX_PER_ADDRESS } from "../../core/auth/throttle.ts";
import { adminApp } from "../../core/http/admin/app.ts";
import { type Needs, needsOfHandler } from "../../core/http/admin/frame.ts";
import { createApp } from "../../core/http/app.ts";
import { advance } from "../../core/read/advance.ts";
import { commands, queries } from "../../core/registry.ts";
import { Client, signedIn } from "../http/admin-a/client.ts";
import { clientWith } from "../http/admin-b/people.ts";
import { type TestDatabase, testDatabase } from "../support/database.ts";
import { done } from "../support/operator.ts";
import { buildWorld, factsOf, type Tenant, type World } from "./world.ts";

// On a busy machine; each takes a fraction of it alone.
setDefaultTimeout(30_000);

let db: TestDatabase;
let world: World;
let west: Client;
let east: Client;
let grouped: Client;
beforeAll(async () => {
  db = await testDatabase();
  world = await buildWorld(db.core);
  await advance(db.core);
  west = await signedIn(db.core, world.west.providerId, world.west.managerId);
  east = await signedIn(db.core, world.east.providerId, world.east.managerId);
  grouped = await clientWith(db.core, world.west.providerId, undefined, [world.west.sold[1].groupId]);
}, 60_000);
afterAll(() => db.close());

type Route = { readonly method: string; readonly path: string; readonly needs: Needs };
const routes: Route[] = adminApp({} as never, { publicUrl: "http://test" }).routes.flatMap(({ method, path, handler }) => {
  const needs = needsOfHandler(handler);
  return needs ? [{ method, path, needs }] : [];
});

/** The route's address about this tenant. A path with a part that is not known here fails: say what stands there. */
function addressOf(path: string, tenant: Tenant, random = false): string {
  const [sold] = tenant.sold;
  const ids: Record<string, string> = {
    subscribers: sold.subscriberId,
    accounts: sold.accountId,
    services: sold.serviceId,
    plans: tenant.planId,
    managers: tenant.managerId,
    roles: tenant.roleId,
    "api-keys": tenant.apiKeyId,
    agents: tenant.agentId,
    imports: tenant.fileId,
    exports: tenant.exportId,
    reratings: sold.runId,
    payments: sold.paymentId,
    "deck-imports": tenant.deckImportId,
    simulations: sold.simulationId,
    partners: String(tenant.partnerId),
    cards: tenant.cards.seriesId,
    "card-dealers": tenant.cards.dealerId,
  };
  const parts: Record<string, string> = {
    account: sold.accountId,
    key: sold.call.key,
    identifier: sold.identifierId,
    charge: sold.chargeId,
    batch: tenant.cards.batchId,
    adjustment: sold.adjustmentId,
    transaction: sold.transactionId,
    channel: tenant.channelId,
    gateway: tenant.gatewayId,
  };
  // No ids: the same for a record that never was.
  const words: Record<string, string> = { startedAt: sold.call.startedAt, step: "preview", serial: "1" };
  const slice = path.split("/")[1]!;
  return path.replace(/:(\w+)(\{[^}]*\})*\}?/g, (_, name: string) => {
    if (words[name]) return words[name];
    const known = parts[name] ?? (name === "id" ? ids[slice] : undefined);
    if (known === undefined) throw new Error(`what is :${name} in ${path}?`);
    return !random ? known : slice === "partners" ? "999999999" : crypto.randomUUID();
  });
}
const aboutSomething = routes.filter(({ path }) => path.includes(":"));

const facts = () => factsOf(db.admin, ["manager_sessions", "sign_in_failures"]);

/** What is left of a page when what differs by chance is taken out. */
const bare = (html: string) =>
  html.replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, "<id>").replace(/name="_csrf" value="[^"]*"/g, "");

test("there are routes, and some are about a record", () => expect([routes.length > 80, aboutSomething.length > 40]).toEqual([true, true]));

describe.each(routes)("$method $path", ({ method, path, needs }) => {
  const isOpen = needs.permission === "open";

  test.skipIf(isOpen)("leads whoever is not signed in to the sign-in, and a script to nothing", async () => {
    const address = addressOf(path, world.west);
    for (const cookie of ["", "mb_session=", `mb_session=${world.west.providerId}.${"x".repeat(43)}`, "mb_session=1.', mb_session=x"]) {
      const stranger = new Client(db.core);
      const response = await stranger.request(address, { method, headers: cookie ? { cookie } : {} });
      expect([response.status, response.headers.get("location")?.split("?")[0]]).toEqual([303, "/sign-in"]);
      expect((await stranger.request(address, { method, headers: { "hx-request": "true" } })).status).toBe(401);
    }
  });

  test("carries the strict policy of every page, whatever the answer", async () => {
    for (const client of [west, new Client(db.core)]) {
      if (path === "/sign-out" && client === west) continue;
      const { headers } = await client.request(addressOf(path, world.west), { method });
      const policy = headers.get("content-security-policy")!;
      expect(policy).toContain("default-src 'none'");
      expect(policy).toContain("frame-ancestors 'none'");
      expect(policy).toContain("base-uri 'none'");
      expect(policy).not.toContain("unsafe");
      expect(headers.get("cache-control")).toBe("no-store");
      for (const line of headers.getSetCookie()) expect(line).toMatch(/HttpOnly.*SameSite=(Lax|Strict)|Max-Age=0/i);
    }
  });

  test.skipIf(method === "GET")("changes nothing without the token of this very session, or from another site", async () => {
    const address = addressOf(path, world.west);
    const before = await facts();
    const own = (await west.hidden("/subscribers/new"))._csrf!;
    const foreign = (await east.hidden("/subscribers/new"))._csrf!;
    expect(own).not.toBe(foreign);
    const body = (token: string) => {
      if (!needs.streams) return new URLSearchParams({ _csrf: token, name: "x" });
      const form = new FormData();
      form.set("_csrf", token);
      form.set("file", new File(["x"], "x.csv"));
      return form;
    };
    for (const token of ["", "x", foreign]) expect((await west.request(address, { method, body: body(token) })).status).toBe(403);
    expect((await west.request(address, { method, headers: { "hx-request": "true" } })).status).toBe(needs.streams ? 415 : 403);
    for (const site of ["cross-site", "same-site"])
      expect((await west.request(address, { method, body: body(own), headers: { "sec-fetch-site": site } })).status).toBe(403);
    for (const type of ["text/plain", "application/json", "multipart/form-data; boundary=x"])
      expect((await west.request(address, { method, body: `_csrf=${own}`, headers: { "content-type": type } })).status).toBeOneOf([
        400, 403, 415,
      ]);
    expect(await facts()).toBe(before);
  });
});

describe.each(aboutSomething)("$method $path, about somebody else's record,", ({ method, path, needs }) => {
  test("answers a sibling, and one of another group, as if there were nothing, and leaves it alone", async () => {
    const before = await facts();
    for (const [client, tenant] of [
      [east, world.west],
      [west, world.operator],
      [grouped, world.west],
      [grouped, world.east],
    ] as const) {
      // Plans belong to no group.
      if (client === grouped && tenant === world.west && path.startsWith("/plans")) continue;
      const form = method === "GET" ? {} : await client.hidden("/my-account");
      const ask = (address: string) =>
        client.request(
          address,
          method === "GET"
            ? {}
            : {
                method,
                body: new URLSearchParams({
                  ...form,
                  name: "Stolen",
                  from: "2026-11-01",
                  to: "2026-11-30",
                  status: "closed",
                  confirm: "yes",
                }),
              },
        );
      const [theirs, none] = [await ask(addressOf(path, tenant)), await ask(addressOf(path, tenant, true))];
      expect(theirs.status).toBeOneOf(client === grouped ? [403, 404] : [404]);
      expect(theirs.status).toBe(none.status);
      expect(bare(await theirs.text())).toBe(bare(await none.text()));
    }
    expect(await facts()).toBe(before);
    expect(needs.permission).not.toBe("open");
  });
});

test("a list that is narrowed to a provider, a group or a record of somebody else shows nothing of it, and no count", async () => {
  const { west: theirs } = world;
  const [sold] = theirs.sold;
  const marks = [
    ...Object.values(sold).filter((v) => typeof v === "string"),
    sold.number,
    theirs.agentId,
    theirs.planId,
    theirs.fileId,
    theirs.exportId,
    theirs.deckImportId,
  ];
  for (const list of routes.filter((r) => r.method === "GET" && !r.path.includes(":") && r.needs.permission !== "open"))
    for (const client of [east, grouped])
      for (const query of [
        `provider=${theirs.providerId}&group=${sold.groupId}`,
        `providerId=${theirs.providerId}&groupId=${sold.groupId}`,
        `subscriber=${sold.subscriberId}&account=${sold.accountId}&service=${sold.serviceId}`,
        `q=${sold.number}&search=${sold.number}`,
        `number=${sold.number}&party=${sold.number}&agent=${theirs.agentId}`,
      ]) {
        const response = await client.request(`${list.path}?${query}`);
        const html = (await response.text()).replaceAll(query.replaceAll("&", "&amp;"), "");
        // What was asked for may stand in the form again; a row of it may not.
        const shown = html.replace(/(value|href|action|hx-get|hx-post)="[^"]*"/g, "").replace(/<title>[^<]*<\/title>/, "");
        const visible = client === grouped && /plans|services/.test(list.path) ? marks.filter((mark) => mark !== theirs.planId) : marks;
        expect({ path: list.path, query, seen: visible.filter((mark) => shown.includes(mark) && !query.includes(mark)) }).toEqual({
          path: list.path,
          query,
          seen: [],
        });
      }
}, 60_000);

describe("whose rights are taken away", () => {
  test("is out at the next request, and what they asked for is not handed over", async () => {
    const provider = world.west.providerId;
    const permissions = ["exports:create", "usage:read", "subscribers:read", "dashboard:read"] as const;
    const { roleId } = await done(db.core, defineRole, { name: "Clerk", permissions: [...permissions] }, provider);
    const clerk = await clientWith(db.core, provider, permissions);
    const [row] = await db.admin`select m.id from app.managers m where provider_id = ${provider} order by created_at desc, id desc limit 1`;
    expect((await clerk.request("/usage")).status).toBe(200);
    await done(db.core, changeManager, { managerId: row!.id, groupIds: [world.west.sold[0].groupId] }, provider);
    expect((await clerk.request(`/exports/${world.west.exportId}/file`)).status).toBe(404);
    expect((await clerk.request("/quarantine")).status).toBe(403);
    await done(db.core, changeManager, { managerId: row!.id, roleId }, provider);
    await done(db.core, defineRole, { roleId, name: "Clerk", permissions: ["subscribers:read"] }, provider);
    expect((await clerk.request("/usage")).status).toBe(403);
    expect((await clerk.request("/exports")).status).toBe(403);
    await done(db.core, changeManager, { managerId: row!.id, blocked: true }, provider);
    expect((await clerk.request("/subscribers")).status).toBe(303);
  });

  test("gets no spreadsheet of what they may not read on pages", async () => {
    const provider = world.west.providerId;
    const maker = await clientWith(db.core, provider, ["exports:create", "subscribers:read"]);
    const [sold] = world.west.sold;
    const [account] = await db.admin`select number from app.accounts where account_id = ${sold.accountId}`;
    const before = (await db.admin`select count(*)::int as n from app.exports`)[0]!.n;
    for (const fields of [
      { kind: "usage-of-period", from: "2026-11-01", to: "2026-11-30", account: "" },
      { kind: "account-statement", from: "2026-11-01", to: "2026-11-30", account: account!.number },
    ])
      expect((await maker.post("/exports", fields, "/exports/new")).status).toBe(403);
    expect((await maker.request(`/exports/${world.west.exportId}/file`)).status).toBe(403);
    expect((await maker.page("/exports")).html).not.toContain("Usage of a period");
    expect((await west.page("/exports")).html).toContain("Usage of a period");
    expect((await db.admin`select count(*)::int as n from app.exports`)[0]!.n).toBe(before);
  });
});

describe("the sign-in", () => {
  const password = "turnip-lantern-viaduct-9";
  const login = "olena@operator.example";

  test("gives a session of its own, whatever session's cookie came with it", async () => {
    const client = new Client(db.core);
    client.cookies.set("mb_session", `1.${"A".repeat(43)}`);
    await client.post("/sign-in", { login, password, to: "/" }, "/sign-in");
    const cookie = client.cookies.get("mb_session")!;
    expect(cookie).not.toContain("AAAA");
    await client.post("/sign-out", {}, "/my-account");
    const thief = new Client(db.core);
    thief.cookies.set("mb_session", cookie);
    expect((await thief.request("/")).status).toBe(303);
  });

  test("behind https sets cookies that travel only there and stay on this host", async () => {
    const client = new Client(db.core, "https://billing.example");
    const page = await client.request("/sign-in");
    const csrf = /name="_csrf" value="([^"]*)"/.exec(await page.text())![1]!;
    const response = await client.send("/sign-in", { login, password, to: "/", _csrf: csrf });
    expect(response.status).toBe(303);
    for (const line of [...page.headers.getSetCookie(), ...response.headers.getSetCookie()])
      expect(line).toMatch(/^__Host-mb_\w+=.*Secure/i);
  });

  test("leads to pages of ours only", async () => {
    for (const to of [
      "//evil.example",
      "/\\evil.example",
      "https://evil.example",
      "/\t/evil.example",
      "/%09/evil.example/..//",
      "javascript:alert(1)",
      " /",
      "\\\\evil",
      "/\u2028/evil",
      "/x\r\nset-cookie: a=b",
    ]) {
      const client = new Client(db.core);
      const { location } = await client.post("/sign-in", { login, password, to }, "/sign-in");
      expect(new URL(location!, "http://test/").origin).toBe("http://test");
    }
  });

  test("counts guesses by who is connected, whatever address a header claims", async () => {
    const app = createApp(db.core, {
      registry: { commands, queries },
      publicUrl: "http://test",
      admin: adminApp(db.core, { publicUrl: "http://test" }),
    });
    const statuses: number[] = [];
    for (let i = 0; i <= MAX_PER_ADDRESS; i++) {
      const claimed = `10.0.${i}.1`;
      const response = await app.request(
        "/portal/v1/sign-in",
        {
          method: "POST",
          headers: {
            "content-type": "application/json",
            "x-forwarded-for": claimed,
            forwarded: `for=${claimed}`,
            "x-real-ip": claimed,
            "x-portal-client": `${claimed};0;${"0".repeat(64)}`,
          },
          body: JSON.stringify({ login: `nobody${i}@example.org`, password: "guess" }),
        },
        { address: "203.0.113.9" },
      );
      statuses.push(response.status);
    }
    expect([statuses[0], statuses.at(-1)]).toEqual([401, 429]);
  }, 60_000);
});

test("a form without end and without a length is cut off before it fills the memory", async () => {
  let sent = 0;
  const chunk = new TextEncoder().encode("a=".padEnd(1024 ** 2, "x"));
  const body = new ReadableStream({
    pull(controller) {
      sent += chunk.length;
      if (sent > 64 * 1024 ** 2) controller.close();
      else controller.enqueue(chunk);
    },
  });
  const response = await new Client(db.core).request("/sign-in", {
    method: "POST",
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body,
    duplex: "half",
  } as RequestInit);
  expect(response.status).toBe(413);
  expect(sent).toBeLessThan(16 * 1024 ** 2);
});

describe("names that break naive software", () => {
  const fixtures = process.env.MB_FIXTURES ?? new URL("../../../shared/fixtures", import.meta.url).pathname;
  const file = `${fixtures}/web/blns.json`;
  const own = [
    "<script>alert(1)</script>",
    `"><img src=x onerror=alert(1)>`,
    "'-alert(1)-'",
    "</title><svg/onload=alert(1)>",
    "<%= it %>",
    "{{7*7}}",
    "javascript:alert(1)",
    "$\u007b1+1}",
    "\u202etxt.exe",
    "=1+1",
    "&lt;b&gt;",
    "<!--",
    "]]>",
    "`",
  ];
  const names = [...own.slice(5), ...(existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as string[]) : [])].filter(
    (n) => n.trim().length > 0 && n.length <= 80 && !/\p{Cc}/u.test(n) && n.isWellFormed(),
  );

  /** The elements of a page with the names of their attributes: what a name could add if it were markup. Values are looked at for scripts. */
  async function skeleton(html: string): Promise<string[]> {
    const seen: string[] = [];
    await new HTMLRewriter()
      .on("*", {
        element(element) {
          const attributes = [...element.attributes];
          seen.push(
            `${element.tagName} ${attributes
              .map(([name]) => name)
              .sort()
              .join(",")}`,
          );
          for (const [name, value] of attributes) {
            if (/^on/i.test(name) || name === "style" || name === "srcdoc") throw new Error(`${element.tagName} has ${name}`);
            if (/^(href|src|action|formaction|hx-\w+)$/.test(name) && /^\s*(javascript|data|vbscript):/i.test(value))
              throw new Error(`${name}=${value}`);
          }
        },
      })
      .transform(new Response(html))
      .text();
    return seen;
  }

  test("stay text on every page that shows them: no element and no attribute more than with a plain name", async () => {
    const { west: w } = world;
    const [sold] = w.sold;
    const rename = async (name: () => string) => {
      await db.admin`update app.subscribers set name = ${name()}, email = ${name()}, phone = ${name()} where id = ${sold.subscriberId}`;
      await db.admin`update app.services set label = ${name()} where id = ${sold.serviceId}`;
      await db.admin`update app.accounts set number = ${name().slice(0, 40)} where account_id = ${sold.accountId}`;
      await db.admin`update app.plans set name = ${name()} where id = ${w.planId}`;
      await db.admin`update app.subscriber_groups set name = ${name()} where id = ${sold.groupId}`;
      await db.admin`update app.agents set name = ${name()} where id = ${w.agentId}`;
      await db.admin`update app.usage_files set name = ${name()}, problem = ${name()}, state = 'failed' where id = ${w.fileId}`;
      await db.admin`update app.roles set name = ${name()} where id = ${w.roleId}`;
      await db.admin`update app.managers set name = ${name()} where id = ${w.managerId}`;
      await db.admin`update app.api_keys set name = ${name()} where id = ${w.apiKeyId}`;
      await db.admin`update app.exports set requested_by = ${name()}, problem = ${name()}, state = 'failed', file_name = ${name()} where id = ${w.exportId}`;
      await db.admin`update app.charges set name = ${name()}, code = ${name().slice(0, 40)} where account_id = ${sold.accountId}`;
      await db.admin`update app.simulations set requested_by = ${name()}, problem = ${name()} where id = ${sold.simulationId}`;
      await db.admin`update app.reratings set requested_by = ${name()}, why = ${name()}, problem = ${name()} where id = ${sold.runId}`;
      await db.admin`update app.deck_imports set name = ${name()}, requested_by = ${name()}, problem = ${name()}, state = 'failed' where id = ${w.deckImportId}`;
      await db.admin`update app.plan_drafts set saved_by = ${name()}, started_by = ${name()} where provider_id = ${w.providerId}`;
      await db.admin`update app.providers set name = ${name()} where id = ${w.partnerId}`;
      await db.admin`update app.providers set name = ${name()} where id = ${w.providerId}`;
      await db.admin`update app.command_log set actor_name = ${name()} where provider_id = ${w.providerId}`;
      await db.admin`update app.usage_records set source = ${name()}, destination = ${name()}, destination_name = ${name()}, call_id = ${name()} where account_id = ${sold.accountId}`;
      await db.admin`update app.usage_quarantine set identifier_value = ${name().toLowerCase()}, identifier_kind = 'login',
        record = record || ${JSON.stringify({ source: name(), destination: name(), callId: name(), accountCode: name(), raw: name() })}::text::jsonb where provider_id = ${w.providerId}`;
      await db.admin`update read.subscribers set name = ${name()} where subscriber_id = ${sold.subscriberId}`;
    };
    const addresses = routes
      .filter((r) => r.method === "GET" && !["/", "/setup", "/sign-in"].includes(r.path) && !/\/file$/.test(r.path))
      .map((r) => addressOf(r.path, w))
      .concat("/search?q=zz", "/quarantine?reason=unknown_party");
    const shown = async (name: string) => {
      const pages = new Map<string, string[]>();
      for (const address of addresses) {
        const { status, html } = await west.page(address.replace("zz", encodeURIComponent(name)));
        if (status >= 500) throw new Error(`${address} fails with the name ${name}`);
        pages.set(address, await skeleton(html));
      }
      return pages;
    };
    await rename(() => "Taras Melnyk");
    const plain = await shown("Taras Melnyk");
    // Reading all pages takes time: the worst are tried alone, the others together while they fit.
    const packs: string[] = own.slice(0, 5);
    for (const name of names) {
      const last = packs.length > 5 ? packs.at(-1)! : "";
      if (last && last.length + name.length < 190) packs[packs.length - 1] = `${last} ${name}`;
      else packs.push(name);
    }
    const rest = packs.splice(5);
    const rounds = [
      ...packs.map((name) => () => name),
      ...Array.from({ length: Math.ceil(rest.length / 20) }, () => () => rest.pop() ?? "'"),
    ];
    for (const name of rounds) {
      await rename(name);
      for (const [address, elements] of await shown(packs[0]!)) {
        const added = elements.filter((element) => !plain.get(address)!.includes(element));
        if (/script|img|iframe|object|embed|base|meta|link|onload/i.test(added.join()))
          throw new Error(`${address} with ${packs[0]}: ${added}`);
        if (elements.length > plain.get(address)!.length + 12)
          throw new Error(`${address} has ${elements.length} elements instead of ${plain.get(address)!.length}: ${added}`);
      }
    }
  }, 180_000);
});
