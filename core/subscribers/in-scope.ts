// The check that every command of level "subscriber" begins with: what is outside the actor's groups doesn't exist for them.
// A row is found by its own id, its subscriber's group decides, and it is locked until the command ends.
import { and, asc, eq, inArray } from "drizzle-orm";
import type { Tx } from "../../db/client.ts";
import { accounts, services, subscriberGroups, subscribers } from "../../db/schema/subscribers.ts";
import type { Actor } from "../kernel/actor.ts";

export type Reach = { readonly tx: Tx; readonly actor: Actor; readonly providerId: number };

export const groupInScope = ({ actor }: Pick<Reach, "actor">, groupId: string): boolean => actor.scope.groupIds?.includes(groupId) ?? true;

/** The subscriber, locked; undefined when there is none or it isn't the actor's to see. */
export async function subscriberInScope(reach: Reach, subscriberId: string) {
  const { tx, providerId } = reach;
  const [row] = await tx
    .select()
    .from(subscribers)
    .where(and(eq(subscribers.providerId, providerId), eq(subscribers.id, subscriberId)))
    .for("no key update");
  return row && groupInScope(reach, row.groupId) ? row : undefined;
}

/** The account, locked, with its subscriber. */
export async function accountInScope(reach: Reach, accountId: string) {
  const { tx, providerId } = reach;
  const [found] = await tx
    .select({ subscriberId: accounts.subscriberId })
    .from(accounts)
    .where(and(eq(accounts.providerId, providerId), eq(accounts.accountId, accountId)));
  // Always the subscriber first, then what hangs below: two commands can't wait for each other.
  const subscriber = found && (await subscriberInScope(reach, found.subscriberId));
  if (!subscriber) return undefined;
  const [account] = await tx
    .select()
    .from(accounts)
    .where(and(eq(accounts.providerId, providerId), eq(accounts.accountId, accountId)))
    .for("no key update");
  return account && { account, subscriber };
}

/** Several accounts, locked, each with its subscriber, in the order asked for; undefined when one of them isn't the actor's to see. */
export async function accountsInScope(reach: Reach, accountIds: readonly string[]) {
  const { tx, providerId } = reach;
  const known = await tx
    .select({ accountId: accounts.accountId, subscriberId: accounts.subscriberId })
    .from(accounts)
    .where(and(eq(accounts.providerId, providerId), inArray(accounts.accountId, [...accountIds])));
  // Subscribers in one order, then accounts in one order: two commands over the same ones can't wait for each other.
  for (const subscriberId of [...new Set(known.map((one) => one.subscriberId))].sort())
    if (!(await subscriberInScope(reach, subscriberId))) return undefined;
  const found = new Map<string, NonNullable<Awaited<ReturnType<typeof accountInScope>>>>();
  for (const { accountId } of known.toSorted((a, b) => (a.accountId < b.accountId ? -1 : 1)))
    found.set(accountId, (await accountInScope(reach, accountId))!);
  const all = accountIds.map((id) => found.get(id.toLowerCase()));
  return all.every((one) => one !== undefined) ? all : undefined;
}

/** The service, locked, with its account and subscriber. */
export async function serviceInScope(reach: Reach, serviceId: string) {
  const { tx, providerId } = reach;
  const [found] = await tx
    .select({ accountId: services.accountId })
    .from(services)
    .where(and(eq(services.providerId, providerId), eq(services.id, serviceId)));
  const owner = found && (await accountInScope(reach, found.accountId));
  if (!owner) return undefined;
  const [service] = await tx
    .select()
    .from(services)
    .where(and(eq(services.providerId, providerId), eq(services.accountId, found.accountId), eq(services.id, serviceId)))
    .for("no key update");
  return service && { ...owner, service };
}

/** The group that a subscriber may be put in: the one asked for, else the oldest that the actor reaches. */
export async function groupFor({ tx, actor, providerId }: Reach, groupId: string | undefined) {
  const reached = actor.scope.groupIds;
  const [row] = await tx
    .select()
    .from(subscriberGroups)
    .where(
      and(
        eq(subscriberGroups.providerId, providerId),
        groupId === undefined ? undefined : eq(subscriberGroups.id, groupId),
        reached === null ? undefined : inArray(subscriberGroups.id, [...reached]),
      ),
    )
    .orderBy(asc(subscriberGroups.createdAt), asc(subscriberGroups.id))
    .limit(1);
  return row;
}
