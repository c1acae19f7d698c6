// What a projection is: tables that follow the facts by way of events, and can be made from the facts at any time.
import type { SQL } from "drizzle-orm";
import { sql } from "drizzle-orm";
import type { Tx } from "../../db/client.ts";
import { clear, difference, fill, type ReadTable } from "./read-table.ts";

/** A select of (provider_id, type, data) over the events of these types in the batch that is being applied. */
export type EventsOf = (...types: readonly string[]) => SQL;

export type Projection = {
  readonly name: string;
  /** Raised when the tables or their meaning change: the next run rebuilds them. */
  readonly version: number;
  readonly tables: readonly ReadTable[];
  /** Applies a batch of events, each exactly once, in any order; the work stays in the database, one statement per table. */
  apply(tx: Tx, events: EventsOf): Promise<void>;
};

export type Difference = { readonly table: string; readonly kind: "missing" | "wrong"; readonly row: Readonly<Record<string, unknown>> };

/** Makes the provider's rows anew from the facts that the transaction sees. */
export async function rebuild(tx: Tx, projection: Projection, providerId: number): Promise<void> {
  for (const table of projection.tables) {
    await tx.execute(clear(table, providerId));
    await tx.execute(fill(table, providerId));
  }
}

/** How the provider's rows differ from a rebuild; at most 20 of each kind per table. Changes nothing. */
export async function check(tx: Tx, projection: Projection, providerId: number): Promise<Difference[]> {
  const found: Difference[] = [];
  for (const table of projection.tables)
    for (const row of await tx.execute<{ kind: "missing" | "wrong"; row: Record<string, unknown> }>(difference(table, providerId, 20)))
      found.push({ table: `read.${table.name}`, kind: row.kind, row: row.row });
  return found;
}

/** A PostgreSQL array literal of ids or numbers, for `= any(…::uuid[])`. */
export const pgArray = (values: readonly (string | number)[]): SQL => sql`${`{${values.join(",")}}`}`;
