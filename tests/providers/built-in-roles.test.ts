// What the roles may do that every provider begins with, and that administrators of before may do what came since.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { allPermissions, exportRights, type Permission } from "../../core/kernel/permissions.ts";
import { builtInRoles } from "../../core/providers/built-in-roles.ts";
import { type TestDatabase, testDatabase } from "../support/database.ts";

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.close());

const permissionsOf = (role: string): readonly Permission[] => builtInRoles.find(({ name }) => name === role)!.permissions;
const about = (role: string, ...domains: string[]) =>
  permissionsOf(role).filter((one) => domains.some((domain) => one.startsWith(`${domain}:`)));

describe("built-in roles", () => {
  test("money, credit and cards are each somebody's work", () => {
    const domains = ["credit", "payments", "cards"];
    expect(Object.fromEntries(["Manager", "Accountant", "Support"].map((role) => [role, about(role, ...domains).sort()]))).toEqual({
      Manager: [
        "cards:read",
        "cards:redeem",
        "cards:write",
        "credit:control",
        "credit:read",
        "credit:write",
        "payments:read",
        "payments:write",
      ],
      Accountant: ["cards:read", "credit:read", "credit:write", "payments:read", "payments:refund", "payments:write"],
      Support: ["cards:read", "cards:redeem", "credit:read", "payments:read"],
    });
  });

  test("nobody may change what they can't see", () => {
    for (const { name, permissions } of builtInRoles)
      for (const one of permissions) {
        const read = `${one.split(":")[0]}:read` as Permission;
        // Quarantine is seen with usage; spreadsheets, with what they show.
        if (allPermissions.includes(read)) expect([name, permissions]).toEqual([name, expect.arrayContaining([read])]);
      }
  });

  test("who makes spreadsheets may make one of each report on money", () => {
    const reports = ["payments-of-period", "credit-forecast", "card-stock", "receivables"] as const;
    for (const { name, permissions } of builtInRoles)
      if (permissions.includes("exports:create"))
        expect([name, permissions]).toEqual([name, expect.arrayContaining(reports.map((kind) => exportRights[kind]!))]);
  });
});

test("an administrator of an installation from before gets the rights that came since; nobody else does", async () => {
  const before = allPermissions.filter((one) => !/^(payments|credit|cards):/.test(one));
  const add = async (name: string, permissions: readonly string[]) => {
    const id = crypto.randomUUID();
    await database.admin`insert into app.roles (provider_id, id, name, permissions, created_at) values (1, ${id}, ${name}, ${permissions as string[]}, now())`;
    return id;
  };
  await database.admin`insert into app.providers (id, parent_id, path, code, name, currency, zone, locale, created_at) values (1, null, array[1], 'own', 'Own', 'UAH', 'Europe/Kyiv', 'uk-UA', now())`;
  const administrator = await add("Administrator", before);
  const clerk = await add("Clerk", ["ledger:read", "subscribers:write"]);
  await database.admin.unsafe(await Bun.file(new URL("../../db/migrations/0018_rights.sql", import.meta.url)).text());
  const rightsOf = async (id: string) =>
    ((await database.admin`select permissions from app.roles where id = ${id}`)[0]!.permissions as string[]).sort();
  expect(await rightsOf(administrator)).toEqual([...allPermissions].sort());
  expect(await rightsOf(clerk)).toEqual(["ledger:read", "subscribers:write"]);
});
