// Where a projection stands among the events. Events are read in the order (transaction, position) and only below the oldest
// transaction that still runs: one that began earlier and commits later can then never slip in behind the cursor.
import { type SQL, sql } from "drizzle-orm";
import type { Tx } from "../../db/client.ts";
import type { EventsOf, Projection } from "./projection.ts";

export type Position = { readonly xid: string; readonly position: string };

/** `rebuilt`: provider id → snapshot of its last rebuild. What that snapshot saw is in the rows already, although the cursor is below it. */
export type Cursor = Position & { readonly version: number; readonly rebuilt: Readonly<Record<string, string>> };

/** One run of a projection at a time; a lock that no snapshot belongs to, so that a rebuild can take it before it looks at the facts. */
export const lockProjection = (tx: Tx, name: string) =>
  tx.execute(sql`select pg_advisory_xact_lock(hashtext('mediabilling.projection'), hashtext(${name}))`);

export async function cursorOf(tx: Tx, name: string): Promise<Cursor | undefined> {
  const [row] = await tx.execute<{ xid: string; position: string; version: number; rebuilt: Record<string, string> }>(
    sql`select xid::text, position::text, version, rebuilt from app.projection_cursors where projection = ${name}`,
  );
  return row && { xid: row.xid, position: row.position, version: row.version, rebuilt: row.rebuilt };
}

/** Whether the cursor can't be followed: of another version, or numbered by a server that counted further than this one (a restored dump). */
export const isStale = (cursor: Cursor, projection: Projection, next: string): boolean =>
  cursor.version !== projection.version ||
  BigInt(cursor.xid) > BigInt(next) ||
  Object.values(cursor.rebuilt).some((snapshot) => BigInt(snapshot.split(":")[1]!) > BigInt(next));

/**
 * Makes the transaction see every provider, and gives the horizon below which all transactions have ended.
 * In one statement: a provider whose making ended below the horizon is among those that are seen.
 */
export async function openHorizon(tx: Tx): Promise<{ horizon: string; next: string }> {
  const [row] = await tx.execute<{ horizon: string; next: string }>(
    sql`select pg_snapshot_xmin(s)::text as horizon, pg_snapshot_xmax(s)::text as next, app.use_providers(array(select id from app.providers))
        from (select pg_current_snapshot() as s) now`,
  );
  return row!;
}

/** The last of the next `limit` events after `from` and below `horizon`, with how many they are; undefined when there is none. */
export async function nextStop(
  tx: Tx,
  from: Position,
  horizon: string,
  limit: number,
): Promise<(Position & { events: number }) | undefined> {
  const [row] = await tx.execute<{ xid: string; position: string; events: number }>(
    sql`select n.xid::text, n.position::text, count(*) over ()::int as events from (
          select e.xid, e.position from app.events e where (e.xid, e.position) > (${from.xid}::xid8, ${from.position}::bigint) and e.xid < ${horizon}::xid8
          order by e.xid, e.position limit ${limit}) n
        order by n.xid desc, n.position desc limit 1`,
  );
  return row;
}

/** The events after `from` up to and with `to`, less those that a rebuild has seen. Without `to`: all that the transaction sees. */
export function eventsBetween(from: Cursor, to?: Position): EventsOf {
  const end: SQL = to ? sql`and (e.xid, e.position) <= (${to.xid}::xid8, ${to.position}::bigint)` : sql``;
  const skip: SQL =
    Object.keys(from.rebuilt).length > 0
      ? sql`and not coalesce(pg_visible_in_snapshot(e.xid, (${JSON.stringify(from.rebuilt)}::text::jsonb ->> e.provider_id::text)::pg_snapshot), false)`
      : sql``;
  return (...types) => sql`select e.provider_id, e.type, e.data from app.events e
    where (e.xid, e.position) > (${from.xid}::xid8, ${from.position}::bigint) ${end} ${skip} and e.type = any(${`{${types.join(",")}}`}::text[])`;
}

/** Moves the cursor; snapshots of rebuilds that lie wholly below it are forgotten. */
export const moveCursor = (tx: Tx, name: string, to: Position, now: Temporal.Instant) =>
  tx.execute(sql`update app.projection_cursors set xid = ${to.xid}::xid8, position = ${to.position}::bigint, advanced_at = ${now.toString()},
      rebuilt = coalesce((select jsonb_object_agg(r.key, r.value) from jsonb_each_text(rebuilt) r where pg_snapshot_xmax(r.value::pg_snapshot) > ${to.xid}::xid8), '{}')
    where projection = ${name}`);
