// Somebody at the desk has a card that doesn't work: what is it, and what became of it? It counts as a guess, since it tells more than redeeming does.
import * as v from "valibot";
import { rawOf } from "../../db/client.ts";
import { defineCommand } from "../kernel/command.ts";
import { accept, refuse } from "../kernel/errors.ts";
import { cardOfPin } from "./card-of-pin.ts";
import { admitGuess, forgiveGuess } from "./guesses.ts";
import { readPin } from "./pin.ts";
import { clientAddressField, pinField } from "./redeem-fields.ts";

export const lookUpCard = defineCommand({
  name: "cards.look-up",
  summary: "Find a card by its PIN; it is written down who looked",
  permission: "cards:redeem",
  level: "provider",
  input: v.strictObject({ pin: pinField, clientAddress: clientAddressField }),

  async before({ core, providerId }, { pin, clientAddress }) {
    const read = readPin(pin);
    if (read === undefined) return refuse("card_mistyped");
    return admitGuess(core, { providerId, pin: read, address: clientAddress });
  },

  async run({ tx, providerId, core, audit }, { pin, clientAddress }) {
    const read = readPin(pin)!;
    const card = await cardOfPin(core, rawOf(tx), providerId, read);
    if (!card) return refuse("card_refused");
    await forgiveGuess(core, tx, { providerId, pin: read, address: clientAddress });
    audit({ after: { series: card.code, serial: card.serial } });
    return accept({ seriesId: card.seriesId, serial: card.serial });
  },
});
