// What a stolen portal credential is worth, proven over the catalogue: whatever relation or function is added later is tried too.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import postgres from "postgres";
import * as v from "valibot";
import { accept } from "../../core/kernel/errors.ts";
import { definePortalQuery } from "../../core/read/portal/portal-query.ts";
import { openPortalDatabase } from "../../edge/database.ts";
import { type TestDatabase, testDatabase } from "../support/database.ts";
import { type Seeded, seedPortal } from "./portal-rows.ts";

type Relation = { schema: string; name: string; sql: string; kind: string };

let db: TestDatabase;
let seeded: Seeded;
let portal: postgres.Sql;
let relations: Relation[];
/** All that the portal may look at. A new one is added here on purpose or not at all. */
const readable = [
  "read.account_overview",
  "read.calls",
  "read.credit_standing",
  "read.freshness",
  "read.funds",
  "read.movements",
  "read.notices",
  "read.services",
  "read.subscribers",
  "read.usage_daily",
  "read.usage_hourly",
];
/** Where the rows of a view come from. */
const factsOf: Readonly<Record<string, string>> = {
  "read.calls": "app.usage_records",
  "read.funds": "app.accounts",
  "read.movements": "(select p.*, a.subscriber_id from app.ledger_postings p join app.accounts a using (provider_id, account_id)) m",
};
const denied = /^(42501|25006)$/;

beforeAll(async () => {
  db = await testDatabase();
  seeded = await seedPortal(db.admin);
  portal = postgres(db.portalUrl, { max: 1, onnotice() {} });
  relations = await db.admin<
    Relation[]
  >`select n.nspname as schema, c.relname as name, format('%I.%I', n.nspname, c.relname) as sql, c.relkind::text as kind
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p', 'v', 'm', 'f', 'S') and n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast') order by 1, 2`;
}, 60_000);
afterAll(async () => {
  await portal.end();
  await db.close();
});

/** SQLSTATE of the refusal, or "done". */
async function outcome(statement: string, settings?: { providerId: number | string; subscriberId: string }): Promise<string> {
  try {
    await portal.begin(async (t) => {
      if (settings) {
        await t`select set_config('app.providers', ${`{${settings.providerId}}`}, true), set_config('app.subscriber_id', ${settings.subscriberId}, true)`;
      }
      await t.unsafe(statement);
    });
    return "done";
  } catch (error) {
    return (error as { code?: string }).code ?? String(error);
  }
}

/** Rows of a relation as somebody with these settings sees them. */
async function seen(relation: string, settings?: { providers: string; subscriberId: string }): Promise<Record<string, unknown>[]> {
  return portal.begin(async (t) => {
    if (settings)
      await t`select set_config('app.providers', ${settings.providers}, true), set_config('app.subscriber_id', ${settings.subscriberId}, true)`;
    return [...(await t.unsafe(`select * from ${relation}`))] as Record<string, unknown>[];
  }) as Promise<Record<string, unknown>[]>;
}

const ours = () => readable.filter((name) => name !== "read.freshness");
const me = () => ({ providerId: 1, subscriberId: seeded.providers[0]!.services[0]!.subscriberId });

test("the catalogue is really being walked: facts, partitions, read models and the queue's tables are in it", () => {
  const names = relations.map(({ schema, name }) => `${schema}.${name}`);
  for (const name of [
    "app.managers",
    "app.usage_records",
    "app.usage_records_default",
    "app.ledger_postings",
    "read.provider_daily",
    "pgboss.job",
    ...readable,
  ]) {
    expect(names).toContain(name);
  }
  expect(relations.length).toBeGreaterThan(60);
});

test("it can select from what the portal shows, and from nothing else", async () => {
  const allowed: string[] = [];
  for (const { schema, name, sql, kind } of relations) {
    const result = await outcome(kind === "S" ? `select last_value from ${sql}` : `select * from ${sql} limit 1`, me());
    if (result === "done") allowed.push(`${schema}.${name}`);
    else expect(result, sql).toBe("42501");
  }
  expect(allowed).toEqual(readable);
});

test("it can't read one column of what it may not select, nor a row count", async () => {
  for (const { sql, schema, name, kind } of relations.filter(({ kind }) => kind !== "S")) {
    if (readable.includes(`${schema}.${name}`)) continue;
    expect(await outcome(`select count(*) from ${sql}`, me()), `${sql} ${kind}`).toBe("42501");
  }
});

