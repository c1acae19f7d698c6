// A subscriber's card becomes money, a pot or a service on an account.
import * as v from "valibot";
import { rawOf } from "../../db/client.ts";
import { inTenant } from "../../db/tenant.ts";
import { defineCommand } from "../kernel/command.ts";
import { accept, refuse } from "../kernel/errors.ts";
import { idField } from "../kernel/input-fields.ts";
import { accountInScope } from "../subscribers/in-scope.ts";
import { cardOfPin, isRedeemable } from "./card-of-pin.ts";
import { admitGuess, forgiveGuess, type Guess } from "./guesses.ts";
import { readPin } from "./pin.ts";
import { clientAddressField, pinField, serialField } from "./redeem-fields.ts";
import { useCard } from "./use-card.ts";

const input = v.strictObject({
  accountId: v.optional(idField),
  accountNumber: v.optional(v.pipe(v.string(), v.trim(), v.maxLength(32))),
  pin: pinField,
  serial: serialField,
  clientAddress: clientAddressField,
});
type Input = v.InferOutput<typeof input>;

const guessOf = (providerId: number, accountId: string | undefined, { pin, clientAddress, serial }: Input): Guess => ({
  ...{ providerId, pin: readPin(pin)!, accountId, address: clientAddress, series: serial?.code },
});

/** Of the account by its id or its number; the PIN alone, or with the serial number. `clientAddress`: of whoever typed it, when he isn't at the desk. */
export const redeemCard = defineCommand({
  name: "cards.redeem",
  summary: "Redeem a card on an account",
  permission: "cards:redeem",
  level: "subscriber",
  input: v.pipe(
    input,
    v.check(
      ({ accountId, accountNumber }) => (accountId === undefined) !== (accountNumber === undefined),
      "must name the account, by its id or its number",
    ),
  ),

  async before({ core, providerId }, given) {
    if (readPin(given.pin) === undefined) return refuse("card_mistyped");
    const accountId = await inTenant(core.db, [providerId], (tx) => accountMeant(rawOf(tx), providerId, given), "read");
    return admitGuess(core, guessOf(providerId, accountId, given));
  },

  async run(context, given) {
    const { tx, providerId, now, core, audit } = context;
    const t = rawOf(tx);
    const accountId = await accountMeant(t, providerId, given);
    const found = accountId === undefined ? undefined : await accountInScope(context, accountId);
    // In the portal a subscriber has his own accounts and no others.
    if (!found || (context.actor.kind === "subscriber" && found.subscriber.id !== context.actor.id)) return refuse("not_found");
    if (found.account.status === "closed") return refuse("account_closed");
    const { account } = found;
    const card = await cardOfPin(core, t, providerId, readPin(given.pin)!);
    if (!isRedeemable(card, { currency: account.currency, serial: given.serial, opens: false }, now)) return refuse("card_refused");
    const used = await useCard(context, card, account.accountId);
    if (!used.ok) return used;
    await forgiveGuess(core, tx, guessOf(providerId, account.accountId, given));
    audit({ after: { ...used.value, account: account.number } });
    return accept(used.value);
  },
});

async function accountMeant(
  t: ReturnType<typeof rawOf>,
  providerId: number,
  { accountId, accountNumber }: Input,
): Promise<string | undefined> {
  if (accountNumber === undefined) return accountId;
  const [row] = await t<
    { account_id: string }[]
  >`select account_id from app.account_numbers where provider_id = ${providerId} and number = ${accountNumber}`;
  return row?.account_id;
}
