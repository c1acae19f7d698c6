import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { execute } from "../../core/kernel/command.ts";
import { addGroup } from "../../core/subscribers/add-group.ts";
import { changeSubscriber } from "../../core/subscribers/change-subscriber.ts";
import { closeSubscriber, decide } from "../../core/subscribers/close-subscriber.ts";
import { openAccount } from "../../core/subscribers/open-account.ts";
import { registerSubscriber } from "../../core/subscribers/register-subscriber.ts";
import { describeRules } from "../support/command-rules.ts";
import { type TestDatabase, testDatabase } from "../support/database.ts";
import { accepted, actorWith, done, partnerOf, setUpOperator } from "../support/operator.ts";

let database: TestDatabase;
let partner: number;
let north: string;
let south: string;
beforeAll(async () => {
  database = await testDatabase();
  await setUpOperator(database.core);
  partner = await partnerOf(database.core, "west");
  north = (await done(database.core, addGroup, { name: "North" })).groupId;
  south = (await done(database.core, addGroup, { name: "South" })).groupId;
});
afterAll(() => database.close());

const person = (more: object = {}) => ({ kind: "person" as const, name: "Taras", groupId: north, ...more });
const register = async (more: object = {}, providerId = 1) => done(database.core, registerSubscriber, person(more), providerId);

describeRules({
  command: registerSubscriber,
  database: () => database,
  input: async () => person({ email: "t@example.org", phone: "+380 44 123", account: { kind: "prepaid", creditLimit: "12.50" } }),
  wrong: [
    ["kind", "robot"],
    ["name", "  "],
    ["name", "a\u0000b"],
    ["name", "x".repeat(201)],
    ["email", "not an address"],
    ["phone", "call me"],
    ["groupId", "north"],
    ["account.creditLimit", "-1"],
    ["account.creditLimit", 12.5],
    ["account.creditLimit", "1.1234567"],
    ["account.currency", "uah"],
    ["account.kind", "free"],
    ["account.number", "a b"],
  ],
  otherProviderId: () => partner,
  otherGroupId: () => south,
  after: { subscriber: { name: "Taras", group: "North" }, account: { kind: "prepaid", currency: "UAH", creditLimit: "12.50" } },
});
describeRules({
  command: changeSubscriber,
  database: () => database,
  input: async () => ({ subscriberId: (await register({ email: "old@example.org" })).subscriberId, name: "Taras B.", email: null }),
  wrong: [
    ["subscriberId", ""],
    ["name", ""],
    ["groupId", 3],
  ],
  otherProviderId: () => partner,
  otherGroupId: () => south,
  before: { name: "Taras", email: "old@example.org" },
  after: { name: "Taras B.", email: null },
});
describeRules({
  command: closeSubscriber,
  database: () => database,
  input: async () => ({ subscriberId: (await register({ account: { kind: "postpaid" } })).subscriberId }),
  wrong: [["subscriberId", null]],
  otherProviderId: () => partner,
  otherGroupId: () => south,
  before: { status: "active" },
  after: { status: "closed" },
});
let groups = 0;
describeRules({
  command: addGroup,
  database: () => database,
  input: async () => ({ name: `Group ${++groups}` }),
  wrong: [["name", ""]],
  after: { id: expect.any(String) },
});

describe("closing", () => {
  test("waits until nothing is sold any more", () =>
    expect(decide("active", 2)).toEqual({ ok: false, code: "subscriber_has_services", services: 2 }));
  test("happens once", () => expect(decide("closed", 0)).toEqual({ ok: false, code: "subscriber_closed" }));
  test("is possible without services", () => expect(decide("active", 0)).toEqual({ ok: true, value: null }));

  test("closes the accounts; a closed subscriber isn't changed and gets no account", async () => {
    const { subscriberId, accountId } = await register({ account: { kind: "prepaid" } });
    await done(database.core, closeSubscriber, { subscriberId });
    expect(await database.admin`select status from app.accounts where account_id = ${accountId}`).toMatchObject([{ status: "closed" }]);
    const call = { actor: actorWith(), providerId: 1 };
    expect(await execute(database.core, changeSubscriber, { subscriberId, name: "New" }, call)).toMatchObject({
      code: "subscriber_closed",
    });
    expect(await execute(database.core, openAccount, { subscriberId, kind: "prepaid" }, call)).toMatchObject({ code: "subscriber_closed" });
  });
});

test("numbers are in a row however many register at once, and each provider has its own row", async () => {
  const before = (await register()).number;
  const made = await Promise.all(Array.from({ length: 8 }, () => register()));
  expect(made.map((each) => each.number).sort((a, b) => a - b)).toEqual(Array.from({ length: 8 }, (_, i) => before + 1 + i));
  expect((await register({ groupId: undefined }, partner)).number).toBe(1001);
});

test("without a group it is the provider's first, or the one that the manager is limited to", async () => {
  const { core, admin } = database;
  const groupOf = async (subscriberId: string) =>
    (
      await admin`select group_id, g.name from app.subscribers s join app.subscriber_groups g on g.id = s.group_id where s.id = ${subscriberId}`
    )[0]!.name;
  expect(await groupOf((await register({ groupId: undefined })).subscriberId)).toBe("General");
  const limited = { actor: actorWith({ groupIds: [south] }), providerId: 1 };
  const outcome = accepted(await execute(core, registerSubscriber, { kind: "person", name: "Ivan" }, limited));
  expect(await groupOf(outcome.subscriberId)).toBe("South");
});

test("nobody moves a subscriber into a group they don't reach, or one of another provider", async () => {
  const { core } = database;
  const { subscriberId } = await register();
  const limited = { actor: actorWith({ groupIds: [north] }), providerId: 1 };
  expect(await execute(core, changeSubscriber, { subscriberId, groupId: south }, limited)).toEqual({ ok: false, code: "not_found" });
  const { groupId } = await done(core, addGroup, { name: "Foreign" }, partner);
  expect(
    await execute(core, changeSubscriber, { subscriberId, groupId }, { actor: actorWith({ providerIds: [1, partner] }), providerId: 1 }),
  ).toEqual({ ok: false, code: "not_found" });
});

test("a group's name is taken once per provider", async () => {
  const call = { actor: actorWith(), providerId: 1 };
  expect(await execute(database.core, addGroup, { name: "North" }, call)).toEqual({ ok: false, code: "name_taken" });
  await done(database.core, addGroup, { name: "North" }, partner);
});

test("the read side is told of the subscriber and of the account", async () => {
  const { subscriberId, accountId } = await register({ account: { kind: "prepaid" } });
  const events = await database.admin`select type, data from app.events where data->>'subscriberId' = ${subscriberId} order by position`;
  expect(events.map(({ type, data }) => ({ type, data }))).toEqual([
    { type: "subscriber.changed", data: { subscriberId } },
    { type: "account.changed", data: { accountId, subscriberId } },
  ]);
});