test("it can't insert, update, delete, truncate, lock or copy in any relation", async () => {
  for (const { sql, schema, name, kind } of relations) {
    if (kind === "S") {
      expect(await outcome(`select nextval('${sql}')`), sql).toMatch(denied);
      expect(await outcome(`select setval('${sql}', 1)`), sql).toMatch(denied);
      continue;
    }
    const [column] =
      await db.admin`select quote_ident(attname) as name from pg_attribute where attrelid = ${sql}::regclass and attnum > 0 and not attisdropped and attgenerated = '' limit 1`;
    const writes = [
      `insert into ${sql} select * from ${sql} where false`,
      `insert into ${sql} default values`,
      `update ${sql} set ${column!.name} = null`,
      `delete from ${sql}`,
      `truncate ${sql}`,
      `copy ${sql} from program 'cat /dev/null'`,
      `copy ${sql} (${column!.name}) from stdin`,
      `lock table ${sql} in access exclusive mode`,
      `alter table ${sql} add column stolen int`,
      `drop ${kind === "v" ? "view" : "table"} ${sql}`,
      `create policy mine on ${sql} using (true)`,
      ...(readable.includes(`${schema}.${name}`) ? [] : [`copy ${sql} to stdout`, `copy (select * from ${sql}) to stdout`]),
    ];
    for (const write of writes) expect(await outcome(write, me()), write).toMatch(/^(42501|25006|42809|55000|428C9|2BP01)$/);
    // Views refuse some of these for what they are before they ask who is there; the privilege itself is asked for too.
    const [right] =
      await db.admin`select has_table_privilege('mb_portal', ${sql}::regclass, 'insert, update, delete, truncate, references, trigger, select with grant option') as any_write`;
    expect(right!.any_write, sql).toBe(false);
  }
}, 120_000);

test("it can't create anything, become anybody, read files or run programs", async () => {
  const schemas = await db.admin`select quote_ident(nspname) as name from pg_namespace where nspname !~ '^pg_(toast|temp)'`;
  for (const { name } of schemas) {
    expect(await outcome(`create table ${name}.stolen (x int)`), name).toMatch(denied);
    expect(await outcome(`create function ${name}.stolen() returns int language sql as 'select 1'`), name).toMatch(denied);
  }
  for (const statement of [
    "create schema stolen",
    "create role stolen",
    "create extension dblink",
    "set role mb_app",
    "set role mb_owner",
    "set session authorization mb_app",
    "set local row_security = off; select * from read.subscribers",
    "alter role mb_portal bypassrls",
    "alter role mb_portal superuser",
    "copy (select 1) to program 'true'",
    "copy (select 1) to '/tmp/stolen'",
    "select pg_read_file('/etc/passwd')",
    "select pg_ls_dir('.')",
    "select lo_import('/etc/passwd')",
    "select * from pg_authid",
    "select pg_terminate_backend(pid) from pg_stat_activity where usename <> 'mb_portal'",
  ]) {
    expect(await outcome(statement, me()), statement).toMatch(/^(42501|25006|42704)$/);
  }
  const [database] = await db.admin`select has_database_privilege('mb_portal', current_database(), 'create') as creates`;
  expect(database!.creates).toBe(false);
  const memberships = await db.admin`select from pg_auth_members where member = 'mb_portal'::regrole`;
  expect(memberships).toHaveLength(0);
  const [role] =
    await db.admin`select rolsuper or rolbypassrls or rolcreaterole or rolcreatedb or rolreplication as powerful from pg_roles where rolname = 'mb_portal'`;
  expect(role!.powerful).toBe(false);
  const owned = await db.admin`select from pg_class where relowner = 'mb_portal'::regrole`;
  expect(owned).toHaveLength(0);
});

test("it can execute no function of ours, and none that runs with its owner's rights", async () => {
  const functions = await db.admin<{ name: string; callable: boolean; definer: boolean; ours: boolean }[]>`
    select p.oid::regprocedure::text as name, has_function_privilege('mb_portal', p.oid, 'execute') and has_schema_privilege('mb_portal', n.oid, 'usage') as callable, p.prosecdef as definer,
           n.nspname in ('app', 'read', 'pgboss') as ours
    from pg_proc p join pg_namespace n on n.oid = p.pronamespace`;
  expect(functions.filter(({ ours }) => ours).length).toBeGreaterThan(1);
  expect(functions.filter((each) => each.callable && (each.ours || each.definer)).map(({ name }) => name)).toEqual([]);
  expect(await outcome("select app.use_providers('{1}')")).toBe("42501");
});

