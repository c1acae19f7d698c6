// A manager signs in: from an e-mail address and a password to a session's cookie.
import { eq } from "drizzle-orm";
import * as v from "valibot";
import { managers, providers } from "../../db/schema/rights.ts";
import { inTenant } from "../../db/tenant.ts";
import type { Core } from "../kernel/core.ts";
import { accept, type Outcome, refuse } from "../kernel/errors.ts";
import { allProviderIds } from "../providers/tenants.ts";
import { type Choice, type Credentials, credentials, findByPassword } from "./candidates.ts";
import { openSession, type Session } from "./session.ts";

export type SignedIn = ({ readonly kind: "signed-in" } & Session) | Choice;

/** `sign_in_failed` whatever was wrong, `too_many_attempts` when throttled. A choice is answered by signing in again with `providerId`. */
export async function signIn(core: Pick<Core, "db" | "clock">, raw: Credentials, address: string): Promise<Outcome<SignedIn>> {
  const parsed = v.safeParse(credentials, raw);
  if (!parsed.success) return refuse("sign_in_failed");
  const { login, password, providerId } = parsed.output;
  const found = await findByPassword(core, { door: "manager", login, address }, password, () => managersByLogin(core, login), providerId);
  if (!found.ok) return found;
  if (found.value.kind === "choose") return accept(found.value);
  const { candidate } = found.value;
  return accept({ kind: "signed-in", ...(await openSession(core, candidate.providerId, candidate.managerId)) });
}

async function managersByLogin(core: Pick<Core, "db">, login: string) {
  const providerIds = await allProviderIds(core.db);
  const rows = await inTenant(
    core.db,
    providerIds,
    (tx) =>
      tx
        .select({
          providerId: managers.providerId,
          providerName: providers.name,
          managerId: managers.id,
          passwordHash: managers.passwordHash,
          blockedAt: managers.blockedAt,
        })
        .from(managers)
        .innerJoin(providers, eq(providers.id, managers.providerId))
        .where(eq(managers.login, login))
        .orderBy(managers.providerId),
    "read",
  );
  return rows.map(({ blockedAt, ...row }) => ({ ...row, barred: blockedAt !== null }));
}
