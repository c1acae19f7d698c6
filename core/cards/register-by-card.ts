// The portal's public page "I have a card": a stranger becomes a subscriber of whichever provider's card it is, and is signed in.
import * as v from "valibot";
import { rawOf } from "../../db/client.ts";
import { inTenant } from "../../db/tenant.ts";
import { signPortalToken } from "../auth/portal-token.ts";
import type { Actor } from "../kernel/actor.ts";
import { execute } from "../kernel/command.ts";
import type { Core } from "../kernel/core.ts";
import { accept, type Outcome, refuse } from "../kernel/errors.ts";
import { allProviderIds, ROOT_PROVIDER_ID } from "../providers/tenants.ts";
import { cardOfPin } from "./card-of-pin.ts";
import { admitGuess } from "./guesses.ts";
import { openAccountByCard } from "./open-by-card.ts";
import { readPin } from "./pin.ts";

const given = v.object({ pin: v.pipe(v.string(), v.maxLength(100)), name: v.string(), login: v.string(), password: v.string() });

/** A token for the portal. `address` is the stranger's, as the portal saw it. */
export async function registerByCard(core: Core, raw: unknown, address: string): Promise<Outcome<{ token: string }>> {
  const parsed = v.safeParse(given, raw);
  const pin = parsed.success ? readPin(parsed.output.pin) : undefined;
  if (!parsed.success || pin === undefined) return refuse("card_mistyped");
  const providerId = await providerOfPin(core, pin);
  if (providerId === undefined) return (await admitGuess(core, { providerId: ROOT_PROVIDER_ID, pin, address })) ?? refuse("card_refused");
  const actor: Actor = {
    kind: "subscriber",
    id: "new",
    name: "New subscriber, in the portal",
    providerId,
    scope: { providerIds: [providerId], groupIds: null },
    permissions: new Set([openAccountByCard.permission]),
  };
  const clientAddress = /^[0-9a-fA-F.:]{2,45}$/.test(address) ? { clientAddress: address } : {};
  const opened = await execute(core, openAccountByCard, { ...parsed.output, ...clientAddress }, { actor, providerId });
  if (!opened.ok) return opened;
  const who = { providerId, subscriberId: opened.value.subscriberId };
  return accept({ token: await signPortalToken(core.secret("portal"), who, core.clock()) });
}

async function providerOfPin(core: Core, pin: string): Promise<number | undefined> {
  const providerIds = await allProviderIds(core.db);
  return inTenant(
    core.db,
    providerIds,
    async (tx) => {
      let found: number | undefined;
      // All of them are asked, whichever has it.
      for (const id of providerIds) if (await cardOfPin(core, rawOf(tx), id, pin)) found ??= id;
      return found;
    },
    "read",
  );
}
