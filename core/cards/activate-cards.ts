import * as v from "valibot";
import { rawOf } from "../../db/client.ts";
import { defineCommand } from "../kernel/command.ts";
import { accept, refuse } from "../kernel/errors.ts";
import { moveRange } from "./range-command.ts";
import { rangeFields } from "./series-fields.ts";
import { zoneOf } from "./series-of.ts";
import { dayIn, endAfter } from "./validity.ts";

/** From now on they count as usable for as long as the series says. Not after the series' last day of sale. */
export const activateCards = defineCommand({
  name: "cards.activate",
  summary: "Activate a range of printed cards: from then on they can be sold, or given away",
  permission: "cards:write",
  level: "provider",
  input: v.strictObject(rangeFields),
  run: (context, range) =>
    moveRange(context, "activated", range, {
      async move(series) {
        const zone = await zoneOf(rawOf(context.tx), context.providerId);
        if (series.sellableUntil !== null && series.sellableUntil < dayIn(context.now, zone)) return refuse("cards_not_sellable");
        return accept({ trigger: "activate" as const, usableUntil: endAfter(context.now, series.usableFor, zone) });
      },
    }),
});
