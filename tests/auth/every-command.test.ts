// What must hold for every command there is, and for each that will be.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { execute } from "../../core/kernel/command.ts";
import { newId } from "../../core/kernel/id.ts";
import { allPermissions } from "../../core/kernel/permissions.ts";
import { commands } from "../../core/registry.ts";
import { type TestDatabase, testDatabase } from "../support/database.ts";
import { actorWith, partnerOf, setUpOperator } from "../support/operator.ts";

let database: TestDatabase;
let partner: number;
beforeAll(async () => {
  database = await testDatabase();
  await setUpOperator(database.core);
  partner = await partnerOf(database.core, "west");
});
afterAll(() => database.close());

test("no two commands have one name", () => expect(new Set(commands.map((command) => command.name)).size).toBe(commands.length));

test("nobody needs a permission to change their own password, and that is the only such command", () =>
  expect(commands.filter((command) => command.permission === "self").map((command) => command.name)).toEqual(["auth.change-own-password"]));

describe.each([...commands])("$name", (command) => {
  test("has a name of the form slice.verb-noun, a summary and a permission of the list", () => {
    expect(command.name).toMatch(/^[a-z]+(-[a-z]+)*\.[a-z]+(-[a-z]+)*$/);
    expect(command.summary.length).toBeGreaterThan(5);
    expect([...allPermissions, "self"]).toContain(command.permission);
  });

  test.skipIf(command.permission === "self")("is refused to whoever has every permission but its own", async () => {
    const actor = actorWith({ permissions: allPermissions.filter((permission) => permission !== command.permission) });
    expect(await execute(database.core, command, {}, { actor, providerId: 1 })).toEqual({
      ok: false,
      code: "not_permitted",
      permission: command.permission,
    });
  });

  test("is refused, as if there were nothing, at a provider outside the scope", async () => {
    expect(await execute(database.core, command, {}, { actor: actorWith({ providerId: partner }), providerId: 1 })).toEqual({
      ok: false,
      code: "not_found",
    });
  });

  test("refuses input that is no object", async () => {
    for (const raw of [null, "text", 7])
      expect(await execute(database.core, command, raw, { actor: actorWith(), providerId: 1 })).toMatchObject({ code: "invalid_input" });
  });

  if (command.level === "provider") {
    test("is refused to whoever is limited to groups", async () => {
      const actor = actorWith({ groupIds: [newId()] });
      expect(await execute(database.core, command, {}, { actor, providerId: 1 })).toEqual({
        ok: false,
        code: "not_permitted",
        permission: command.permission,
      });
    });
  }
});
