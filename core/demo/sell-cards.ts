// Prepaid cards in the demo: a series that a dealer and the desk sell, and a promotion. Some of each are used.
import { rawOf } from "../../db/client.ts";
import { inTenant } from "../../db/tenant.ts";
import { activateCards } from "../cards/activate-cards.ts";
import { addSeries } from "../cards/add-series.ts";
import { blockCards } from "../cards/block-cards.ts";
import { defineDealer } from "../cards/define-dealer.ts";
import { generateCards } from "../cards/generate-cards.ts";
import { handOutCards } from "../cards/hand-out-cards.ts";
import { makeCards } from "../cards/make-cards.ts";
import { redeemCard } from "../cards/redeem-card.ts";
import { pinsPlace, unseal } from "../cards/sealed.ts";
import { sellCards } from "../cards/sell-cards.ts";
import type { Core } from "../kernel/core.ts";
import type { Step } from "./sell-wholesale.ts";

type Sale = {
  readonly providerId: number;
  readonly dealer: { readonly name: string; readonly accountId: string };
  readonly users: readonly string[];
};

/** The dealer pays out of its own account. `users`: accounts that redeem, in the order of the cards. */
export async function sellCardsOf(core: Core, step: Step, { providerId, dealer, users }: Sale): Promise<void> {
  const { dealerId } = await step<{ dealerId: string }>("dealer", defineDealer, { ...dealer, commissionPercent: "7.5" });
  const series = async (fields: { code: string } & Record<string, string | number>, cards: number) => {
    const { seriesId } = await step<{ seriesId: string }>(`series:${fields.code}`, addSeries, fields);
    const { batchId } = await step<{ batchId: string }>(`batch:${fields.code}`, generateCards, { seriesId, cards });
    await makeCards(core, { providerId, batchId });
    const pins = await pinsOf(core, providerId, batchId);
    let steps = 0;
    return {
      move: (command: unknown, firstSerial: number, lastSerial: number, more: object = {}) =>
        step(`cards:${fields.code}:${steps++}`, command, { seriesId, firstSerial, lastSerial, ...more }),
      redeem: async (serial: number, accountId: string) =>
        step(`redeemed:${fields.code}:${serial}`, redeemCard, { accountId, pin: pins[serial - 1] }),
    };
  };

  const topUp = await series({ code: "TOPUP50", name: "Top-up 50", value: "50", usableFor: "P12M", dealerId }, 300);
  await topUp.move(activateCards, 1, 200);
  await topUp.move(handOutCards, 1, 80);
  await topUp.move(sellCards, 1, 20, { dealerId });
  await topUp.move(sellCards, 101, 112);
  await topUp.move(blockCards, 151, 155, { why: "A box was lost on the way" });
  for (const [i, accountId] of users.slice(0, 8).entries()) await topUp.redeem(i + 1, accountId);

  const granted = { grants: "pot", potName: "Welcome bonus", grantedFor: "P30D" };
  const welcome = await series({ code: "WELCOME", name: "Welcome", kind: "promotion", value: "20", ...granted }, 100);
  await welcome.move(activateCards, 1, 60);
  for (const [i, accountId] of users.slice(8, 12).entries()) await welcome.redeem(i + 1, accountId);
}

/** In clear, by serial number: they lie sealed until the batch is exported. */
async function pinsOf(core: Core, providerId: number, batchId: string): Promise<string[]> {
  const sheets = await inTenant(
    core.db,
    [providerId],
    (tx) => rawOf(tx)<{ first: string; sealed: Uint8Array }[]>`
      select first_serial::text as first, sealed from app.card_pins where provider_id = ${providerId} and batch_id = ${batchId} order by first_serial`,
    "read",
  );
  return sheets.flatMap(({ first, sealed }) => unseal(core, pinsPlace(providerId, batchId, Number(first)), sealed).split("\n"));
}
