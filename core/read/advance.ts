// Brings the read models forward, each by its own cursor: applied and moved in one transaction, so that a crash repeats nothing.
import { sql } from "drizzle-orm";
import type { Core } from "../kernel/core.ts";
import { cursorOf, eventsBetween, lockProjection, moveCursor, nextStop, openHorizon } from "./cursor.ts";
import type { Projection } from "./projection.ts";
import { projections as all } from "./projections.ts";
import { rebuildProjection } from "./rebuild.ts";

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
  const failures: unknown[] = [];
  for (let waits = 0; ; ) {
    let moved = false;
    for (const projection of projections) {
      try {
        while ((await step(core, projection, limit)) > 0) moved = true;
      } catch (error) {
        core.log.error({ err: error, projection: projection.name }, "read model not advanced");
        failures.push(error);
      }
    }
    if (failures.length > 0) throw new AggregateError(failures, "some read models could not be advanced");
    if (moved) {
      waits = 0;
      continue;
    }
    if (!(await someWait(core, projections))) return true;
    const left = until - performance.now();
    if (left <= 0) return false;
    await Bun.sleep(Math.min(left, 10 * ++waits, 100));
  }
}

/** Applies the next events to one projection; gives how many. A projection that is new, of another version or moved here from another server is rebuilt first. */
async function step(core: Core, projection: Projection, limit: number): Promise<number> {
  const applied = await core.db.transaction(async (tx) => {
    await lockProjection(tx, projection.name);
    const cursor = await cursorOf(tx, projection.name);
    const { horizon, next } = await openHorizon(tx);
    if (cursor?.version !== projection.version || BigInt(cursor.xid) > BigInt(next)) return "rebuild";
    const stop = await nextStop(tx, cursor, horizon, limit);
    if (!stop) return 0;
    await projection.apply(tx, eventsBetween(cursor, stop));
    await moveCursor(tx, projection.name, stop, core.clock());
    return stop.events;
  });
  if (applied !== "rebuild") return applied;
  await rebuildProjection(core, projection);
  return 0;
}

/** Whether any event is left that a projection has not applied. */
async function someWait(core: Core, projections: readonly Projection[]): Promise<boolean> {
  return core.db.transaction(async (tx) => {
    await openHorizon(tx);
    const [row] = await tx.execute<{ waiting: boolean }>(sql`select exists (
      select from (select c.xid, c.position from app.projection_cursors c where c.projection = any(${`{${projections.map((p) => p.name).join(",")}}`}::text[])
                   order by c.xid, c.position limit 1) cursor
      join app.events e on (e.xid, e.position) > (cursor.xid, cursor.position)) as waiting`);
    return row!.waiting;
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
