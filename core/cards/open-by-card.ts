// A card that makes a subscriber: whoever has it registers himself, with a login of his own, and gets an account with the card's value.
import * as v from "valibot";
import { rawOf } from "../../db/client.ts";
import { newPasswordField } from "../auth/login-field.ts";
import { type CommandContext, defineCommand } from "../kernel/command.ts";
import { accept, type Outcome, refuse } from "../kernel/errors.ts";
import { registerSubscriber } from "../subscribers/register-subscriber.ts";
import { setPortalLogin } from "../subscribers/set-portal-login.ts";
import { subscriberNameField } from "../subscribers/subscriber-fields.ts";
import { type Card, cardOfPin, isRedeemable } from "./card-of-pin.ts";
import { admitGuess, forgiveGuess } from "./guesses.ts";
import { readPin } from "./pin.ts";
import { clientAddressField, pinField, serialField } from "./redeem-fields.ts";
import { type Used, useCard } from "./use-card.ts";

export type Opened = Used & { readonly subscriberId: string; readonly number: number; readonly accountNumber: string };

/** A subscriber in the group of the series, a prepaid account in its currency, the card used on it. The caller has found it redeemable. */
export async function openByCard(context: CommandContext, card: Card, name: string): Promise<Outcome<Opened>> {
  const silent = { ...context, audit() {} };
  const registered = await registerSubscriber.run(silent, {
    ...{ kind: "person", name, groupId: card.groupId!, email: null, phone: null },
    account: { kind: "prepaid", currency: card.currency, creditLimit: 0n },
  });
  if (!registered.ok) return registered;
  const { subscriberId, number, accountId, accountNumber } = registered.value;
  const used = await useCard(context, card, accountId!);
  return used.ok ? accept({ ...used.value, subscriberId, number, accountNumber: accountNumber! }) : used;
}

export const openAccountByCard = defineCommand({
  name: "cards.open-account",
  summary: "Register a new subscriber by a card that makes one, with a login for the portal",
  permission: "cards:redeem",
  level: "provider",
  input: v.strictObject({
    pin: pinField,
    serial: serialField,
    name: subscriberNameField,
    login: setPortalLogin.input.entries.login,
    password: newPasswordField,
    clientAddress: clientAddressField,
  }),
  conflicts: { portal_logins_provider_id_login_key: "login_taken" },

  async before({ core, providerId }, { pin, serial, clientAddress }) {
    const read = readPin(pin);
    if (read === undefined) return refuse("card_mistyped");
    return admitGuess(core, { providerId, pin: read, address: clientAddress, series: serial?.code });
  },

  async run(context, { pin, serial, name, login, password, clientAddress }) {
    const { tx, providerId, now, core, audit } = context;
    const read = readPin(pin)!;
    const card = await cardOfPin(core, rawOf(tx), providerId, read);
    if (!isRedeemable(card, { serial, opens: true }, now)) return refuse("card_refused");
    const opened = await openByCard(context, card, name);
    if (!opened.ok) return opened;
    const { subscriberId } = opened.value;
    const withLogin = await setPortalLogin.run({ ...context, audit() {} }, { subscriberId, login, password });
    if (!withLogin.ok) return withLogin;
    await forgiveGuess(core, tx, { providerId, pin: read, address: clientAddress, series: serial?.code });
    audit({ after: { ...opened.value, name, login } });
    return opened;
  },
});