describe("row by row", () => {
  test("without settings there are no rows, whatever it selects from", async () => {
    for (const relation of ours()) expect(await seen(relation), relation).toEqual([]);
    expect((await seen("read.freshness")).filter((row) => row.behind_since !== null)).toEqual([]);
  });

  test("with half of the settings there are none either", async () => {
    const { subscriberId } = me();
    for (const relation of ours()) {
      expect(await seen(relation, { providers: "{1,2}", subscriberId: "" }), relation).toEqual([]);
      expect(await seen(relation, { providers: "", subscriberId }), relation).toEqual([]);
      expect(await seen(relation, { providers: "{}", subscriberId }), relation).toEqual([]);
    }
  });

  test("each subscriber of each provider sees their own rows, all of them, and nobody else's", async () => {
    for (const { providerId, services } of seeded.providers) {
      for (const { subscriberId } of services.slice(0, 2)) {
        for (const relation of ours()) {
          const facts = factsOf[relation] ?? relation;
          const [own] = await db.admin.unsafe(
            `select count(*)::int as rows from ${facts} where provider_id = ${providerId} and subscriber_id = '${subscriberId}'`,
          );
          const rows = await seen(relation, { providers: `{${providerId}}`, subscriberId });
          expect(own!.rows, relation).toBeGreaterThan(0);
          expect(rows, relation).toHaveLength(own!.rows);
          expect(new Set(rows.map((row) => `${row.provider_id} ${row.subscriber_id}`)), relation).toEqual(
            new Set([`${providerId} ${subscriberId}`]),
          );
        }
      }
    }
  });

  test("another provider's id with this subscriber's gives nothing", async () => {
    for (const relation of ours())
      expect(await seen(relation, { providers: "{2}", subscriberId: me().subscriberId }), relation).toEqual([]);
  });

  test("a condition that fails on others' rows never sees one to fail on", async () => {
    const { subscriberId } = me();
    const settings = { providerId: 1, subscriberId };
    for (const relation of ours()) {
      const probe = `select * from ${relation} where 1 / (case when subscriber_id = '${subscriberId}' then 1 else 0 end) = 1`;
      expect(await outcome(probe, settings), relation).toBe("done");
    }
  });

  test("settings end with their transaction", async () => {
    expect(await seen("read.subscribers", { providers: "{1}", subscriberId: me().subscriberId })).toHaveLength(1);
    expect(await seen("read.subscribers")).toEqual([]);
  });
});

describe("the portal's own runner", () => {
  const query = definePortalQuery({
    name: "portal.test",
    input: v.object({}),
    run: async ({ tx }) =>
      accept([
        ...(await tx.execute(
          "select provider_id, subscriber_id, current_setting('transaction_read_only') as read_only from read.subscribers",
        )),
      ]),
  });

  test("sees one subscriber, in a read-only transaction, and leaves nothing set on its connection", async () => {
    const database = openPortalDatabase(db.portalUrl, { max: 1 });
    const now = Temporal.Now.instant();
    for (const { providerId, services } of seeded.providers) {
      for (const { subscriberId } of services) {
        const answer = await database.read({ providerId, subscriberId }, now, (ask) => ask(query, {}));
        expect(answer).toEqual({ ok: true, value: [{ provider_id: providerId, subscriber_id: subscriberId, read_only: "on" }] });
      }
    }
    await database.close();
  });

  test("runs nothing for what isn't a subscriber's id", async () => {
    const database = openPortalDatabase(db.portalUrl, { max: 1 });
    const now = Temporal.Now.instant();
    for (const who of [
      { providerId: 1, subscriberId: "x'; select 1 --" },
      { providerId: 1.5, subscriberId: me().subscriberId },
      { providerId: "1}'; --" as unknown as number, subscriberId: me().subscriberId },
    ]) {
      expect(database.read(who, now, (ask) => ask(query, {}))).rejects.toThrow("not a subscriber");
    }
    await database.close();
  });
});
