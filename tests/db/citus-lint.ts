// Would this schema still go onto Citus, distributed by provider or by account? Asked of the catalogue; no Citus needed.
import type postgres from "postgres";
import { type Kind, layout } from "../../db/schema/layout.ts";

const keysOf: Record<Kind, string[]> = { account: ["provider_id", "account_id"], provider: ["provider_id"], reference: [], local: [] };

/** One line for each rule that a table of schema app breaks. */
export async function citusFindings(sql: postgres.Sql): Promise<string[]> {
  const map = Object.entries(layout).map(([name, kind]) => ({ name, kind, keys: keysOf[kind] }));
  const rows = await sql`
    with layout as (select x->>'name' as name, x->>'kind' as kind, array(select jsonb_array_elements_text(x->'keys')) as keys from jsonb_array_elements(${JSON.stringify(map)}::text::jsonb) x),
    tab as (
      select c.oid, c.relname as name, l.kind, coalesce(l.keys, '{}') as keys from pg_class c left join layout l on l.name = c.relname
      where c.relnamespace = 'app'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition),
    key as (select tab.*, k as key, a.attnum, a.attnotnull, a.atttypid from tab cross join lateral unnest(keys) k left join pg_attribute a on a.attrelid = tab.oid and a.attname = k)
    select name || ': has no place in the layout' as finding from tab where kind is null
    union all select l.name || ': is in the layout and not in the database' from layout l where not exists (select from tab where tab.name = l.name)
    union all select name || ': key column ' || key || ' is missing or nullable' from key where attnum is null or not attnotnull
    union all select name || ': has no primary key' from tab where kind <> 'local' and not exists (select from pg_index i where i.indrelid = tab.oid and i.indisprimary)
    union all select key.name || ': unique ' || i.indexrelid::regclass || ' lacks ' || key.key from key join pg_index i on i.indrelid = key.oid and i.indisunique
      where not key.attnum = any((i.indkey::int2[])[0:i.indnkeyatts - 1])
    union all select key.name || ': exclusion ' || c.conname || ' lacks ' || key.key from key join pg_constraint c on c.conrelid = key.oid and c.contype = 'x'
      where not exists (select from unnest(c.conkey, c.conexclop) x(col, op) join pg_operator o on o.oid = x.op where x.col = key.attnum and o.oprname = '=')
    union all select key.name || ': foreign key ' || c.conname || ' lacks ' || key.key from key join pg_constraint c on c.conrelid = key.oid and c.contype = 'f' and c.conparentid = 0
      join tab r on r.oid = c.confrelid where r.kind in ('account', 'provider')
      and not exists (select from unnest(c.conkey, c.confkey) x(a, b) join pg_attribute ra on ra.attrelid = c.confrelid and ra.attnum = x.b where x.a = key.attnum and ra.attname = key.key)
    union all select s.name || ': foreign key ' || c.conname || ' goes from ' || s.kind || ' to ' || r.kind from tab s join pg_constraint c on c.conrelid = s.oid and c.contype = 'f' and c.conparentid = 0
      join tab r on r.oid = c.confrelid where not (r.kind = 'reference' or r.kind = s.kind)
    union all select s.name || ': foreign key ' || c.conname || ' sets null on delete' from tab s join pg_constraint c on c.conrelid = s.oid and c.contype = 'f' and c.confdeltype in ('n', 'd') where s.kind in ('account', 'provider')
    union all select tab.name || ': trigger ' || g.tgname from tab join pg_trigger g on g.tgrelid = tab.oid and not g.tgisinternal where tab.kind <> 'local'
    union all select tab.name || ': policy ' || p.polname || ' has a subquery' from tab join pg_policy p on p.polrelid = tab.oid
      where concat(pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid)) ~* '\\mselect\\M'
    union all select tab.name || ': identity or serial column ' || a.attname from tab join pg_attribute a on a.attrelid = tab.oid and a.attnum > 0 and not a.attisdropped
      where tab.kind <> 'local' and (a.attidentity <> '' or pg_get_serial_sequence(tab.oid::regclass::text, a.attname) is not null)
    union all select tab.name || ': has more than one level of partitions' from tab join pg_inherits i on i.inhparent = tab.oid join pg_class c on c.oid = i.inhrelid where c.relkind = 'p'
    union all select key || ': has more than one type' from key group by key having count(distinct atttypid) > 1
    union all select p.proname || ': is a SECURITY DEFINER function' from pg_proc p where p.pronamespace = 'app'::regnamespace and p.prosecdef
    order by 1`;
  return rows.map((r) => r.finding as string);
}
