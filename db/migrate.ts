// Brings a database to this version: roles, extensions, migrations in the order of their names, then what is run every time.
import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { PgBoss } from "pg-boss";
import type postgres from "postgres";
import { Problem } from "../core/kernel/problem.ts";
import { steadyClient } from "./steady-client.ts";

const folder = new URL("./migrations/", import.meta.url);

/** Passwords of the roles that the processes sign in with. */
export type RolePasswords = { readonly app: string; readonly portal: string };

const quote = (text: string) => `'${text.replaceAll("'", "''")}'`;

/**
 * Runs what is missing, as the administrator of the database that `adminUrl` names.
 * @throws Problem when a migration that ran before has changed since, or when the server is older than PostgreSQL 16
 */
export async function migrate(adminUrl: string, passwords: RolePasswords): Promise<{ applied: string[] }> {
  const sql = steadyClient(adminUrl, { max: 1, onnotice() {} });
  try {
    const applied = await sql.begin(async (t) => {
      await t`select pg_advisory_xact_lock(hashtext('mediabilling.migrate'))`;
      const [server] = await t`select current_setting('server_version_num')::int as version, current_database() as name`;
      if (server!.version < 160000) {
        const has = Math.floor(server!.version / 10000);
        throw new Problem(
          "server_too_old",
          `The database server is PostgreSQL ${has} and MediaBilling needs 16 or newer: set DATABASE_URL to a newer server`,
        );
      }
      await prepareRoles(t, server!.name, passwords);
      return applyMissing(t);
    });
    await installQueue(adminUrl, passwords.app);
    return { applied };
  } finally {
    await sql.end();
  }
}

async function prepareRoles(t: postgres.TransactionSql, database: string, passwords: RolePasswords) {
  // Two databases of one server may be migrated at once; roles belong to the server.
  await t`select pg_advisory_xact_lock(0, hashtext('mediabilling.roles'))`;
  for (const [role, login] of [
    ["mb_owner", "nologin"],
    ["mb_app", "login"],
    ["mb_portal", "login"],
  ] as const) {
    const [known] = await t`select from pg_roles where rolname = ${role}`;
    if (!known) await t.unsafe(`create role ${role} ${login} nosuperuser nobypassrls`);
  }
  await t.unsafe(`alter role mb_app password ${quote(passwords.app)}`);
  await t.unsafe(`alter role mb_portal password ${quote(passwords.portal)}`);
  await t.unsafe(`grant mb_owner to current_user`);
  await t.unsafe(`grant create on database "${database}" to mb_owner`);
  await t.unsafe(`revoke create on schema public from public`);
  for (const extension of ["btree_gist", "pg_trgm"]) await t.unsafe(`create extension if not exists ${extension}`);
  await t.unsafe(`create schema if not exists pgboss authorization mb_app`);
}

async function applyMissing(t: postgres.TransactionSql): Promise<string[]> {
  const applied: string[] = [];
  const [fresh] = await t`select to_regclass('app.migrations') is null as fresh`;
  await t.unsafe("set local role mb_owner");
  const before = new Map(
    fresh!.fresh ? [] : (await t`select name, digest from app.migrations`).map((r) => [r.name as string, r.digest as string]),
  );
  const names = (await readdir(folder)).filter((name) => /^\d{4}_.*\.sql$/.test(name)).sort();
  for (const name of names) {
    const text = await readFile(new URL(name, folder), "utf8");
    const digest = createHash("sha256").update(text).digest("hex");
    const known = before.get(name);
    if (known === digest) continue;
    if (known)
      throw new Problem(
        "migration_changed",
        `Migration ${name} has changed since it ran on this database: restore the file, and add a new migration for what is new`,
      );
    await t.unsafe(text);
    if (name === names[0])
      await t.unsafe("create table app.migrations (name text primary key, digest text not null, at timestamptz not null default now())");
    await t`insert into app.migrations (name, digest) values (${name}, ${digest})`;
    applied.push(name);
  }
  await t.unsafe(await readFile(new URL("always.sql", folder), "utf8"));
  return applied;
}

/** pg-boss keeps its own schema up to date; it is owned by the role that the workers use. */
async function installQueue(adminUrl: string, appPassword: string) {
  const boss = new PgBoss({
    connectionString: roleUrl(adminUrl, "mb_app", appPassword),
    schema: "pgboss",
    createSchema: false,
    supervise: false,
    schedule: false,
  });
  boss.on("error", () => {});
  await boss.start();
  await boss.stop({ graceful: false });
}

/** The same database, signed in as another role. */
export function roleUrl(adminUrl: string, role: "mb_app" | "mb_portal", password: string): string {
  const url = new URL(adminUrl);
  url.username = role;
  url.password = encodeURIComponent(password);
  return url.href;
}
