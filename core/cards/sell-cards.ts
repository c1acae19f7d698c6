// Who pays for cards before they are used: a dealer out of his account, less his commission, or somebody at the desk.
import * as v from "valibot";
import { type RawTx, rawOf } from "../../db/client.ts";
import { defineCommand } from "../kernel/command.ts";
import { accept, refuse } from "../kernel/errors.ts";
import { newId } from "../kernel/id.ts";
import { idField } from "../kernel/input-fields.ts";
import { availableOf, lockBalance } from "../ledger/balance.ts";
import { postedData } from "../ledger/gl-entries.ts";
import { post, postProvider } from "../ledger/post.ts";
import { providerTemplates, settlementDelta, templates } from "../ledger/templates.ts";
import { commissionOf, dealerOf } from "./dealer-of.ts";
import { countOf } from "./move-cards.ts";
import { moveRange } from "./range-command.ts";
import { rangeFields } from "./series-fields.ts";
import { zoneOf } from "./series-of.ts";
import { dayIn } from "./validity.ts";

const currencyOf = async (t: RawTx, providerId: number, accountId: string) =>
  (await t<{ currency: string }[]>`select currency from app.accounts where provider_id = ${providerId} and account_id = ${accountId}`)[0]
    ?.currency;

/** Cards in the provider's own hands, or in the dealer's. Without a dealer they are paid at the desk. */
export const sellCards = defineCommand({
  name: "cards.sell",
  summary: "Sell a range of activated cards: to a dealer, whose account pays, or for cash",
  permission: "cards:write",
  level: "provider",
  input: v.strictObject({ ...rangeFields, dealerId: v.optional(idField) }),

  async run(context, { dealerId, ...range }) {
    const { tx, providerId, now, emit } = context;
    const t = rawOf(tx);
    const dealer = dealerId === undefined ? undefined : await dealerOf(tx, providerId, dealerId);
    if (dealerId !== undefined && !dealer) return refuse("not_found");
    // Money before cards, as when a card is redeemed.
    const balance = dealer && (await lockBalance(t, providerId, dealer.accountId));
    return moveRange(context, "sold", range, {
      async move(series) {
        if (series.kind !== "sold") return refuse("cards_not_sellable");
        if (dealer && (await currencyOf(t, providerId, dealer.accountId)) !== series.currency) return refuse("cards_currency_differs");
        if (series.sellableUntil !== null && series.sellableUntil < dayIn(now, await zoneOf(t, providerId)))
          return refuse("cards_not_sellable");
        return accept({
          trigger: "sell" as const,
          ofDealers: dealer ? [null, dealer.id] : [null],
          ...(dealer ? { toDealer: dealer.id } : {}),
          commissionPpm: dealer?.commissionPpm ?? null,
        });
      },
      async pay(series, moved) {
        const cards = countOf(moved);
        const amountMicros = series.valueMicros * BigInt(cards);
        const id = newId();
        const about = { id, currency: series.currency, sourceKey: `cards.sold:${id}`, effectiveAt: now.toString() };
        const details = { series: series.code, cards, firstSerial: moved[0]!.firstSerial, lastSerial: moved.at(-1)!.lastSerial };
        if (!dealer) {
          const transaction = {
            ...{ ...about, details, template: "cards.sold-for-cash" as const },
            postings: providerTemplates["cards.sold-for-cash"]({ cash: "cash.desk", amountMicros }),
          };
          await postProvider(t, providerId, [transaction], now);
          await emit("ledger.posted", postedData([transaction]));
          return accept(() => id);
        }
        const commissionMicros = commissionOf(series.valueMicros, dealer.commissionPpm) * BigInt(cards);
        const transaction = {
          ...{ ...about, details, template: "card.sold" as const, accountId: dealer.accountId },
          postings: templates["card.sold"]({ amountMicros, commissionMicros }),
        };
        if (!balance || availableOf(balance) + settlementDelta(transaction.postings) < 0n) return refuse("insufficient_funds");
        await post(t, providerId, [transaction], now);
        await emit("ledger.posted", postedData([transaction]));
        return accept(() => id);
      },
    });
  },
});
