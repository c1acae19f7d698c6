// A card at the door of the network: its PIN is typed as the login. The first time it makes the subscriber and begins the service; after that it is the login of that service.
// With a login that is known, the PIN in the place of the password is credited to that login's account.
import * as v from "valibot";
import { rawOf } from "../../db/client.ts";
import { inTenant } from "../../db/tenant.ts";
import { systemActor } from "../kernel/actor.ts";
import { defineCommand, execute } from "../kernel/command.ts";
import type { Core } from "../kernel/core.ts";
import { accept, type Outcome, refuse } from "../kernel/errors.ts";
import { cardOfPin, isRedeemable, serialText } from "./card-of-pin.ts";
import { admitGuess, forgiveGuess } from "./guesses.ts";
import { openByCard } from "./open-by-card.ts";
import { readPin } from "./pin.ts";
import { redeemCard } from "./redeem-card.ts";
import { clientAddressField, pinField } from "./redeem-fields.ts";

export type ByLogin = {
  readonly what: "created" | "credited" | "known";
  readonly accountId: string;
  readonly serviceId: string | null;
};

/** `address`: of whoever signs in, or of the network's door when that isn't known. `now` decides which login is whose. */
export async function redeemByLogin(
  core: Core,
  providerId: number,
  given: { readonly pin: string; readonly login?: string; readonly address?: string },
): Promise<Outcome<ByLogin>> {
  const call = { actor: systemActor([providerId], "cards at sign-in"), providerId };
  const { pin, login, address: clientAddress } = given;
  if (login === undefined) return execute(core, signInByCard, { pin, clientAddress }, call);
  const holder = await inTenant(
    core.db,
    [providerId],
    async (tx) => {
      const [row] = await rawOf(tx)<{ account_id: string; service_id: string }[]>`
      select account_id, service_id from app.identifiers
      where provider_id = ${providerId} and kind = 'login' and value = ${login} and valid @> ${core.clock().toString()}::timestamptz`;
      return row;
    },
    "read",
  );
  // As if the card were wrong: who has which login is nobody's business.
  if (!holder) return refuse("card_refused");
  const redeemed = await execute(core, redeemCard, { accountId: holder.account_id, pin, clientAddress }, call);
  if (!redeemed.ok) return redeemed;
  return accept({ what: "credited", accountId: holder.account_id, serviceId: redeemed.value.serviceId ?? holder.service_id });
}

/** The PIN alone. Not among the commands of the API: only the network's door runs it. */
const signInByCard = defineCommand({
  name: "cards.sign-in",
  summary: "Open an account by the PIN of a card, or find the one it opened",
  permission: "cards:redeem",
  level: "provider",
  input: v.strictObject({ pin: pinField, clientAddress: clientAddressField }),

  async before({ core, providerId }, { pin, clientAddress }) {
    const read = readPin(pin);
    if (read === undefined) return refuse("card_mistyped");
    return admitGuess(core, { providerId, pin: read, address: clientAddress });
  },

  async run(context, { pin, clientAddress }): Promise<Outcome<ByLogin>> {
    const { tx, providerId, now, core, audit } = context;
    const read = readPin(pin)!;
    const card = await cardOfPin(core, rawOf(tx), providerId, read);
    if (card?.grants === "subscriber" && card.state === "used") {
      await forgiveGuess(core, tx, { providerId, pin: read, address: clientAddress });
      return accept({ what: "known", accountId: card.accountId!, serviceId: card.serviceId });
    }
    if (!isRedeemable(card, { opens: true }, now)) return refuse("card_refused");
    const opened = await openByCard(context, card, serialText(card.code, card.serial));
    if (!opened.ok) return opened;
    await forgiveGuess(core, tx, { providerId, pin: read, address: clientAddress });
    audit({ after: opened.value });
    return accept({ what: "created", accountId: opened.value.accountId, serviceId: opened.value.serviceId });
  },
});
