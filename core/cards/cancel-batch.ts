import { and, eq } from "drizzle-orm";
import * as v from "valibot";
import { rawOf } from "../../db/client.ts";
import { cardBatches, cardPins, cardSeries } from "../../db/schema/cards.ts";
import { defineCommand } from "../kernel/command.ts";
import { accept, refuse } from "../kernel/errors.ts";
import { idField } from "../kernel/input-fields.ts";
import { isBatch } from "./make-cards.ts";
import { countOf, moveCards, stockChanges, writeMovements } from "./move-cards.ts";
import { lockSeries } from "./series-of.ts";

/** Nobody has seen their PINs: those that were made are void, and their PINs go. Serial numbers that weren't used are given back when no later batch has any. */
export const cancelBatch = defineCommand({
  name: "cards.cancel-batch",
  summary: "Stop making a batch of cards; those that were made already are void",
  permission: "cards:write",
  level: "provider",
  input: v.strictObject({ batchId: idField }),

  async run(context, { batchId }) {
    const { tx, providerId, now, actor, audit, emit } = context;
    const id = { providerId, batchId };
    const [found] = await tx.select({ seriesId: cardBatches.seriesId }).from(cardBatches).where(isBatch(id));
    const series = found && (await lockSeries(tx, providerId, found.seriesId));
    const [batch] = await tx.select().from(cardBatches).where(isBatch(id)).for("update");
    if (!series || !batch) return refuse("not_found");
    if (batch.state !== "making" && batch.state !== "failed") return refuse("batch_made");
    const t = rawOf(tx);
    const lastMade = batch.firstSerial + batch.made - 1;
    const moved =
      batch.made > 0
        ? await moveCards(t, providerId, series, { trigger: "void", firstSerial: batch.firstSerial, lastSerial: lastMade })
        : [];
    if (moved.length > 0) {
      await writeMovements(t, providerId, series.id, moved, { what: "voided", by: actor.name, why: "The batch was cancelled" }, now);
      await emit("cards.moved", stockChanges(series.id, moved));
    }
    await tx.delete(cardPins).where(and(eq(cardPins.providerId, providerId), eq(cardPins.batchId, batchId)));
    await tx.update(cardBatches).set({ state: "cancelled", finishedAt: now.toString() }).where(isBatch(id));
    if (series.lastSerial === batch.firstSerial + batch.cards - 1)
      await tx
        .update(cardSeries)
        .set({ lastSerial: lastMade })
        .where(and(eq(cardSeries.providerId, providerId), eq(cardSeries.id, series.id)));
    audit({ after: { series: series.code, batchId, made: batch.made, voided: countOf(moved) } });
    return accept({ batchId, voided: countOf(moved) });
  },
});
