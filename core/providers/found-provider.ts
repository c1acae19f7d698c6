// What comes into being with a provider, be it the operator or a partner: its row, a first group of subscribers, the built-in roles.
import * as v from "valibot";
import type { Tx } from "../../db/client.ts";
import { providers, roles } from "../../db/schema/rights.ts";
import { subscriberGroups } from "../../db/schema/subscribers.ts";
import { useProviders } from "../../db/tenant.ts";
import { newId } from "../kernel/id.ts";
import { lineField } from "../kernel/input-fields.ts";
import { ADMINISTRATOR, builtInRoles } from "./built-in-roles.ts";

export const providerCodeField = v.pipe(
  v.string("must be text"),
  v.trim(),
  v.regex(/^[a-z0-9-]{2,32}$/, "must have 2 to 32 small letters, digits or hyphens"),
);
export const providerNameField = lineField(200);

export type Founding = {
  readonly id: number;
  readonly parent: { readonly id: number; readonly path: readonly number[] } | null;
  readonly code: string;
  readonly name: string;
  readonly currency: string;
  readonly zone: string;
  readonly locale: string;
  readonly now: Temporal.Instant;
};

/** Afterwards the transaction sees the new provider's rows and no others. */
export async function foundProvider(tx: Tx, founding: Founding): Promise<{ groupId: string; roleIds: ReadonlyMap<string, string> }> {
  const { id, parent, code, name, currency, zone, locale } = founding;
  const createdAt = founding.now.toString();
  const path = [...(parent?.path ?? []), id];
  await tx.insert(providers).values({ id, parentId: parent?.id ?? null, path, code, name, currency, zone, locale, createdAt });
  await useProviders(tx, [id]);
  const groupId = newId();
  await tx.insert(subscriberGroups).values({ providerId: id, id: groupId, name: "General", createdAt });
  const made = builtInRoles.map((role) => ({
    providerId: id,
    id: newId(),
    name: role.name,
    permissions: [...role.permissions],
    adjustmentLimitMicros: role.name === ADMINISTRATOR ? null : 0n,
    createdAt,
  }));
  await tx.insert(roles).values(made);
  return { groupId, roleIds: new Map(made.map((role) => [role.name, role.id])) };
}
