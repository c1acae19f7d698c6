// Cards for tests: a series with a batch that is made, and its PINs, which only an export or somebody with the key can see.
import type * as v from "valibot";
import { activateCards } from "../../core/cards/activate-cards.ts";
import { addSeries } from "../../core/cards/add-series.ts";
import { generateCards } from "../../core/cards/generate-cards.ts";
import { makeCards } from "../../core/cards/make-cards.ts";
import { pinsPlace, unseal } from "../../core/cards/sealed.ts";
import { sellCards } from "../../core/cards/sell-cards.ts";
import type { Core } from "../../core/kernel/core.ts";
import type { TestDatabase } from "../support/database.ts";
import { done } from "../support/operator.ts";

let count = 0;

export type SeriesInput = Partial<v.InferInput<typeof addSeries.input>>;
export type Made = { readonly seriesId: string; readonly batchId: string; readonly code: string; readonly cards: number };

export async function makeSeries(core: Core, input: SeriesInput = {}, cards = 10, providerId = 1): Promise<Made> {
  const { seriesId, code } = await done(core, addSeries, { code: `S${++count}`, name: "Fifty", value: "50", ...input }, providerId);
  const { batchId } = await done(core, generateCards, { seriesId, cards }, providerId);
  await makeCards(core, { providerId, batchId });
  return { seriesId, batchId, code, cards };
}

/** In the order of the serial numbers. */
export async function pinsOf(db: TestDatabase, { batchId }: Pick<Made, "batchId">, providerId = 1): Promise<string[]> {
  const parts =
    await db.admin`select first_serial::text as first, sealed from app.card_pins where batch_id = ${batchId} order by first_serial`;
  return parts.flatMap((part) => unseal(db.core, pinsPlace(providerId, batchId, Number(part.first)), part.sealed).split("\n"));
}

export const rangeOf = ({ seriesId, cards }: Made) => ({ seriesId, firstSerial: 1, lastSerial: cards });

/** A series whose cards are sold at the desk; gives their PINs too. */
export async function soldSeries(db: TestDatabase, input: SeriesInput = {}, cards = 10, providerId = 1) {
  const made = await makeSeries(db.core, input, cards, providerId);
  await done(db.core, activateCards, rangeOf(made), providerId);
  if (input.kind !== "promotion") await done(db.core, sellCards, rangeOf(made), providerId);
  return { ...made, pins: await pinsOf(db, made, providerId) };
}
