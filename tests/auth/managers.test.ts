import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { addManager } from "../../core/auth/add-manager.ts";
import { changeManager } from "../../core/auth/change-manager.ts";
import { defineRole } from "../../core/auth/define-role.ts";
import { actorOfSession } from "../../core/auth/session.ts";
import { setPassword } from "../../core/auth/set-password.ts";
import { signIn } from "../../core/auth/sign-in.ts";
import { execute } from "../../core/kernel/command.ts";
import { addGroup } from "../../core/subscribers/add-group.ts";
import { describeRules, expectNowhere } from "../support/command-rules.ts";
import { type TestDatabase, testDatabase } from "../support/database.ts";
import { actorWith, administratorLogin, administratorPassword, done, partnerOf, setUpOperator } from "../support/operator.ts";

const password = "lighthouse-turnip-82";
let database: TestDatabase;
let administratorId: string;
let partner: number;
let groupId: string;
let foreignGroupId: string;
let roleIds: Record<string, string>;

beforeAll(async () => {
  database = await testDatabase();
  administratorId = (await setUpOperator(database.core)).managerId;
  partner = await partnerOf(database.core, "west");
  groupId = (await done(database.core, addGroup, { name: "North" })).groupId;
  foreignGroupId = (await done(database.core, addGroup, { name: "Elsewhere" }, partner)).groupId;
  const rows = await database.admin`select name, id from app.roles where provider_id = 1`;
  roleIds = Object.fromEntries(rows.map((row) => [row.name, row.id]));
});
afterAll(() => database.close());
beforeEach(async () => {
  await database.admin`delete from app.sign_in_failures`;
});

let count = 0;
const newManager = (more: object = {}) => ({
  login: `person-${++count}@operator.example`,
  name: "Petro",
  password,
  roleId: roleIds.Support!,
  ...more,
});
const asAdministrator = { actor: actorWith(), providerId: 1 };

describeRules({
  command: addManager,
  database: () => database,
  input: async () => newManager({ groupIds: [groupId] }),
  wrong: [
    ["login", "nobody"],
    ["name", ""],
    ["roleId", "x"],
    ["groupIds", []],
  ],
  otherProviderId: () => partner,
  after: { name: "Petro", role: "Support" },
});
describeRules({
  command: changeManager,
  database: () => database,
  input: async () => ({
    managerId: (await done(database.core, addManager, newManager())).managerId,
    name: "Pavlo",
    groupIds: [groupId],
    blocked: true,
  }),
  wrong: [
    ["managerId", 7],
    ["blocked", "yes"],
  ],
  otherProviderId: () => partner,
  before: { name: "Petro", groupIds: null, blocked: false },
  after: { name: "Pavlo", role: "Support", blocked: true },
});
describeRules({
  command: setPassword,
  database: () => database,
  input: async () => ({ managerId: (await done(database.core, addManager, newManager())).managerId, password: "gramophone-orchard-5" }),
  wrong: [["managerId", null]],
  otherProviderId: () => partner,
  after: { sessionsEnded: true },
});
describeRules({
  command: defineRole,
  database: () => database,
  input: async () => ({
    roleId: (await done(database.core, defineRole, { name: `Clerk ${++count}`, permissions: ["usage:read"] })).roleId,
    name: `Cashier ${++count}`,
    permissions: ["ledger:read" as const],
  }),
  wrong: [
    ["name", ""],
    ["permissions", ["everything"]],
    ["permissions", []],
  ],
  otherProviderId: () => partner,
  before: { permissions: ["usage:read"] },
  after: { permissions: ["ledger:read"] },
});

describe("nobody gives more than they have:", () => {
  const clerk = () => ({ actor: actorWith({ permissions: ["managers:write", "managers:read", "usage:read"] }), providerId: 1 });

  test("a manager with a stronger role can't be added", async () => {
    expect(await execute(database.core, addManager, newManager({ roleId: roleIds.Accountant }), clerk())).toMatchObject({
      ok: false,
      code: "rights_beyond_own",
      permissions: expect.arrayContaining(["ledger:read"]),
    });
  });
  test("a stronger manager's password can't be set, nor the manager changed", async () => {
    expect(await execute(database.core, setPassword, { managerId: administratorId, password }, clerk())).toMatchObject({
      code: "rights_beyond_own",
    });
    expect(await execute(database.core, changeManager, { managerId: administratorId, blocked: true }, clerk())).toMatchObject({
      code: "rights_beyond_own",
    });
  });
  test("a role can't be made, nor made stronger, with rights one lacks", async () => {
    expect(await execute(database.core, defineRole, { name: "Boss", permissions: ["plans:write"] }, clerk())).toMatchObject({
      code: "rights_beyond_own",
    });
    expect(
      await execute(database.core, defineRole, { roleId: roleIds.Manager!, name: "Manager", permissions: ["usage:read"] }, clerk()),
    ).toMatchObject({ code: "rights_beyond_own" });
  });
  test("a partner's administrator can't add a manager to the operator", async () => {
    const outcome = await execute(database.core, addManager, newManager(), { actor: actorWith({ providerId: partner }), providerId: 1 });
    expect(outcome).toEqual({ ok: false, code: "not_found" });
  });
  test("a scope can't name another provider's group", async () => {
    expect(await execute(database.core, addManager, newManager({ groupIds: [foreignGroupId] }), asAdministrator)).toMatchObject({
      code: "invalid_input",
      issues: [{ path: "groupIds" }],
    });
  });
});

