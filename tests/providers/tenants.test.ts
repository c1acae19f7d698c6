import { afterAll, beforeAll, expect, test } from "bun:test";
import { execute } from "../../core/kernel/command.ts";
import { addPartner } from "../../core/providers/add-partner.ts";
import { allProviderIds, providerById, subtreeIds } from "../../core/providers/tenants.ts";
import { describeRules } from "../support/command-rules.ts";
import { type TestDatabase, testDatabase } from "../support/database.ts";
import { actorWith, done, setUpOperator } from "../support/operator.ts";

let database: TestDatabase;
let other: number;
beforeAll(async () => {
  database = await testDatabase();
  await setUpOperator(database.core);
  other = (await done(database.core, addPartner, { code: "other", name: "Other" })).providerId;
});
afterAll(() => database.close());

let code = 0;
describeRules({
  command: addPartner,
  database: () => database,
  input: async () => ({ code: `partner-${++code}`, name: "Partner" }),
  wrong: [
    ["code", "Capitals"],
    ["name", " "],
    ["currency", "XXQ"],
    ["zone", "+02:00"],
    ["zone", "Europe/Atlantis"],
    ["locale", "not a locale"],
  ],
  after: { parentId: 1, currency: "UAH", zone: "Europe/Kyiv" },
});

test("a partner has the parent's currency and zone unless told, a group and the built-in roles of its own", async () => {
  const { core, admin } = database;
  const { providerId } = await done(core, addPartner, { code: "east", name: "East", currency: "EUR" });
  expect(await providerById(core.db, providerId)).toMatchObject({
    parentId: 1,
    path: [1, providerId],
    currency: "EUR",
    zone: "Europe/Kyiv",
    locale: "uk-UA",
  });
  expect(await admin`select name from app.subscriber_groups where provider_id = ${providerId}`).toMatchObject([{ name: "General" }]);
  const roles = await admin`select name, cardinality(permissions) as n from app.roles where provider_id = ${providerId} order by n desc`;
  expect(roles.map((role) => role.name)).toEqual(["Administrator", "Manager", "Accountant", "Support"]);
});

test("a subtree holds the provider and everything below it, and nothing beside it", async () => {
  const { core } = database;
  const child = await execute(
    core,
    addPartner,
    { code: "below", name: "Below" },
    { actor: actorWith({ providerId: other }), providerId: other },
  );
  expect(child).toMatchObject({ ok: true });
  const childId = child.ok ? child.value.providerId : 0;
  expect(await subtreeIds(core.db, other)).toEqual([other, childId]);
  expect(await subtreeIds(core.db, childId)).toEqual([childId]);
  expect((await subtreeIds(core.db, 1)).sort()).toEqual((await allProviderIds(core.db)).sort());
});

test("a code is one provider's only", async () => {
  const outcome = await execute(database.core, addPartner, { code: "other", name: "Again" }, { actor: actorWith(), providerId: 1 });
  expect(outcome).toEqual({ ok: false, code: "code_taken" });
});

test("partners added at once get ids of their own", async () => {
  const made = await Promise.all(Array.from({ length: 6 }, (_, i) => done(database.core, addPartner, { code: `race-${i}`, name: "Race" })));
  expect(new Set(made.map((each) => each.providerId)).size).toBe(6);
});
