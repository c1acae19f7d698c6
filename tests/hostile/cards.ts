// A tenant's cards in every state that a command asks for.
import { activateCards } from "../../core/cards/activate-cards.ts";
import { addSeries } from "../../core/cards/add-series.ts";
import { blockCards } from "../../core/cards/block-cards.ts";
import { defineDealer } from "../../core/cards/define-dealer.ts";
import { exportBatch } from "../../core/cards/export-batch.ts";
import { cardsFile } from "../../core/cards/export-file.ts";
import { generateCards } from "../../core/cards/generate-cards.ts";
import { handOutCards } from "../../core/cards/hand-out-cards.ts";
import { makeCards } from "../../core/cards/make-cards.ts";
import { pinsPlace, unseal } from "../../core/cards/sealed.ts";
import { sellCards } from "../../core/cards/sell-cards.ts";
import { writeCardsExport } from "../../core/cards/write-export.ts";
import { systemActor } from "../../core/kernel/actor.ts";
import type { Core } from "../../core/kernel/core.ts";
import { cardPins } from "../../db/schema/cards.ts";
import { inTenant } from "../../db/tenant.ts";
import { done } from "../support/operator.ts";

export type Cards = {
  readonly seriesId: string;
  readonly dealerId: string;
  /** Made, one that is still being made, and one that was exported and fetched. */
  readonly batchId: string;
  readonly makingId: string;
  readonly fetchedId: string;
  /** Of a sold card, and of one that makes a subscriber. */
  readonly pin: string;
  readonly openingPin: string;
};

let count = 0;

/** Serial numbers of the series: 1 and 2 are printed, 3 and 4 activated, 5 handed out, 6 sold for cash, 7 blocked. */
export async function cardsFor(core: Core, providerId: number, accountId: string): Promise<Cards> {
  const make = <C, I>(command: C, input: I) => done(core, command as never, input as never, providerId) as Promise<Record<string, string>>;
  const password = "walnut-harbour-sextant-4";
  const { dealerId } = await make(defineDealer, { name: `Dealer ${++count}`, accountId, commissionPercent: "5" });
  const series = async (input: object = {}) =>
    (await make(addSeries, { code: `H${++count}`, name: "Cards", value: "10", ...input })).seriesId!;
  const batch = async (seriesId: string, cards: number) => {
    const { batchId } = await make(generateCards, { seriesId, cards });
    await makeCards(core, { providerId, batchId: batchId! });
    return batchId!;
  };
  const [seriesId, opening] = [await series(), await series({ grants: "subscriber" })];
  const [batchId, openingBatch, fetchedId] = [await batch(seriesId, 7), await batch(opening, 1), await batch(seriesId, 1)];
  const { batchId: makingId } = await make(generateCards, { seriesId, cards: 3 });
  const of = (firstSerial: number, lastSerial = firstSerial) => ({ seriesId, firstSerial, lastSerial });
  await make(activateCards, of(3, 7));
  await make(handOutCards, { ...of(5), dealerId });
  await make(sellCards, of(6));
  await make(blockCards, of(7));
  await make(activateCards, { seriesId: opening, firstSerial: 1, lastSerial: 1 });
  await make(sellCards, { seriesId: opening, firstSerial: 1, lastSerial: 1 });
  await make(exportBatch, { batchId: fetchedId, format: "csv", password });
  await writeCardsExport(core, { providerId, batchId: fetchedId });
  await cardsFile(core, systemActor([providerId]), { providerId, batchId: fetchedId });
  const sealed = await inTenant(core.db, [providerId], (tx) => tx.select().from(cardPins), "read");
  const pinsOf = (id: string) => {
    const part = sealed.find((one) => one.batchId === id)!;
    return unseal(core, pinsPlace(providerId, id, part.firstSerial), part.sealed).split("\n");
  };
  return {
    seriesId,
    dealerId: dealerId!,
    batchId,
    makingId: makingId!,
    fetchedId,
    pin: pinsOf(batchId)[5]!,
    openingPin: pinsOf(openingBatch)[0]!,
  };
}

/** Input that each command over cards accepts. */
export function cardInputs(cards: Cards, accountId: string): Record<string, Record<string, unknown>> {
  const { seriesId, dealerId } = cards;
  const of = (serial: number) => ({ seriesId, firstSerial: serial, lastSerial: serial, why: "as agreed" });
  const fresh = ++count;
  return {
    "cards.add-series": {
      code: `X${fresh}`,
      name: "Summer",
      value: "50",
      grants: "pot",
      potName: "Summer",
      grantedFor: "P30D",
      sellableUntil: "2099-01-01",
    },
    "cards.change-series": { seriesId, name: "Other", sellableUntil: "2099-01-01", dealerId },
    "cards.define-dealer": { dealerId, name: `Dealer x${fresh}`, commissionPercent: "7.5" },
    "cards.generate": { seriesId, cards: 2 },
    "cards.cancel-batch": { batchId: cards.makingId },
    "cards.export": {
      batchId: cards.batchId,
      format: "sheets",
      password: "walnut-harbour-sextant-4",
      redeemUrl: "https://portal.example/redeem",
    },
    "cards.drop-export": { batchId: cards.fetchedId },
    "cards.activate": of(1),
    "cards.hand-out": { ...of(3), dealerId },
    "cards.take-back": { ...of(5), dealerId },
    "cards.sell": of(4),
    "cards.return": of(6),
    "cards.block": of(1),
    "cards.unblock": of(7),
    "cards.void": of(2),
    "cards.redeem": { accountId, pin: cards.pin, clientAddress: "192.0.2.1" },
    "cards.open-account": {
      pin: cards.openingPin,
      name: "New",
      login: `card${fresh}`,
      password: "turnip-lantern-viaduct-9",
      clientAddress: "192.0.2.1",
    },
    "cards.look-up": { pin: cards.pin, clientAddress: "192.0.2.1" },
    "cards.see-alarms": {},
  };
}

/** A PIN is no record's id: whoever has one at another provider has nothing. */
export const cardsOfNothing = ["cards.add-series", "cards.see-alarms", "cards.look-up", "cards.open-account"];
