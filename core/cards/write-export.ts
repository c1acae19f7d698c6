// Makes the file of an export. The PINs go in the transaction that stores it: until then the job may die and begin anew, after that they are in the file alone.
import { and, eq } from "drizzle-orm";
import { rawOf } from "../../db/client.ts";
import { cardBatches, cardExports, cardPins, cardSeries } from "../../db/schema/cards.ts";
import { inTenant } from "../../db/tenant.ts";
import type { Core } from "../kernel/core.ts";
import { isTransient, isUnavailable } from "../kernel/database-error.ts";
import { formatMicros } from "../kernel/money.ts";
import { serialText } from "./card-of-pin.ts";
import { isExport } from "./export-batch.ts";
import { type BatchId, isBatch } from "./make-cards.ts";
import { type Printed, type PrintedCard, writePrinted } from "./printed-file.ts";
import { passwordPlace, pinsPlace, unseal } from "./sealed.ts";

/** Does nothing for one that is ready or unknown. */
export async function writeCardsExport(core: Core, id: BatchId): Promise<void> {
  const found = await inTenant(
    core.db,
    [id.providerId],
    async (tx) => {
      const [row] = await tx
        .select({ batch: cardBatches, series: cardSeries, export: cardExports })
        .from(cardExports)
        .innerJoin(cardBatches, isBatch(id))
        .innerJoin(cardSeries, and(eq(cardSeries.providerId, cardBatches.providerId), eq(cardSeries.id, cardBatches.seriesId)))
        .where(and(isExport(id), eq(cardExports.state, "waiting")));
      return row;
    },
    "read",
  );
  if (!found?.export.sealedPassword) return;
  const { batch, series } = found;
  const totals = {
    cards: batch.cards,
    value: formatMicros(series.valueMicros * BigInt(batch.cards)),
    currency: series.currency,
    firstSerial: serialText(series.code, batch.firstSerial),
    lastSerial: serialText(series.code, batch.firstSerial + batch.cards - 1),
  };
  const printed: Printed = {
    ...{ series: { code: series.code, name: series.name, value: formatMicros(series.valueMicros), currency: series.currency }, totals },
    redeemUrl: found.export.redeemUrl,
    cards: () => pinsOf(core, id, series.code),
  };
  try {
    const password = unseal(core, passwordPlace(id.providerId, id.batchId), found.export.sealedPassword);
    const file = await writePrinted(found.export.format, printed, password);
    await inTenant(core.db, [id.providerId], async (tx) => {
      const fileName = `cards_${totals.firstSerial}_${totals.lastSerial}.zip`;
      const stored = await tx
        .update(cardExports)
        .set({ state: "ready", file, fileName, totals, cardsDone: batch.cards, sealedPassword: null, finishedAt: core.clock().toString() })
        .where(and(isExport(id), eq(cardExports.state, "waiting")))
        .returning({ batchId: cardExports.batchId });
      if (stored.length > 0) await tx.delete(cardPins).where(and(eq(cardPins.providerId, id.providerId), eq(cardPins.batchId, id.batchId)));
    });
  } catch (error) {
    if (isUnavailable(error) || isTransient(error)) throw error;
    core.log.error({ err: error, ...id }, "export of cards failed");
    await inTenant(core.db, [id.providerId], (tx) =>
      tx
        .update(cardExports)
        .set({
          state: "failed",
          sealedPassword: null,
          problem: "It could not be made. The server's log says why.",
          finishedAt: core.clock().toString(),
        })
        .where(and(isExport(id), eq(cardExports.state, "waiting"))),
    );
  }
}

/** The cards of the batch in their order, with their PINs, some thousands at a time; says how far it is. */
async function* pinsOf(core: Core, { providerId, batchId }: BatchId, code: string): AsyncGenerator<readonly PrintedCard[]> {
  let after = 0;
  for (let done = 0; ; ) {
    const part = await inTenant(core.db, [providerId], async (tx) => {
      const [row] = await rawOf(tx)<{ first_serial: string; sealed: Buffer }[]>`
        select first_serial::text as first_serial, sealed from app.card_pins where provider_id = ${providerId} and batch_id = ${batchId} and first_serial > ${after}
        order by first_serial limit 1`;
      if (row && done > 0) await tx.update(cardExports).set({ cardsDone: done }).where(isExport({ providerId, batchId }));
      return row;
    });
    if (!part) return;
    after = Number(part.first_serial);
    const pins = unseal(core, pinsPlace(providerId, batchId, after), part.sealed).split("\n");
    yield pins.map((pin, i) => ({ serial: serialText(code, after + i), pin }));
    done += pins.length;
  }
}
