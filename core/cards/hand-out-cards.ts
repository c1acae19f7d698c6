// Cards in other hands that are still the provider's: a dealer keeps them, and pays when they are sold to him.
import * as v from "valibot";
import { defineCommand } from "../kernel/command.ts";
import { accept, refuse } from "../kernel/errors.ts";
import { idField } from "../kernel/input-fields.ts";
import { dealerOf } from "./dealer-of.ts";
import { moveRange } from "./range-command.ts";
import { rangeFields } from "./series-fields.ts";

/** To the dealer of the series unless told. */
export const handOutCards = defineCommand({
  name: "cards.hand-out",
  summary: "Hand a range of cards out to a dealer, who hasn't bought them yet",
  permission: "cards:write",
  level: "provider",
  input: v.strictObject({ ...rangeFields, dealerId: v.optional(idField) }),
  run: (context, { dealerId, ...range }) =>
    moveRange(context, "handed out", range, {
      async move(series) {
        const id = dealerId ?? series.dealerId;
        const dealer = id ? await dealerOf(context.tx, context.providerId, id) : undefined;
        if (!dealer)
          return id ? refuse("not_found") : refuse("invalid_input", { issues: [{ path: "dealerId", message: "must name a dealer" }] });
        return accept({ trigger: "hand-out" as const, ofDealers: [null], toDealer: dealer.id });
      },
    }),
});

export const takeBackCards = defineCommand({
  name: "cards.take-back",
  summary: "Take cards back from a dealer who hasn't bought them",
  permission: "cards:write",
  level: "provider",
  input: v.strictObject({ ...rangeFields, dealerId: idField }),
  run: (context, { dealerId, ...range }) =>
    moveRange(context, "taken back", range, {
      move: () => accept({ trigger: "take-back" as const, ofDealers: [dealerId], toDealer: null }),
    }),
});
