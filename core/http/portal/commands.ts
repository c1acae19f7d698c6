// What subscribers may do by themselves: commands on what is theirs, in their own name. The portal's token says who it is; the list here says what.

import { isIP } from "node:net";
import { readPortalToken } from "../../auth/portal-token.ts";
import { redeemCard } from "../../cards/redeem-card.ts";
import { givePromise } from "../../credit/control/give-promise.ts";
import { resumeAccount, suspendAccount } from "../../credit/control/suspend-account.ts";
import type { Actor } from "../../kernel/actor.ts";
import { type Command, execute } from "../../kernel/command.ts";
import type { Core } from "../../kernel/core.ts";
import { type Outcome, refuse } from "../../kernel/errors.ts";

/** Each of them refuses an account that isn't the subscriber's own. */
const offered: readonly Command[] = [givePromise, suspendAccount, resumeAccount, redeemCard] as never;

/** Runs the command that is named as the subscriber whose token it is. The same form key with the same input acts once. */
export async function runForSubscriber(
  core: Core,
  {
    name,
    token,
    key,
    address,
  }: { readonly name: string; readonly token: string; readonly key: string | undefined; readonly address?: string },
  input: unknown,
): Promise<Outcome<unknown>> {
  const who = await readPortalToken(core.secret("portal"), token, core.clock());
  if (!who) return refuse("not_signed_in");
  const command = offered.find((one) => one.name === name);
  if (!command) return refuse("unknown_command");
  const actor: Actor = {
    kind: "subscriber",
    id: who.subscriberId,
    name: "Subscriber, in the portal",
    providerId: who.providerId,
    scope: { providerIds: [who.providerId], groupIds: null },
    permissions: new Set([command.permission]),
  };
  const idempotencyKey = key && /^[\w-]{8,64}$/.test(key) ? { idempotencyKey: `portal:${who.subscriberId}:${name}:${key}` } : {};
  // Whose guesses they are says the door, not the form.
  const given = name === redeemCard.name ? { ...(input as object), ...(isIP(address ?? "") ? { clientAddress: address } : {}) } : input;
  return execute(core, command, given, { actor, providerId: who.providerId, ...idempotencyKey });
}
