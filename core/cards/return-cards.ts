// Sold cards come back: whoever paid for them gets it back, a dealer less the commission that he had on them.

import { and, eq } from "drizzle-orm";
import * as v from "valibot";
import { rawOf } from "../../db/client.ts";
import { cardSeries } from "../../db/schema/cards.ts";
import { defineCommand } from "../kernel/command.ts";
import { accept, refuse } from "../kernel/errors.ts";
import { newId } from "../kernel/id.ts";
import { idField } from "../kernel/input-fields.ts";
import { lockBalance } from "../ledger/balance.ts";
import { postedData } from "../ledger/gl-entries.ts";
import { post, postProvider } from "../ledger/post.ts";
import { providerTemplates, templates } from "../ledger/templates.ts";
import { commissionOf, dealerOf } from "./dealer-of.ts";
import { countOf } from "./move-cards.ts";
import { moveRange } from "./range-command.ts";
import { rangeFields } from "./series-fields.ts";

/** They are the provider's own again, activated. Without a dealer: what was sold at the desk. */
export const returnCards = defineCommand({
  name: "cards.return",
  summary: "Take sold cards back that nobody has used, from a dealer or at the desk, and give the money back",
  permission: "cards:write",
  level: "provider",
  input: v.strictObject({ ...rangeFields, dealerId: v.optional(idField) }),

  async run(context, { dealerId, ...range }) {
    const { tx, providerId, now, emit } = context;
    const t = rawOf(tx);
    const dealer = dealerId === undefined ? undefined : await dealerOf(tx, providerId, dealerId);
    if (dealerId !== undefined && !dealer) return refuse("not_found");
    if (dealer) await lockBalance(t, providerId, dealer.accountId);
    return moveRange(context, "returned", range, {
      move: () => accept({ trigger: "return" as const, ofDealers: [dealer?.id ?? null], toDealer: null, commissionPpm: null }),
      async pay(series, moved) {
        const cards = countOf(moved);
        const amountMicros = series.valueMicros * BigInt(cards);
        const id = newId();
        const about = { id, currency: series.currency, sourceKey: `cards.returned:${id}`, effectiveAt: now.toString() };
        const details = { series: series.code, cards, firstSerial: moved[0]!.firstSerial, lastSerial: moved.at(-1)!.lastSerial };
        // Past its last day of sale it expires with the next sweep.
        if (series.sweptAt !== null)
          await tx
            .update(cardSeries)
            .set({ sweptAt: null })
            .where(and(eq(cardSeries.providerId, providerId), eq(cardSeries.id, series.id)));
        if (!dealer) {
          const transaction = {
            ...{ ...about, details, template: "cards.sold-for-cash" as const },
            postings: providerTemplates["cards.sold-for-cash"]({ cash: "cash.desk", amountMicros: -amountMicros }),
          };
          await postProvider(t, providerId, [transaction], now);
          await emit("ledger.posted", postedData([transaction]));
          return accept(() => id);
        }
        const commissionMicros = moved.reduce(
          (sum, m) => sum + commissionOf(series.valueMicros, m.commissionPpm ?? 0) * BigInt(m.cards),
          0n,
        );
        const transaction = {
          ...{ ...about, details, template: "card.returned" as const, accountId: dealer.accountId },
          postings: templates["card.returned"]({ amountMicros, commissionMicros }),
        };
        await post(t, providerId, [transaction], now);
        await emit("ledger.posted", postedData([transaction]));
        return accept(() => id);
      },
    });
  },
});
