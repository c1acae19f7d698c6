// Proves from the catalogue and by trying that a tenant's rows are reachable by that tenant only.
import type { RawTx, Sql } from "./client.ts";

/** Tables with a provider_id that lack forced row-level security or a policy, and roles that would pass it by. */
export async function unguardedTables(t: RawTx | Sql): Promise<string[]> {
  const tables = await t`
    select c.oid::regclass::text as name, c.relrowsecurity as enabled, c.relforcerowsecurity as forced, (select count(*)::int from pg_policy p where p.polrelid = c.oid and p.polpermissive) as policies
    from pg_class c join pg_namespace n on n.oid = c.relnamespace join pg_attribute a on a.attrelid = c.oid and a.attname = 'provider_id' and not a.attisdropped
    where n.nspname in ('app', 'read') and c.relkind in ('r', 'p')
      and not (c.relrowsecurity and c.relforcerowsecurity and exists (select from pg_policy p where p.polrelid = c.oid and p.polpermissive)) order by 1`;
  const roles =
    await t`select rolname as name from pg_roles where rolname in ('mb_app', 'mb_portal', 'mb_owner') and (rolsuper or rolbypassrls)`;
  return [
    ...tables.map((r) => `table ${r.name} has no forced row-level security with a policy`),
    ...roles.map((r) => `role ${r.name} is not bound by row-level security`),
  ];
}

/** Every table with a provider_id that role mb_app may read, partitions left out. */
export async function tenantTables(t: RawTx | Sql): Promise<string[]> {
  const rows = await t`
    select c.oid::regclass::text as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
    join pg_attribute a on a.attrelid = c.oid and a.attname = 'provider_id' and not a.attisdropped
    where n.nspname in ('app', 'read') and c.relkind in ('r', 'p') and not c.relispartition and has_table_privilege('mb_app', c.oid, 'select') order by 1`;
  return rows.map((r) => r.name as string);
}

/** Rows that the transaction sees although they belong to none of `providerIds`. Reads whole tables: for `mb verify` and tests. */
export async function foreignRows(t: RawTx, providerIds: readonly number[]): Promise<string[]> {
  const found: string[] = [];
  for (const table of await tenantTables(t)) {
    const [row] = await t.unsafe(
      `select count(*)::int as n from (select from ${table} where not provider_id = any($1::int[]) limit 1000) x`,
      [`{${providerIds.join(",")}}`],
    );
    if (row!.n > 0) found.push(`${row!.n} foreign rows of ${table} can be seen by provider ${providerIds.join(", ")}`);
  }
  return found;
}
