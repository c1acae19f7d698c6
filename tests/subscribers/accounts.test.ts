import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { execute } from "../../core/kernel/command.ts";
import { addGroup } from "../../core/subscribers/add-group.ts";
import { changeAccount, decide } from "../../core/subscribers/change-account.ts";
import { openAccount } from "../../core/subscribers/open-account.ts";
import { registerSubscriber } from "../../core/subscribers/register-subscriber.ts";
import { describeRules } from "../support/command-rules.ts";
import { type TestDatabase, testDatabase } from "../support/database.ts";
import { actorWith, done, partnerOf, setUpOperator } from "../support/operator.ts";

let database: TestDatabase;
let partner: number;
let south: string;
let subscriberId: string;
const call = { actor: actorWith(), providerId: 1 };
beforeAll(async () => {
  database = await testDatabase();
  await setUpOperator(database.core);
  partner = await partnerOf(database.core, "west");
  south = (await done(database.core, addGroup, { name: "South" })).groupId;
  subscriberId = (await done(database.core, registerSubscriber, { kind: "company", name: "Mill Ltd" })).subscriberId;
});
afterAll(() => database.close());

const open = (more: object = {}) => done(database.core, openAccount, { subscriberId, kind: "postpaid" as const, ...more });

describeRules({
  command: openAccount,
  database: () => database,
  input: async () => ({ subscriberId, kind: "postpaid" as const, currency: "EUR", creditLimit: "100" }),
  wrong: [
    ["subscriberId", 1],
    ["kind", "x"],
    ["creditLimit", "1e3"],
    ["currency", "EURO"],
  ],
  otherProviderId: () => partner,
  otherGroupId: () => south,
  after: { currency: "EUR", kind: "postpaid", creditLimit: "100.00" },
});
describeRules({
  command: changeAccount,
  database: () => database,
  input: async () => ({ accountId: (await open()).accountId, kind: "prepaid" as const, creditLimit: "0.000001" }),
  wrong: [
    ["accountId", "x"],
    ["creditLimit", "-0.01"],
    ["status", "frozen"],
  ],
  otherProviderId: () => partner,
  otherGroupId: () => south,
  before: { kind: "postpaid", creditLimit: "0.00", status: "active" },
  after: { kind: "prepaid", creditLimit: "0.000001", status: "active" },
});

test("an account begins with a balance of zero in its currency", async () => {
  const { accountId } = await open({ currency: "EUR" });
  expect(
    await database.admin`select currency, balance_micros::text as balance from app.balances where account_id = ${accountId}`,
  ).toMatchObject([{ currency: "EUR", balance: "0" }]);
});

test("a number is claimed once per provider; the series goes round numbers taken by hand", async () => {
  const next = Number((await open()).number) + 1;
  expect(await open({ number: String(next) })).toMatchObject({ number: String(next) });
  expect(await execute(database.core, openAccount, { subscriberId, kind: "prepaid", number: String(next) }, call)).toEqual({
    ok: false,
    code: "number_taken",
  });
  expect((await open()).number).toBe(String(next + 1));
  const foreign = await done(
    database.core,
    registerSubscriber,
    { kind: "person", name: "P", account: { kind: "prepaid", number: String(next) } },
    partner,
  );
  expect(foreign.accountNumber).toBe(String(next));
});

describe("an account", () => {
  const state = { status: "active", subscriber: "active", activeServices: 0 } as const;
  test("with active services isn't closed", () =>
    expect(decide({ ...state, activeServices: 1 }, "closed")).toMatchObject({ code: "account_has_services" }));
  test("that is closed isn't closed again", () =>
    expect(decide({ ...state, status: "closed" }, "closed")).toMatchObject({ code: "account_closed" }));
  test("that is closed can be opened again", () => expect(decide({ ...state, status: "closed" }, "active")).toMatchObject({ ok: true }));
  test("of a closed subscriber can't", () =>
    expect(decide({ ...state, status: "closed", subscriber: "closed" }, "active")).toMatchObject({ code: "subscriber_closed" }));
});
