// Asking for cards: a batch with serial numbers of its own, made by a worker.
import { and, eq } from "drizzle-orm";
import * as v from "valibot";
import { rawOf } from "../../db/client.ts";
import { cardBatches, cardSeries } from "../../db/schema/cards.ts";
import { defineCommand } from "../kernel/command.ts";
import { accept, refuse } from "../kernel/errors.ts";
import { newId } from "../kernel/id.ts";
import { idField } from "../kernel/input-fields.ts";
import { makeCardsJob } from "./jobs.ts";
import { guessesFor, LEAST_GUESSES } from "./pin.ts";
import { lockSeries, zoneOf } from "./series-of.ts";
import { dayIn } from "./validity.ts";

export const MAX_BATCH = 1_000_000;

export const generateCards = defineCommand({
  name: "cards.generate",
  summary: "Make a batch of cards, in the background",
  permission: "cards:write",
  level: "provider",
  input: v.strictObject({
    seriesId: idField,
    cards: v.pipe(
      v.number("must be a number"),
      v.integer("must be a whole number"),
      v.minValue(1, "must be at least 1"),
      v.maxValue(MAX_BATCH, `must be at most ${MAX_BATCH}: make several batches`),
    ),
  }),

  async run(context, { seriesId, cards }) {
    const { tx, providerId, now, actor, enqueue, audit } = context;
    const series = await lockSeries(tx, providerId, seriesId);
    if (!series) return refuse("not_found");
    if (series.sellableUntil !== null && series.sellableUntil < dayIn(now, await zoneOf(rawOf(tx), providerId)))
      return refuse("cards_not_sellable");
    const guesses = guessesFor(series.alphabet, series.pinLength, series.lastSerial + cards);
    if (guesses < LEAST_GUESSES)
      return refuse("cards_guessable", {
        detail: `With ${series.lastSerial + cards} cards of this series one PIN in ${guesses} would be right; it must be one in ${LEAST_GUESSES}. Make a series with longer PINs.`,
        guesses: String(guesses),
      });
    const batchId = newId();
    const firstSerial = series.lastSerial + 1;
    await tx
      .update(cardSeries)
      .set({ lastSerial: series.lastSerial + cards })
      .where(and(eq(cardSeries.providerId, providerId), eq(cardSeries.id, seriesId)));
    await tx.insert(cardBatches).values({
      ...{ providerId, id: batchId, seriesId, firstSerial, cards },
      ...{ state: "making", requestedBy: actor.name, requestedAt: now.toString() },
    });
    await enqueue(makeCardsJob, { providerId, batchId });
    audit({ after: { series: series.code, batchId, cards, firstSerial, lastSerial: series.lastSerial + cards } });
    return accept({ batchId, firstSerial, lastSerial: series.lastSerial + cards, guesses: String(guesses) });
  },
});
