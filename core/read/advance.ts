// Brings the read models forward, each by its own cursor: applied and moved in one transaction, so that a crash repeats nothing.
import { sql } from "drizzle-orm";
import type { Core } from "../kernel/core.ts";
import { cursorOf, eventsBetween, isStale, lockProjection, moveCursor, nextStop, openHorizon } from "./cursor.ts";
import type { Projection } from "./projection.ts";
import { projections as all } from "./projections.ts";
import { rebuildStale } from "./rebuild.ts";

export type AdvanceOptions = {
  readonly projections?: readonly Projection[];
  /** Events per transaction. One of a batch of 5,000 calls has up to 5,000 entries. */
  readonly limit?: number;
  /** How long to wait for transactions that hold events back, in milliseconds. */
  readonly patienceMs?: number;
};

/**
 * Applies events until none is left. Gives false when some are still held back by a transaction that runs longer than the patience:
 * whoever called sends the job again. Throws after all have had their turn when one of the projections failed; the others are up to date then.
 */
export async function advance(core: Core, options: AdvanceOptions = {}): Promise<boolean> {
  const { projections = all, limit = 50, patienceMs = 20_000 } = options;
  const until = performance.now() + patienceMs;
  for (let waits = 0; ; ) {
    const waiting = await lookAhead(core, projections);
    if (waiting === "nothing") return true;
    if (waiting === "ready" && (await pass(core, projections, limit))) {
      waits = 0;
      continue;
    }
    const left = until - performance.now();
    if (left <= 0) return false;
    await Bun.sleep(Math.min(left, 10 * ++waits, 100));
  }
}

/** Gives every projection its turn; says whether any has moved. */
async function pass(core: Core, projections: readonly Projection[], limit: number): Promise<boolean> {
  const failures: unknown[] = [];
  let moved = false;
  for (const projection of projections) {
    try {
      for (let applied = await step(core, projection, limit); applied !== 0; applied = await step(core, projection, limit)) moved = true;
    } catch (error) {
      core.log.error({ err: error, projection: projection.name }, "read model not advanced");
      failures.push(error);
    }
  }
  if (failures.length > 0) throw new AggregateError(failures, "some read models could not be advanced");
  return moved;
}

/** Applies the next events to one projection; gives how many. A projection that is new, of another version or moved here from another server is rebuilt first. */
async function step(core: Core, projection: Projection, limit: number): Promise<number> {
  const applied = await core.db.transaction(async (tx) => {
    await lockProjection(tx, projection.name);
    const cursor = await cursorOf(tx, projection.name);
    const { horizon, next } = await openHorizon(tx);
    if (!cursor || isStale(cursor, projection, next)) return "rebuild";
    const stop = await nextStop(tx, cursor, horizon, limit);
    if (!stop) return 0;
    await projection.apply(tx, eventsBetween(cursor, stop));
    await moveCursor(tx, projection.name, stop, core.clock());
    return stop.events;
  });
  if (applied !== "rebuild") return applied;
  await rebuildStale(core, projection);
  return 1;
}

/**
 * What there is to do, by the projection that is furthest back: nothing; something that can be applied; or only events that are held back by
 * a transaction which still runs. One look, so that waiting for such a transaction costs next to nothing.
 */
async function lookAhead(core: Core, projections: readonly Projection[]): Promise<"nothing" | "ready" | "held"> {
  return core.db.transaction(async (tx) => {
    const { horizon, next } = await openHorizon(tx);
    const cursors = await tx.execute<{ projection: string; version: number; xid: string; position: string }>(
      sql`select c.projection, c.version, c.xid::text, c.position::text from app.projection_cursors c order by c.xid, c.position`,
    );
    const ours = cursors.filter((c) => projections.some((p) => p.name === c.projection && p.version === c.version));
    if (ours.length < projections.length || ours.some((c) => BigInt(c.xid) > BigInt(next))) return "ready";
    const last = ours[0];
    if (!last) return "nothing";
    const [event] = await tx.execute<{ applicable: boolean }>(
      sql`select e.xid < ${horizon}::xid8 as applicable from app.events e where (e.xid, e.position) > (${last.xid}::xid8, ${last.position}::bigint) order by e.xid, e.position limit 1`,
    );
    return event === undefined ? "nothing" : event.applicable ? "ready" : "held";
  });
}

/** Deletes events that all projections have applied and that are older than a week, 10,000 at a time. Gives how many went. */
export async function forgetOldEvents(core: Core): Promise<number> {
  const before = core.clock().subtract({ hours: 7 * 24 });
  for (let total = 0; ; ) {
    const gone = await core.db.transaction(async (tx) => {
      await openHorizon(tx);
      const rows = await tx.execute(sql`delete from app.events e using (
          select o.xid, o.position from app.events o, (select c.xid, c.position from app.projection_cursors c order by c.xid, c.position limit 1) cursor
          where (o.xid, o.position) <= (cursor.xid, cursor.position) and o.at < ${before.toString()} order by o.xid, o.position limit 10000) old
        where e.xid = old.xid and e.position = old.position returning e.xid`);
      return rows.length;
    });
    total += gone;
    if (gone < 10_000) return total;
  }
}
