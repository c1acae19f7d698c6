// A manager's session: a random token in a cookie, its digest in the database, twelve hours from the last use.
import { and, eq, lt } from "drizzle-orm";
import { managerSessions, managers, providers, roles } from "../../db/schema/rights.ts";
import { inTenant } from "../../db/tenant.ts";
import type { Actor } from "../kernel/actor.ts";
import type { Core } from "../kernel/core.ts";
import { scopeOf } from "./actor-scope.ts";
import { knownPermissions } from "./rights.ts";
import { newToken, tokenHash } from "./token.ts";

export const SESSION_HOURS = 12;
/** A session that was just prolonged isn't written again for so long: reading pages shouldn't write. */
const PROLONG_AFTER_MINUTES = 5;

type Door = Pick<Core, "db" | "clock">;

/** `cookie` is the cookie's value, `<providerId>.<token>`. */
export type Session = { readonly cookie: string; readonly csrfToken: string; readonly expiresAt: Temporal.Instant };

export type SignedInManager = {
  readonly id: string;
  readonly login: string;
  readonly name: string;
  readonly roleName: string;
  readonly providerId: number;
  readonly providerName: string;
  readonly currency: string;
  readonly zone: string;
  readonly locale: string;
};

export async function openSession(core: Door, providerId: number, managerId: string): Promise<Session> {
  const now = core.clock();
  const [token, csrfToken] = [newToken(), newToken()];
  const expiresAt = now.add({ hours: SESSION_HOURS });
  await inTenant(core.db, [providerId], async (tx) => {
    await tx.delete(managerSessions).where(and(eq(managerSessions.providerId, providerId), lt(managerSessions.expiresAt, now.toString())));
    await tx.insert(managerSessions).values({
      providerId,
      tokenHash: tokenHash(token),
      managerId,
      csrfToken,
      createdAt: now.toString(),
      expiresAt: expiresAt.toString(),
    });
  });
  return { cookie: `${providerId}.${token}`, csrfToken, expiresAt };
}

/** Ends the session at once, wherever its cookie is. A cookie of no session is no error. */
export async function signOut(core: Door, cookie: string): Promise<void> {
  const parsed = parseCookie(cookie);
  if (!parsed) return;
  const { providerId, hash } = parsed;
  await inTenant(core.db, [providerId], (tx) =>
    tx.delete(managerSessions).where(and(eq(managerSessions.providerId, providerId), eq(managerSessions.tokenHash, hash))),
  );
}

/** Who a session's cookie stands for now, by the role and scope they have now; undefined when it stands for nobody. Prolongs the session. */
export async function actorOfSession(
  core: Door,
  cookie: string,
): Promise<{ readonly actor: Actor; readonly csrfToken: string; readonly manager: SignedInManager } | undefined> {
  const parsed = parseCookie(cookie);
  if (!parsed) return undefined;
  const { providerId, hash } = parsed;
  const now = core.clock();
  const found = await inTenant(
    core.db,
    [providerId],
    async (tx) => {
      const [row] = await tx
        .select({ session: managerSessions, manager: managers, role: roles, provider: providers })
        .from(managerSessions)
        .innerJoin(managers, and(eq(managers.providerId, managerSessions.providerId), eq(managers.id, managerSessions.managerId)))
        .innerJoin(roles, and(eq(roles.providerId, managers.providerId), eq(roles.id, managers.roleId)))
        .innerJoin(providers, eq(providers.id, managers.providerId))
        .where(and(eq(managerSessions.providerId, providerId), eq(managerSessions.tokenHash, hash)));
      return row && { ...row, scope: await scopeOf(tx, providerId, row.manager.groupIds) };
    },
    "read",
  );
  if (!found || found.manager.blockedAt !== null) return undefined;
  const { session, manager, role, provider, scope } = found;
  const expiresAt = Temporal.Instant.from(session.expiresAt);
  if (Temporal.Instant.compare(expiresAt, now) <= 0) return undefined;
  if (Temporal.Instant.compare(expiresAt, now.add({ hours: SESSION_HOURS }).subtract({ minutes: PROLONG_AFTER_MINUTES })) < 0)
    await prolong(core, providerId, hash);

  const permissions = new Set(knownPermissions(role.permissions));
  return {
    actor: {
      kind: "manager",
      id: manager.id,
      name: manager.name,
      providerId,
      scope,
      permissions,
      adjustmentLimitMicros: role.adjustmentLimitMicros,
    },
    csrfToken: session.csrfToken,
    manager: {
      id: manager.id,
      login: manager.login,
      name: manager.name,
      roleName: role.name,
      providerId,
      providerName: provider.name,
      currency: provider.currency,
      zone: provider.zone,
      locale: provider.locale,
    },
  };
}

async function prolong(core: Door, providerId: number, hash: string): Promise<void> {
  const expiresAt = core.clock().add({ hours: SESSION_HOURS }).toString();
  await inTenant(core.db, [providerId], (tx) =>
    tx
      .update(managerSessions)
      .set({ expiresAt })
      .where(and(eq(managerSessions.providerId, providerId), eq(managerSessions.tokenHash, hash))),
  );
}

function parseCookie(cookie: string): { providerId: number; hash: string } | undefined {
  const match = /^(\d{1,9})\.([A-Za-z0-9_-]{43})$/.exec(cookie);
  return match ? { providerId: Number(match[1]), hash: tokenHash(match[2]!) } : undefined;
}
