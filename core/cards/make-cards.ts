// Makes the cards of a batch, some at a time, each time in one transaction that also says how far it is: a worker that dies leaves nothing half, and another goes on.
import { and, eq } from "drizzle-orm";
import { rawOf, type Tx } from "../../db/client.ts";
import { cardBatches, cardPins, cardSeries } from "../../db/schema/cards.ts";
import { inTenant } from "../../db/tenant.ts";
import { emitIn } from "../kernel/command.ts";
import type { Core } from "../kernel/core.ts";
import { databaseErrorOf, isTransient, isUnavailable } from "../kernel/database-error.ts";
import { newId } from "../kernel/id.ts";
import { enqueueIn } from "../kernel/job.ts";
import { advanceReadModels } from "../kernel/read-models-job.ts";
import { type Movement, stockChanges, writeMovements } from "./move-cards.ts";
import { drawPins } from "./pin.ts";
import { PIN_HASH_BYTES, pinHasher } from "./pin-hash.ts";
import { pinsPlace, seal } from "./sealed.ts";

/** Cards of one transaction: some tenths of a second, so that the progress moves and a cancellation is soon heard. */
const CHUNK = 20_000;

export type BatchId = { readonly providerId: number; readonly batchId: string };
type Batch = typeof cardBatches.$inferSelect;

export const isBatch = ({ providerId, batchId }: BatchId) => and(eq(cardBatches.providerId, providerId), eq(cardBatches.id, batchId));

/** Does nothing for a batch that is made, cancelled or unknown. */
export async function makeCards(core: Core, id: BatchId, chunk = CHUNK): Promise<void> {
  try {
    const series = await inTenant(core.db, [id.providerId], (tx) => seriesOf(tx, id), "read");
    if (!series) return;
    while (await makeChunk(core, id, series, chunk));
  } catch (error) {
    if (isUnavailable(error) || isTransient(error)) throw error;
    core.log.error({ err: error, ...id }, "making cards failed");
    const problem = "It could not go on. The server's log says why.";
    await inTenant(core.db, [id.providerId], (tx) =>
      tx
        .update(cardBatches)
        .set({ state: "failed", problem, finishedAt: core.clock().toString() })
        .where(and(isBatch(id), eq(cardBatches.state, "making"))),
    );
  }
}

type Drawn = { readonly id: string; readonly alphabet: "base32" | "digits"; readonly pinLength: number };

async function seriesOf(tx: Tx, id: BatchId): Promise<Drawn | undefined> {
  const [row] = await tx
    .select({ id: cardSeries.id, alphabet: cardSeries.alphabet, pinLength: cardSeries.pinLength })
    .from(cardBatches)
    .innerJoin(cardSeries, and(eq(cardSeries.providerId, cardBatches.providerId), eq(cardSeries.id, cardBatches.seriesId)))
    .where(isBatch(id));
  return row;
}

/** Says whether there is more to do. A PIN that is taken already, which is all but impossible, makes it draw anew. */
async function makeChunk(core: Core, id: BatchId, series: Drawn, chunk: number): Promise<boolean> {
  try {
    return await inTenant(core.db, [id.providerId], async (tx) => {
      const [batch] = await tx.select().from(cardBatches).where(isBatch(id)).for("update");
      if (batch?.state !== "making") return false;
      const count = Math.min(chunk, batch.cards - batch.made);
      const pins = drawPins(series.alphabet, series.pinLength, count);
      const firstSerial = batch.firstSerial + batch.made;
      await store(core, tx, batch, firstSerial, pins);
      await tellMade(core, tx, batch, firstSerial, count);
      const made = batch.made + count;
      const done = made === batch.cards;
      await tx
        .update(cardBatches)
        .set({ made, ...(done ? { state: "made" as const, finishedAt: core.clock().toString() } : {}) })
        .where(isBatch(id));
      return !done;
    });
  } catch (error) {
    if (databaseErrorOf(error)?.code === "23505") return true;
    throw error;
  }
}

/** The hashes go over as one value that the database cuts up: as fast as a COPY, which row-level security refuses on the table itself. */
async function store(
  core: Core,
  tx: Tx,
  { providerId, id: batchId, seriesId }: Batch,
  firstSerial: number,
  pins: readonly string[],
): Promise<void> {
  const hash = pinHasher(core, providerId);
  const hashes = Buffer.allocUnsafe(pins.length * PIN_HASH_BYTES);
  for (const [i, pin] of pins.entries()) hashes.set(hash(pin), i * PIN_HASH_BYTES);
  await rawOf(tx)`
    insert into app.cards (provider_id, series_id, serial, pin_hash, state)
    select ${providerId}, ${seriesId}::uuid, ${firstSerial}::bigint + i, substring(given.hashes from i * ${PIN_HASH_BYTES}::int + 1 for ${PIN_HASH_BYTES}::int), 'generated'
    from (select ${hashes}::bytea as hashes offset 0) given, generate_series(0, ${pins.length - 1}::int) i`;
  await tx
    .insert(cardPins)
    .values({ providerId, batchId, firstSerial, sealed: seal(core, pinsPlace(providerId, batchId, firstSerial), pins.join("\n")) });
}

async function tellMade(
  core: Core,
  tx: Tx,
  { providerId, seriesId, requestedBy }: Batch,
  firstSerial: number,
  cards: number,
): Promise<void> {
  const printed: Movement = {
    ...{
      movementId: newId(),
      fromState: null,
      toState: "generated",
      fromBlocked: false,
      toBlocked: false,
      fromDealer: null,
      toDealer: null,
    },
    ...{ cards, firstSerial, lastSerial: firstSerial + cards - 1 },
  };
  const now = core.clock();
  await writeMovements(rawOf(tx), providerId, seriesId, [printed], { what: "printed", by: requestedBy }, now);
  await emitIn(tx, providerId, "cards.moved", stockChanges(seriesId, [printed]), now);
  await enqueueIn(core.boss, tx)(advanceReadModels, {}, { key: "all" });
}
