// Rows of a query in SQL, as the pages and the API want them: camelCase, money as bigint, instants in ISO 8601.
import type { SQL } from "drizzle-orm";
import type { Tx } from "../../db/client.ts";

const INT8 = 20;
const NUMERIC = 1700;
const TIMESTAMPTZ = 1184;

type Column = { readonly name: string; readonly type: number };

const camel = (name: string) => name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());

function valueIn(column: Column, value: unknown): unknown {
  if (typeof value !== "string") return value;
  // A count fits a double exactly up to 2^53; an amount and a sum of octets may not, and are named by their units.
  if (column.type === INT8 || column.type === NUMERIC)
    return column.name.endsWith("_micros") || column.name.startsWith("octets_") ? BigInt(value) : Number(value);
  if (column.type === TIMESTAMPTZ) return `${value.slice(0, 10)}T${value.slice(11).replace(/\+00(:00)?$/, "Z")}`;
  return value;
}

/**
 * Runs the select and gives its rows as `T`, which the caller vouches for: columns `…_micros` and `octets_…` are bigint, other int8 and numeric are
 * number, timestamptz is an ISO instant in UTC, date is YYYY-MM-DD.
 */
export async function rows<T extends object>(tx: Tx, query: SQL): Promise<T[]> {
  const result = await tx.execute(query);
  const columns = (result as unknown as { columns?: Column[] }).columns ?? [];
  const keys = columns.map((column) => camel(column.name));
  return result.map((row) => Object.fromEntries(columns.map((column, i) => [keys[i], valueIn(column, row[column.name])])) as T);
}