describe("an administrator always remains:", () => {
  for (const [what, change] of [
    ["blocked", { blocked: true }],
    ["limited to a group", { groupIds: ["group"] }],
    ["given a weaker role", { roleId: "Manager" }],
  ] as const) {
    test(`the last one can't be ${what}`, async () => {
      const input = {
        managerId: administratorId,
        ...change,
        ...("groupIds" in change ? { groupIds: [groupId] } : {}),
        ...("roleId" in change ? { roleId: roleIds.Manager } : {}),
      };
      expect(await execute(database.core, changeManager, input as { managerId: string }, asAdministrator)).toEqual({
        ok: false,
        code: "last_administrator",
      });
    });
  }
  test("the role can't lose a right", async () => {
    const outcome = await execute(
      database.core,
      defineRole,
      { roleId: roleIds.Administrator!, name: "Administrator", permissions: ["managers:write"] },
      asAdministrator,
    );
    expect(outcome).toEqual({ ok: false, code: "last_administrator" });
  });
  test("two administrators who block each other at the same moment can't both succeed", async () => {
    const second = (await done(database.core, addManager, newManager({ roleId: roleIds.Administrator }))).managerId;
    const block = (managerId: string) => execute(database.core, changeManager, { managerId, blocked: true }, asAdministrator);
    const outcomes = await Promise.all([block(administratorId), block(second)]);
    expect(outcomes.filter((outcome) => outcome.ok)).toHaveLength(1);
    expect(outcomes.find((outcome) => !outcome.ok)).toMatchObject({ code: "last_administrator" });
    await database.admin`update app.managers set blocked_at = null`;
    await done(database.core, changeManager, { managerId: second, blocked: true });
  });
});

test("a login is one manager's in a provider, and free in another", async () => {
  const login = "same@operator.example";
  await done(database.core, addManager, newManager({ login }));
  expect(await execute(database.core, addManager, newManager({ login: "SAME@operator.example" }), asAdministrator)).toEqual({
    ok: false,
    code: "login_taken",
  });
  const [role] = await database.admin`select id from app.roles where provider_id = ${partner} and name = 'Support'`;
  const actor = actorWith({ providerIds: [1, partner] });
  expect(await execute(database.core, addManager, newManager({ login, roleId: role!.id }), { actor, providerId: partner })).toMatchObject({
    ok: true,
  });
});

test("blocking, and a new password, end the sessions at once", async () => {
  const { core } = database;
  const input = newManager();
  const { managerId } = await done(core, addManager, input);
  const session = async (word: string) => {
    const outcome = await signIn(core, { login: input.login, password: word }, "192.0.2.7");
    return outcome.ok && outcome.value.kind === "signed-in" ? outcome.value.cookie : "";
  };
  const first = await session(password);
  expect(await actorOfSession(core, first)).toBeDefined();
  await done(core, setPassword, { managerId, password: "gramophone-orchard-6" });
  expect(await actorOfSession(core, first)).toBeUndefined();
  expect(await session(password)).toBe("");
  const second = await session("gramophone-orchard-6");
  await done(core, changeManager, { managerId, blocked: true });
  expect(await actorOfSession(core, second)).toBeUndefined();
  expect(await session("gramophone-orchard-6")).toBe("");
  await expectNowhere(database, "gramophone-orchard-6");
});

test("what a role allows is what its managers may do from the next request on, within their scope", async () => {
  const { core } = database;
  const { roleId } = await done(core, defineRole, { name: "Watcher", permissions: ["usage:read"] });
  const input = newManager({ roleId, groupIds: [groupId] });
  await done(core, addManager, input);
  const outcome = await signIn(core, { login: input.login, password }, "192.0.2.7");
  const cookie = outcome.ok && outcome.value.kind === "signed-in" ? outcome.value.cookie : "";
  const before = await actorOfSession(core, cookie);
  expect(before?.actor).toMatchObject({ providerId: 1, scope: { providerIds: [1], groupIds: [groupId] } });
  expect([...before!.actor.permissions]).toEqual(["usage:read"]);
  await done(core, defineRole, { roleId, name: "Watcher", permissions: ["ledger:read"] });
  expect([...(await actorOfSession(core, cookie))!.actor.permissions]).toEqual(["ledger:read"]);
  const whole = await signIn(core, { login: administratorLogin, password: administratorPassword }, "192.0.2.7");
  const administrator = whole.ok && whole.value.kind === "signed-in" ? await actorOfSession(core, whole.value.cookie) : undefined;
  expect(administrator?.actor.scope).toEqual({ providerIds: [1, partner], groupIds: null });
});

test("no password is in the log, the remembered outcomes or the events", () => expectNowhere(database, password));
