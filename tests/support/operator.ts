// An operator that has been set up, and actors with whatever rights a test needs.

import type * as v from "valibot";
import { runSetUp } from "../../core/auth/set-up.ts";
import { setupLink } from "../../core/auth/setup-link.ts";
import type { Actor } from "../../core/kernel/actor.ts";
import { type Command, execute } from "../../core/kernel/command.ts";
import type { Core } from "../../core/kernel/core.ts";
import { allPermissions } from "../../core/kernel/permissions.ts";
import { addPartner } from "../../core/providers/add-partner.ts";

export const administratorLogin = "olena@operator.example";
export const administratorPassword = "turnip-lantern-viaduct-9";

/** Sets provider 1 up in UAH and Europe/Kyiv through the real link; gives the administrator's id. */
export async function setUpOperator(core: Core): Promise<{ managerId: string }> {
  const link = await setupLink(core, "http://test");
  const done = await runSetUp(core, {
    setupToken: new URL(link!).searchParams.get("token"),
    operator: { name: "Northern Telephone", currency: "UAH", zone: "Europe/Kyiv", locale: "uk-UA" },
    administrator: { name: "Olena Koval", login: administratorLogin, password: administratorPassword },
  });
  return { managerId: accepted(done).managerId };
}

type Rights = {
  providerId?: number;
  providerIds?: readonly number[];
  groupIds?: readonly string[] | null;
  permissions?: readonly string[];
  adjustmentLimitMicros?: bigint | null;
};

/** A manager with every right on provider 1, less or more as told. */
export function actorWith({
  providerId = 1,
  providerIds = [providerId],
  groupIds = null,
  permissions = allPermissions,
  adjustmentLimitMicros = null,
}: Rights = {}): Actor {
  return {
    kind: "manager",
    id: `test-${providerId}`,
    name: "Test",
    providerId,
    scope: { providerIds, groupIds },
    permissions: new Set(permissions),
    adjustmentLimitMicros,
  };
}

/** Runs a command as somebody who may do everything at the provider, and gives its value; throws when it is refused. */
export async function done<I extends v.GenericSchema, T>(
  core: Core,
  command: Command<I, T>,
  input: v.InferInput<I>,
  providerId = 1,
): Promise<T> {
  return accepted(await execute(core, command, input, { actor: actorWith({ providerId }), providerId }));
}

export function accepted<T>(outcome: { ok: true; value: T } | { ok: false }): T {
  if (!outcome.ok) throw new Error(`refused: ${JSON.stringify(outcome)}`);
  return outcome.value;
}

/** A partner below provider 1; gives its id. */
export async function partnerOf(core: Core, code: string): Promise<number> {
  return (await done(core, addPartner, { code, name: `Partner ${code}` })).providerId;
}
