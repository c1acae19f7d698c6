// The schema as text, from the catalogue: tables, columns, constraints, indexes, policies, views, functions, grants. Written to db/schema.sql,
// so that a change of the schema is seen in review and a migration that does something else than meant is seen at once.
import type postgres from "postgres";

/** Partitions of months come and go; only their parents are shown. */
export async function dumpSchema(sql: postgres.Sql): Promise<string> {
  const tables = await sql`
    select c.oid, n.nspname || '.' || c.relname as name, c.relkind as kind, c.relrowsecurity as rls, c.relforcerowsecurity as forced, pg_get_partkeydef(c.oid) as partition
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname in ('app', 'read') and c.relkind in ('r', 'p', 'v') and not c.relispartition order by 2`;
  const parts: string[] = ["-- Made from a migrated database by `npm run schema`. Don't edit: write a migration.\n"];
  for (const table of tables) parts.push(table.kind === "v" ? await dumpView(sql, table) : await dumpTable(sql, table));
  const functions =
    await sql`select pg_get_functiondef(p.oid) as definition from pg_proc p join pg_namespace n on n.oid = p.pronamespace where n.nspname in ('app', 'read') order by p.proname`;
  for (const { definition } of functions) parts.push(`${definition.trim()};\n`);
  return parts.join("\n");
}

type Table = postgres.Row;

async function dumpView(sql: postgres.Sql, { oid, name }: Table): Promise<string> {
  const [view] =
    await sql`select pg_get_viewdef(${oid}::oid, true) as body, array_to_string(reloptions, ', ') as options from pg_class where oid = ${oid}::oid`;
  return `create view ${name}${view!.options ? ` with (${view!.options})` : ""} as\n${view!.body}\n${await grantsOf(sql, oid, name)}`;
}

async function dumpTable(sql: postgres.Sql, { oid, name, rls, forced, partition }: Table): Promise<string> {
  const columns = await sql`
    select attname || ' ' || format_type(atttypid, atttypmod) || case when attnotnull then ' not null' else '' end
      || case when attidentity <> '' then ' generated always as identity' else coalesce(' default ' || pg_get_expr(d.adbin, d.adrelid), '') end
      || case when attstorage = 'e' and atttypid in ('bytea'::regtype, 'jsonb'::regtype, 'text'::regtype) then ' storage external' else '' end as line
    from pg_attribute a left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum where attrelid = ${oid}::oid and attnum > 0 and not attisdropped order by attnum`;
  const constraints = await sql`
    select 'constraint ' || conname || ' ' || pg_get_constraintdef(oid) as line from pg_constraint where conrelid = ${oid}::oid and contype in ('p', 'u', 'f', 'c', 'x') order by contype, conname`;
  const indexes = await sql`
    select pg_get_indexdef(i.indexrelid) || ';' as line from pg_index i where i.indrelid = ${oid}::oid and not exists (select from pg_constraint c where c.conindid = i.indexrelid and c.conrelid = i.indrelid) order by 1`;
  const policies = await sql`
    select 'create policy ' || polname || ' on ' || ${name}::text || case when polpermissive then '' else ' as restrictive' end || ' for ' || case polcmd when '*' then 'all' when 'r' then 'select' else polcmd::text end
      || coalesce(' to ' || (select string_agg(rolname, ', ' order by rolname) from pg_roles where oid = any(polroles)), '') || coalesce(' using ' || pg_get_expr(polqual, polrelid), '')
      || coalesce(' with check ' || pg_get_expr(polwithcheck, polrelid), '') || ';' as line
    from pg_policy where polrelid = ${oid}::oid order by polname`;
  const lines = (rows: readonly Table[]) => rows.map((r) => `${r.line}\n`).join("");
  const body = [...columns, ...constraints].map((r) => `  ${r.line}`).join(",\n");
  const security = `${rls ? `alter table ${name} enable row level security;\n` : ""}${forced ? `alter table ${name} force row level security;\n` : ""}`;
  return `create table ${name} (\n${body}\n)${partition ? ` partition by ${partition}` : ""};\n${lines(indexes)}${security}${lines(policies)}${await grantsOf(sql, oid, name)}`;
}

async function grantsOf(sql: postgres.Sql, oid: number, name: string): Promise<string> {
  const grants = await sql`
    select grantee::regrole::text as role, string_agg(lower(privilege_type), ', ' order by privilege_type) as privileges
    from pg_class c, aclexplode(c.relacl) where c.oid = ${oid}::oid and grantee <> c.relowner group by 1 order by 1`;
  return grants.map((g) => `grant ${g.privileges} on ${name} to ${g.role};\n`).join("");
}
