// The schema itself: the dump in the repository, the definitions in code, row-level security, and the way to Citus.
import { afterAll, beforeAll, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { getTableColumns, getTableName, is } from "drizzle-orm";
import { getTableConfig, PgTable } from "drizzle-orm/pg-core";
import { rawOf } from "../../db/client.ts";
import * as cards from "../../db/schema/cards.ts";
import * as drafts from "../../db/schema/catalog-drafts.ts";
import * as credit from "../../db/schema/credit.ts";
import * as holds from "../../db/schema/holds.ts";
import * as kernel from "../../db/schema/kernel.ts";
import * as ledger from "../../db/schema/ledger.ts";
import * as payments from "../../db/schema/payments.ts";
import * as read from "../../db/schema/read.ts";
import * as rerating from "../../db/schema/rerating.ts";
import * as rights from "../../db/schema/rights.ts";
import * as simulation from "../../db/schema/simulation.ts";
import * as subscribers from "../../db/schema/subscribers.ts";
import * as usage from "../../db/schema/usage.ts";
import { dumpSchema } from "../../db/schema-dump.ts";
import { foreignRows, tenantTables, unguardedTables } from "../../db/tenancy-proof.ts";
import { inTenant } from "../../db/tenant.ts";
import { type TestDatabase, testDatabase } from "../support/database.ts";
import { seedProvider } from "../support/provider.ts";
import { citusFindings } from "./citus-lint.ts";

let db: TestDatabase;
beforeAll(async () => {
  db = await testDatabase();
});
afterAll(() => db.close());

const dumpFile = join(import.meta.dir, "../../db/schema.sql");

test("db/schema.sql is the schema that the migrations make; MB_TEST_WRITE_SCHEMA=1 writes it anew", async () => {
  const dump = await dumpSchema(db.admin);
  if (process.env.MB_TEST_WRITE_SCHEMA) writeFileSync(dumpFile, dump);
  expect(await Bun.file(dumpFile).text()).toBe(dump);
});

test("the tables in code have the columns, types and nullability of the tables in the database, and none is missing", async () => {
  const all: unknown[] = Object.values({
    ...credit,
    ...cards,
    ...drafts,
    ...holds,
    ...kernel,
    ...ledger,
    ...payments,
    ...read,
    ...rerating,
    ...rights,
    ...simulation,
    ...subscribers,
    ...usage,
  });
  const inCode = all.filter((t): t is PgTable => is(t, PgTable));
  const rows = await db.admin`
    select n.nspname || '.' || c.relname as name, a.attname as col, format_type(a.atttypid, null) as type, a.attnotnull as required
    from pg_class c join pg_namespace n on n.oid = c.relnamespace join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    where n.nspname in ('app', 'read') and c.relkind in ('r', 'p') and not c.relispartition`;
  const inDatabase = new Map<string, string[]>();
  for (const r of rows) inDatabase.set(r.name, [...(inDatabase.get(r.name) ?? []), `${r.col} ${r.type}${r.required ? " not null" : ""}`]);
  const snake = (name: string) => name.replace(/[A-Z]/g, (c) => `_${c.toLowerCase()}`);
  for (const table of inCode) {
    const name = `${getTableConfig(table).schema}.${getTableName(table)}`;
    const columns = Object.entries(getTableColumns(table)).map(
      ([key, c]) => `${snake(key)} ${c.getSQLType()}${c.notNull || c.primary ? " not null" : ""}`,
    );
    expect(columns.sort(), name).toEqual((inDatabase.get(name) ?? []).sort());
    inDatabase.delete(name);
  }
  expect([...inDatabase.keys()].filter((name) => name !== "app.migrations")).toEqual([]);
});

test("every table with a provider_id has forced row-level security, partitions too", async () => {
  expect(await unguardedTables(db.admin)).toEqual([]);
  expect((await tenantTables(db.admin)).length).toBeGreaterThan(30);
});

test("without a tenant there are no rows, with one only its own, and a row of another can't be written", async () => {
  await seedProvider(db.admin);
  await seedProvider(db.admin, { providerId: 2, parentId: 1 });
  const bare = await db.core.db.transaction((tx) => foreignRows(rawOf(tx), []));
  expect(bare).toEqual([]);
  expect(await inTenant(db.core.db, [2], (tx) => foreignRows(rawOf(tx), [2]))).toEqual([]);
  const [own] = await inTenant(db.core.db, [2], (tx) => rawOf(tx)`select count(*)::int as n from app.accounts`);
  expect(own!.n).toBe(10);
  const writing = inTenant(db.core.db, [2], async (tx) => {
    await rawOf(tx)`insert into app.subscriber_groups values (1, gen_random_uuid(), 'Not mine', now())`;
  });
  await expect(writing).rejects.toMatchObject({ code: "42501" });
});

test("the books and the audit trail can only be added to by the application", async () => {
  for (const table of [
    "ledger_transactions",
    "ledger_postings",
    "provider_transactions",
    "provider_postings",
    "pot_draws",
    "charges",
    "plan_versions",
    "command_log",
    "events",
    "card_movements",
  ]) {
    const [may] =
      await db.admin`select has_table_privilege('mb_app', ${`app.${table}`}, 'update') as change, has_table_privilege('mb_app', ${`app.${table}`}, 'truncate') as empty`;
    expect([table, may!.change, may!.empty]).toEqual([table, false, false]);
  }
});

test("postings are checked against the general-ledger accounts that there are", async () => {
  const [check] =
    await db.admin`select pg_get_constraintdef(oid) as definition from pg_constraint where conname = 'ledger_postings_known_accounts'`;
  const known = new Set([...check!.definition.matchAll(/'([a-z.]+)'/g)].map((m: RegExpMatchArray) => m[1]));
  const accounts = await db.admin`select code from app.gl_accounts order by code`;
  expect([...known].sort()).toEqual(accounts.map((a) => a.code));
});

test("unique keys are per provider: two providers may have the same codes, names, logins and numbers", async () => {
  const rows = await db.admin`
    select i.indexrelid::regclass::text as name from pg_index i join pg_class c on c.oid = i.indrelid join pg_namespace n on n.oid = c.relnamespace
    join pg_attribute a on a.attrelid = c.oid and a.attname = 'provider_id' where n.nspname in ('app', 'read') and i.indisunique and c.relname <> 'events' and not a.attnum = any(i.indkey::int2[])`;
  expect(rows.map((r) => r.name)).toEqual([]);
});

test("the schema would go onto Citus as it is", async () => {
  expect(await citusFindings(db.admin)).toEqual([]);
});
