// A partner sells under the operator, or under another partner: a tenant of its own inside the subtree of whoever added it.
import { max } from "drizzle-orm";
import * as v from "valibot";
import { providers } from "../../db/schema/rights.ts";
import { useProviders } from "../../db/tenant.ts";
import { defineCommand } from "../kernel/command.ts";
import { accept, refuse } from "../kernel/errors.ts";
import { currencyField, localeField, zoneField } from "../kernel/input-fields.ts";
import { foundProvider, providerCodeField, providerNameField } from "./found-provider.ts";
import { lockProvider } from "./lock-provider.ts";
import { ROOT_PROVIDER_ID } from "./tenants.ts";

/** Currency, zone and locale are the parent's unless told. */
export const addPartner = defineCommand({
  name: "providers.add-partner",
  summary: "Add a partner below this provider",
  permission: "providers:write",
  level: "provider",
  input: v.strictObject({
    code: providerCodeField,
    name: providerNameField,
    currency: v.optional(currencyField),
    zone: v.optional(zoneField),
    locale: v.optional(localeField),
  }),
  conflicts: { providers_code_key: "code_taken" },

  async run({ tx, providerId, now, audit }, input) {
    // Two partners added at once must not get one id.
    await lockProvider(tx, ROOT_PROVIDER_ID);
    const parent = await lockProvider(tx, providerId);
    if (!parent) return refuse("not_found");
    const [highest] = await tx.select({ id: max(providers.id) }).from(providers);
    const { id: parentId, path, currency, zone, locale } = parent;
    const partner = { currency, zone, locale, ...withoutUndefined(input), code: input.code, name: input.name, id: (highest?.id ?? 0) + 1 };
    const { groupId } = await foundProvider(tx, { ...partner, parent: { id: parentId, path }, now });
    await useProviders(tx, [providerId]);
    audit({ after: { ...partner, parentId } });
    return accept({ providerId: partner.id, groupId });
  },
});

const withoutUndefined = <T extends object>(value: T) =>
  Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined)) as Partial<T>;
