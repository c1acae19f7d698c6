import { afterAll, beforeAll, expect, test } from "bun:test";
import { actorOfApiKey } from "../../core/auth/actor-of-api-key.ts";
import { createApiKey } from "../../core/auth/create-api-key.ts";
import { revokeApiKey } from "../../core/auth/revoke-api-key.ts";
import { execute } from "../../core/kernel/command.ts";
import { addGroup } from "../../core/subscribers/add-group.ts";
import { describeRules, expectNowhere } from "../support/command-rules.ts";
import { type TestDatabase, testDatabase } from "../support/database.ts";
import { accepted, actorWith, done, partnerOf, setUpOperator } from "../support/operator.ts";

let now = Temporal.Instant.from("2026-11-02T08:00:00Z");
let database: TestDatabase;
let partner: number;
let groupId: string;
beforeAll(async () => {
  database = await testDatabase({ clock: () => now });
  await setUpOperator(database.core);
  partner = await partnerOf(database.core, "west");
  groupId = (await done(database.core, addGroup, { name: "North" })).groupId;
});
afterAll(() => database.close());

let count = 0;
const input = () => ({ name: `Bookkeeping ${++count}`, permissions: ["usage:read" as const] });

describeRules({
  command: createApiKey,
  database: () => database,
  input: async () => ({ ...input(), expiresAt: "2027-01-01T00:00:00Z" }),
  wrong: [
    ["name", ""],
    ["permissions", ["root"]],
    ["groupIds", ["x"]],
    ["expiresAt", "tomorrow"],
    ["expiresAt", "2026-11-02T08:00:00Z"],
  ],
  after: { permissions: ["usage:read"], groupIds: null },
});
describeRules({
  command: revokeApiKey,
  database: () => database,
  input: async () => ({ apiKeyId: (await done(database.core, createApiKey, input())).apiKeyId }),
  wrong: [["apiKeyId", "1"]],
  otherProviderId: () => partner,
  before: { revokedAt: null },
  after: { revokedAt: expect.any(String) },
});

test("a key stands for its permissions and scope until it expires", async () => {
  const { core } = database;
  const { token } = await done(core, createApiKey, { ...input(), expiresAt: now.add({ hours: 1 }).toString() });
  expect(token).toMatch(/^mb_1_[\w-]{43}$/);
  const actor = await actorOfApiKey(core, token);
  expect(actor).toMatchObject({ kind: "api-key", providerId: 1, scope: { providerIds: [1, partner], groupIds: null } });
  expect([...actor!.permissions]).toEqual(["usage:read"]);
  now = now.add({ hours: 1 });
  expect(await actorOfApiKey(core, token)).toBeUndefined();
});

test("a key limited to groups sees its own provider's groups alone", async () => {
  const { token } = await done(database.core, createApiKey, { ...input(), groupIds: [groupId] });
  expect((await actorOfApiKey(database.core, token))?.scope).toEqual({ providerIds: [1], groupIds: [groupId] });
});

test("a revoked, a changed and another provider's key are nobody's", async () => {
  const { core } = database;
  const { token, apiKeyId } = await done(core, createApiKey, input());
  for (const wrong of [`${token}x`, token.slice(0, -1), token.replace("mb_1_", `mb_${partner}_`), "", "mb_1_", "Bearer"])
    expect(await actorOfApiKey(core, wrong)).toBeUndefined();
  await done(core, revokeApiKey, { apiKeyId });
  expect(await actorOfApiKey(core, token)).toBeUndefined();
});

test("nobody makes a key that may do more than they", async () => {
  const actor = actorWith({ permissions: ["managers:write", "usage:read"] });
  const outcome = await execute(
    database.core,
    createApiKey,
    { ...input(), permissions: ["usage:read", "plans:write"] },
    { actor, providerId: 1 },
  );
  expect(outcome).toEqual({ ok: false, code: "rights_beyond_own", permissions: ["plans:write"] });
});

test("a key is shown once: not in the database, and not to a repetition", async () => {
  const given = input();
  const call = { actor: actorWith(), providerId: 1, idempotencyKey: "once" };
  const first = accepted(await execute(database.core, createApiKey, given, call));
  const again = accepted(await execute(database.core, createApiKey, given, call));
  expect(again).toEqual({ ...first, token: "…" });
  await expectNowhere(database, first.token);
  const rows = await database.admin`select t::text as row from app.api_keys t`;
  expect(rows.some((row) => row.row.includes(first.token))).toBe(false);
});
