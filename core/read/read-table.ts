// A table of schema `read` as its projection sees it: what each column is for, and from that the statements that fill, rebuild and check it.
import { type SQL, sql } from "drizzle-orm";

/**
 * `key` identifies the row; `keep` is set once with it; `replace` takes the newer value; `add` sums; `least` and `latest` keep the extreme.
 * The order of the columns is the order in which every select that fills the table gives them.
 */
export type Role = "key" | "keep" | "replace" | "add" | "least" | "latest";
export type ReadTable = {
  readonly name: string;
  readonly columns: Readonly<Record<string, Role>>;
  /** What the rows of a provider must be, computed from the facts. */
  readonly facts: (providerId: number) => SQL;
};

const named = (table: ReadTable) => sql.raw(`read.${table.name}`);
const columnsOf = (table: ReadTable) => sql.raw(Object.keys(table.columns).join(", "));

const settle: Record<Role, ((column: string) => string) | undefined> = {
  key: undefined,
  keep: undefined,
  replace: (c) => `${c} = excluded.${c}`,
  add: (c) => `${c} = t.${c} + excluded.${c}`,
  least: (c) => `${c} = least(t.${c}, excluded.${c})`,
  latest: (c) => `${c} = greatest(t.${c}, excluded.${c})`,
};

/** Writes the rows of `select`, one per key, into the table: new keys are inserted, known ones changed as their columns say. */
export function merge(table: ReadTable, select: SQL): SQL {
  const columns = Object.entries(table.columns);
  const keys = columns.filter(([, role]) => role === "key").map(([c]) => c);
  const changes = columns.flatMap(([c, role]) => settle[role]?.(c) ?? []);
  return sql`insert into ${named(table)} as t (${columnsOf(table)}) ${select} on conflict (${sql.raw(keys.join(", "))}) do update set ${sql.raw(changes.join(", "))}`;
}

export const clear = (table: ReadTable, providerId: number): SQL => sql`delete from ${named(table)} where provider_id = ${providerId}`;
export const fill = (table: ReadTable, providerId: number): SQL =>
  sql`insert into ${named(table)} (${columnsOf(table)}) ${table.facts(providerId)}`;

/** Rows that are there and shouldn't be, and rows that should be and aren't; at most `limit` of each kind. */
export const difference = (table: ReadTable, providerId: number, limit: number): SQL => {
  const there = sql`select ${columnsOf(table)} from ${named(table)} where provider_id = ${providerId}`;
  return sql`with facts (${columnsOf(table)}) as materialized (${table.facts(providerId)})
    (select 'missing' as kind, to_jsonb(d) as row from (select * from facts except all (${there})) d limit ${limit})
    union all
    (select 'wrong' as kind, to_jsonb(d) as row from ((${there}) except all select * from facts) d limit ${limit})`;
};
