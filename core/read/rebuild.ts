// Makes read models anew from the facts while events go on arriving, and proves that they equal the facts.
import { sql } from "drizzle-orm";
import type { Tx } from "../../db/client.ts";
import { useProviders } from "../../db/tenant.ts";
import type { Core } from "../kernel/core.ts";
import { cursorOf, eventsBetween, isStale, lockProjection, openHorizon } from "./cursor.ts";
import { check, type Difference, type Projection, rebuild } from "./projection.ts";
import { projections } from "./projections.ts";

/** Runs `work` on one snapshot of the whole database while no other run of the projection is under way. The lock comes first: a snapshot taken before it would be stale. */
const alone = <T>(core: Core, projection: Projection, work: (tx: Tx) => Promise<T>): Promise<T> =>
  core.db.transaction(async (lock) => {
    await lockProjection(lock, projection.name);
    return core.db.transaction(work, { isolationLevel: "repeatable read" });
  });

/**
 * Rebuilds one projection, for one provider or for all. Exact under load: the snapshot of the rebuild is kept with the cursor, and events
 * that it has seen are left out afterwards, whether or not older transactions were still running.
 */
export const rebuildProjection = (core: Core, projection: Projection, providerId?: number): Promise<void> =>
  alone(core, projection, (tx) => rebuildIn(core, tx, projection, providerId));

/** The same, unless another worker has done it while this one waited for its turn. */
export const rebuildStale = (core: Core, projection: Projection): Promise<void> =>
  alone(core, projection, async (tx) => {
    const cursor = await cursorOf(tx, projection.name);
    const { next } = await openHorizon(tx);
    if (!cursor || isStale(cursor, projection, next)) await rebuildIn(core, tx, projection);
  });

async function rebuildIn(core: Core, tx: Tx, projection: Projection, providerId?: number): Promise<void> {
  const cursor = await cursorOf(tx, projection.name);
  const [now] = await tx.execute<{ snapshot: string; ids: number[] }>(
    sql`select pg_current_snapshot()::text as snapshot, array(select id from app.providers order by id) as ids`,
  );
  const { snapshot, ids } = now!;
  const partly = providerId !== undefined && cursor?.version === projection.version;
  const rebuilt = partly ? [providerId] : ids;
  for (const id of rebuilt) {
    await useProviders(tx, [id]);
    await rebuild(tx, projection, id);
  }
  const seen = JSON.stringify(Object.fromEntries(rebuilt.map((id) => [id, snapshot])));
  const at = core.clock().toString();
  if (partly) {
    await tx.execute(
      sql`update app.projection_cursors set rebuilt = rebuilt || ${seen}::text::jsonb, advanced_at = ${at} where projection = ${projection.name}`,
    );
    return;
  }
  await openHorizon(tx);
  // Events numbered by transactions that this server has not begun yet come from another server's life; their facts are rebuilt.
  await tx.execute(sql`delete from app.events where xid >= pg_snapshot_xmax(pg_current_snapshot())`);
  await tx.execute(sql`insert into app.projection_cursors (projection, version, xid, position, rebuilt, advanced_at)
      values (${projection.name}, ${projection.version}, pg_snapshot_xmin(${snapshot}::pg_snapshot), 0, ${seen}::text::jsonb, ${at})
      on conflict (projection) do update set version = excluded.version, xid = excluded.xid, position = 0, rebuilt = excluded.rebuilt, advanced_at = excluded.advanced_at`);
}

/** Rebuilds every read model, of one provider or of all; says which one is being worked on. */
export async function rebuildAll(core: Core, providerId?: number, say: (projection: string) => void = () => {}): Promise<void> {
  for (const projection of projections) {
    say(projection.name);
    await rebuildProjection(core, projection, providerId);
  }
}

export type ReadModelDifference = Difference & { readonly projection: string; readonly providerId: number };

class Undo extends Error {}

/**
 * How the read models differ from a rebuild, for `mb verify`. Exact while usage flows: events that a projection hasn't applied yet are
 * applied within the same snapshot first, and everything is undone. Throws when a projection has never run: bring it forward before.
 */
export async function checkReadModels(
  core: Core,
  providerId?: number,
  only: readonly Projection[] = projections,
): Promise<ReadModelDifference[]> {
  const found: ReadModelDifference[] = [];
  for (const projection of only) {
    const undone = alone(core, projection, async (tx) => {
      const cursor = await cursorOf(tx, projection.name);
      if (cursor?.version !== projection.version) throw new Error(`read model ${projection.name} has not been built`);
      await openHorizon(tx);
      await projection.apply(tx, eventsBetween(cursor));
      const [now] = await tx.execute<{ ids: number[] }>(sql`select array(select id from app.providers order by id) as ids`);
      for (const id of now!.ids.filter((each) => providerId === undefined || each === providerId)) {
        await useProviders(tx, [id]);
        found.push(...(await check(tx, projection, id)).map((d) => ({ ...d, projection: projection.name, providerId: id })));
      }
      throw new Undo();
    });
    await undone.catch((error) => {
      if (!(error instanceof Undo)) throw error;
    });
  }
  return found;
}
