// What one may give to another: never more than one has. And what must always remain: somebody who may do everything.
import { and, eq, isNull } from "drizzle-orm";
import * as v from "valibot";
import type { Tx } from "../../db/client.ts";
import { managers, roles } from "../../db/schema/rights.ts";
import { subscriberGroups } from "../../db/schema/subscribers.ts";
import type { Actor } from "../kernel/actor.ts";
import { type Refusal, refuse } from "../kernel/errors.ts";
import { amountField } from "../kernel/input-fields.ts";
import { formatMicros } from "../kernel/money.ts";
import { allPermissions, type Permission, permissions } from "../kernel/permissions.ts";

export const permissionsField = v.pipe(
  v.array(v.picklist(allPermissions, "must be a permission")),
  v.minLength(1, "must name at least one permission"),
  v.maxLength(allPermissions.length, "must name each permission at most once"),
  v.transform((given) => allPermissions.filter((permission) => given.includes(permission))),
);

/** The highest amount, in the provider's currency, that is corrected without a second person; null: any, in any currency. */
export const adjustmentLimitField = v.nullable(amountField);

/** What a stored list still means: a permission that this version doesn't know is worth nothing. */
export const knownPermissions = (stored: readonly string[]): Permission[] =>
  stored.filter((name): name is Permission => Object.hasOwn(permissions, name));

/** A refusal when `given` has something that the actor lacks. */
export function refuseBeyondOwn(actor: Actor, given: readonly string[]): Refusal | undefined {
  const beyond = knownPermissions(given).filter((permission) => !actor.permissions.has(permission));
  return beyond.length > 0 ? refuse("rights_beyond_own", { permissions: beyond }) : undefined;
}

/** A refusal when the limit is above the actor's own. */
export function refuseLimitBeyondOwn({ adjustmentLimitMicros: own = 0n }: Actor, limit: bigint | null): Refusal | undefined {
  if (own === null || (limit !== null && limit <= own)) return undefined;
  return refuse("rights_beyond_own", { adjustmentLimit: formatMicros(own) });
}

/** A refusal when one of the groups isn't the provider's. */
export async function refuseUnknownGroups(tx: Tx, providerId: number, groupIds: readonly string[] | null): Promise<Refusal | undefined> {
  if (groupIds === null) return undefined;
  const known = await tx.select({ id: subscriberGroups.id }).from(subscriberGroups).where(eq(subscriberGroups.providerId, providerId));
  const unknown = groupIds.some((id) => !known.some((group) => group.id === id));
  return unknown ? refuse("invalid_input", { issues: [{ path: "groupIds", message: "names a group that doesn't exist" }] }) : undefined;
}

/** Managers who may do everything in the whole of the provider, and are not blocked. Call it with the provider locked. */
export async function countAdministrators(tx: Tx, providerId: number): Promise<number> {
  const rows = await tx
    .select({ permissions: roles.permissions, limit: roles.adjustmentLimitMicros })
    .from(managers)
    .innerJoin(roles, and(eq(roles.providerId, managers.providerId), eq(roles.id, managers.roleId)))
    .where(and(eq(managers.providerId, providerId), isNull(managers.blockedAt), isNull(managers.groupIds)));
  return rows.filter((row) => row.limit === null && allPermissions.every((permission) => row.permissions.includes(permission))).length;
}
