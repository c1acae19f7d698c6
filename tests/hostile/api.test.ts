// Keys of the API that reach for more than they were given: other providers by header and parameter, other keys' answers, rights beyond their own.
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { advance } from "../../core/read/advance.ts";
import { commands, queries } from "../../core/registry.ts";
import { apiClient, makeKey } from "../http/api-client.ts";
import { callOf } from "../support/calls.ts";
import { type TestDatabase, testDatabase } from "../support/database.ts";
import { buildWorld, idsFor, inputsOf, type World } from "./world.ts";

// On a busy machine; each takes a fraction of it alone.
setDefaultTimeout(30_000);

let db: TestDatabase;
let world: World;
let api: ReturnType<typeof apiClient>;
beforeAll(async () => {
  db = await testDatabase();
  world = await buildWorld(db.core);
  await advance(db.core);
  api = apiClient(db.core);
}, 60_000);
afterAll(() => db.close());

test("a provider outside the scope is not there, whether a header or a parameter names it", async () => {
  const key = await makeKey(db.core, world.east.providerId);
  for (const foreign of [world.west.providerId, 1, 999_999_999]) {
    for (const { name } of queries) {
      expect((await api.call(`/api/v1/queries/${name}`, { key, headers: { "x-provider": String(foreign) } })).status).toBe(404);
      expect((await api.call(`/api/v1/queries/${name}?provider=${foreign}`, { key })).status).toBe(404);
    }
    for (const { name } of commands)
      expect(
        (await api.call(`/api/v1/commands/${name}`, { key, body: inputsOf(world.west)[name], headers: { "x-provider": String(foreign) } }))
          .body.code,
      ).toBe("not_found");
    const { kind, flags, raw, ...record } = callOf();
    expect([kind, flags, raw]).toEqual(["call", [], ""]);
    expect((await api.call("/api/v1/usage", { key, body: { records: [record] }, headers: { "x-provider": String(foreign) } })).status).toBe(
      404,
    );
  }
  for (const wrong of ["0", "-1", "1 or 1=1", "all,2", "1e3", "99999999999", ""])
    expect((await api.call("/api/v1/queries/usage.list", { key, headers: { "x-provider": wrong } })).status).toBeOneOf([404, 422, 200]);
  expect((await api.call("/api/v1/queries/subscribers.list", { key, headers: { "x-provider": "all" } })).body).toMatchObject({
    data: { rows: [{ providerId: world.east.providerId }, { providerId: world.east.providerId }] },
  });
});

test("a key of a group, and a key of a sibling, find nothing of what isn't theirs under any question, and no file", async () => {
  const grouped = await makeKey(db.core, world.west.providerId, undefined, [world.west.sold[1].groupId]);
  const sibling = await makeKey(db.core, world.east.providerId);
  const [sold] = world.west.sold;
  const marks = [sold.subscriberId, sold.accountId, sold.serviceId, sold.number, sold.groupId, sold.call.key, sold.chargeId];
  for (const key of [grouped, sibling])
    for (const query of queries) {
      const entries = Object.keys((query.input as unknown as { entries?: object }).entries ?? {});
      const known = idsFor(query.name, world.west);
      const named = new URLSearchParams(entries.flatMap((name) => (name in known ? [[name, String(known[name])]] : [])));
      for (const parameters of ["", named.toString()]) {
        const { status, body } = await api.call(`/api/v1/queries/${query.name}?${parameters}`, { key });
        expect(status).toBeLessThan(500);
        const text = JSON.stringify(body.data ?? null);
        expect([query.name, marks.filter((mark) => text.includes(mark))]).toEqual([query.name, []]);
      }
    }
  for (const key of [grouped, sibling]) expect((await api.call(`/api/v1/exports/${world.west.exportId}/file`, { key })).status).toBe(404);
  const { status } = await api.call("/api/v1/usage", { key: grouped, body: { records: [callOf()] } });
  expect(status).toBe(403);
});

test("a place in a list that was made for somebody else leads to one's own rows or nowhere", async () => {
  const west = await makeKey(db.core, world.west.providerId);
  const east = await makeKey(db.core, world.east.providerId);
  for (const name of ["subscribers.list", "usage.list"]) {
    const { next } = (await api.call(`/api/v1/queries/${name}?limit=1`, { key: west })).body.data as { next: string };
    expect(next).toBeString();
    const { status, body } = await api.call(`/api/v1/queries/${name}?limit=200&after=${encodeURIComponent(next)}`, { key: east });
    expect(status).toBe(200);
    for (const row of (body.data as { rows: { providerId: number }[] }).rows) expect(row.providerId).toBe(world.east.providerId);
  }
});

test("an idempotency key is its owner's: another key with the same one gets no answer of the first", async () => {
  const [a, b] = [await makeKey(db.core, world.west.providerId), await makeKey(db.core, world.west.providerId)];
  const headers = { "idempotency-key": "1" };
  const post = (key: string, name: string) => api.call("/api/v1/commands/subscribers.add-group", { key, body: { name }, headers });
  const first = await post(a, "One");
  expect((await post(a, "One")).body).toEqual(first.body);
  const second = await post(b, "Two");
  expect([second.status, JSON.stringify(second.body) === JSON.stringify(first.body)]).toEqual([200, false]);
});

test("a key makes no role, key or manager that may do more than it may itself", async () => {
  const key = await makeKey(db.core, world.west.providerId, ["managers:write", "usage:read"]);
  const { roleId, managerId } = world.west;
  const password = "walnut-harbour-sextant-4";
  const beyond: [string, object][] = [
    ["auth.define-role", { name: "More", permissions: ["usage:read", "ledger:read"] }],
    ["auth.define-role", { roleId, name: "Less", permissions: ["usage:read"] }],
    ["auth.create-api-key", { name: "More", permissions: ["plans:write"] }],
    ["auth.add-manager", { login: "more@example.org", name: "More", password, roleId }],
    ["auth.change-manager", { managerId, blocked: true }],
    ["auth.set-password", { managerId, password }],
  ];
  for (const [name, body] of beyond)
    expect([name, (await api.call(`/api/v1/commands/${name}`, { key, body })).body.code]).toEqual([name, "rights_beyond_own"]);
  expect((await api.call("/api/v1/commands/auth.change-own-password", { key, body: { currentPassword: "x", password } })).body.code).toBe(
    "not_found",
  );
});
