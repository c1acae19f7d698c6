// The first run: the operator gets a name, and somebody the right to do everything. It lives here and not with the providers, since it makes a manager.
import * as v from "valibot";
import { managers } from "../../db/schema/rights.ts";
import { systemActor } from "../kernel/actor.ts";
import { defineCommand, execute } from "../kernel/command.ts";
import type { Core } from "../kernel/core.ts";
import { accept, refuse } from "../kernel/errors.ts";
import { newId } from "../kernel/id.ts";
import { currencyField, lineField, localeField, zoneField } from "../kernel/input-fields.ts";
import { ADMINISTRATOR } from "../providers/built-in-roles.ts";
import { foundProvider, providerCodeField, providerNameField } from "../providers/found-provider.ts";
import { isSetUp, ROOT_PROVIDER_ID } from "../providers/tenants.ts";
import { emailLoginField, newPasswordField, refuseWeak } from "./login-field.ts";
import { hashPassword } from "./password-hash.ts";
import { checkSetupToken, endSetupToken } from "./setup-link.ts";

export const setUp = defineCommand({
  name: "providers.set-up",
  summary: "Name the operator and the first administrator, with the one-time setup link",
  permission: "providers:write",
  level: "provider",
  input: v.strictObject({
    setupToken: v.string("is missing"),
    operator: v.strictObject({
      code: v.optional(providerCodeField, "operator"),
      name: providerNameField,
      currency: currencyField,
      zone: zoneField,
      locale: localeField,
    }),
    administrator: v.strictObject({ name: lineField(200), login: emailLoginField, password: newPasswordField }),
  }),
  conflicts: { providers_pkey: "already_set_up", providers_one_root: "already_set_up" },

  async run({ tx, providerId, now, audit }, { setupToken, operator, administrator }) {
    if (providerId !== ROOT_PROVIDER_ID || (await isSetUp(tx))) return refuse("already_set_up");
    if (!(await checkSetupToken(tx, setupToken))) return refuse("setup_link_invalid");
    const { login, name } = administrator;
    const weak = refuseWeak(administrator.password, { login, name }, "administrator.password");
    if (weak) return weak;

    const { roleIds } = await foundProvider(tx, { ...operator, id: ROOT_PROVIDER_ID, parent: null, now });
    const managerId = newId();
    const passwordHash = await hashPassword(administrator.password);
    const roleId = roleIds.get(ADMINISTRATOR)!;
    await tx
      .insert(managers)
      .values({ providerId, id: managerId, login, name, passwordHash, roleId, groupIds: null, blockedAt: null, createdAt: now.toString() });
    await endSetupToken(tx);
    audit({ after: { operator, administrator: { id: managerId, login, name } } });
    return accept({ providerId, managerId });
  },
});

/** Nobody can be signed in yet: the setup link itself is the right to do this. Never with an idempotency key: it would need a provider. */
export const runSetUp = (core: Core, raw: unknown) =>
  execute(core, setUp, raw, { actor: systemActor([ROOT_PROVIDER_ID], "setup"), providerId: ROOT_PROVIDER_ID });
