// What stops a migration is said in one line, as a problem with a code.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { migrate } from "../../db/migrate.ts";
import { passwords, type TestDatabase, testDatabase } from "../support/database.ts";

describe("migrating", () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await testDatabase();
  });
  afterAll(() => database.close());

  test("a database that is up to date applies nothing", async () => {
    expect(await migrate(database.adminUrl, passwords)).toEqual({ applied: [] });
  });

  test("refuses a migration that has changed since it ran, and changes nothing", async () => {
    const [before] = await database.admin`select name, digest from app.migrations order by name limit 1`;
    await database.admin`update app.migrations set digest = 'another' where name = ${before!.name}`;
    await expect(migrate(database.adminUrl, passwords)).rejects.toMatchObject({
      name: "Problem",
      code: "migration_changed",
      message: `Migration ${before!.name} has changed since it ran on this database: restore the file, and add a new migration for what is new`,
    });
    await database.admin`update app.migrations set digest = ${before!.digest} where name = ${before!.name}`;
    expect(await migrate(database.adminUrl, passwords)).toEqual({ applied: [] });
  });
});
