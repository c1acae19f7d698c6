// A subscriber signs in to the portal: the portal sends login and password to the core, and gets a token that says who it is.
import { and, eq } from "drizzle-orm";
import * as v from "valibot";
import { providers } from "../../db/schema/rights.ts";
import { portalLogins, subscribers } from "../../db/schema/subscribers.ts";
import { inTenant } from "../../db/tenant.ts";
import type { Core } from "../kernel/core.ts";
import { accept, type Outcome, refuse } from "../kernel/errors.ts";
import { allProviderIds } from "../providers/tenants.ts";
import { type Choice, type Credentials, credentials, findByPassword } from "./candidates.ts";
import { type PortalSubscriber, signPortalToken } from "./portal-token.ts";

export type PortalSignedIn = ({ readonly kind: "signed-in"; readonly token: string } & PortalSubscriber) | Choice;

/** `sign_in_failed` whatever was wrong, `too_many_attempts` when throttled. `address` is the subscriber's, as the portal saw it. */
export async function portalSignIn(
  core: Pick<Core, "db" | "clock" | "secret">,
  raw: Credentials,
  address: string,
): Promise<Outcome<PortalSignedIn>> {
  const parsed = v.safeParse(credentials, raw);
  if (!parsed.success) return refuse("sign_in_failed");
  const { login, password, providerId } = parsed.output;
  const found = await findByPassword(core, { door: "portal", login, address }, password, () => subscribersByLogin(core, login), providerId);
  if (!found.ok) return found;
  if (found.value.kind === "choose") return accept(found.value);
  const { candidate } = found.value;
  const who: PortalSubscriber = { providerId: candidate.providerId, subscriberId: candidate.subscriberId };
  return accept({ kind: "signed-in", token: await signPortalToken(core.secret("portal"), who, core.clock()), ...who });
}

async function subscribersByLogin(core: Pick<Core, "db">, login: string) {
  const providerIds = await allProviderIds(core.db);
  const rows = await inTenant(
    core.db,
    providerIds,
    (tx) =>
      tx
        .select({
          providerId: portalLogins.providerId,
          providerName: providers.name,
          subscriberId: portalLogins.subscriberId,
          passwordHash: portalLogins.passwordHash,
          status: subscribers.status,
        })
        .from(portalLogins)
        .innerJoin(subscribers, and(eq(subscribers.providerId, portalLogins.providerId), eq(subscribers.id, portalLogins.subscriberId)))
        .innerJoin(providers, eq(providers.id, portalLogins.providerId))
        .where(eq(portalLogins.login, login))
        .orderBy(portalLogins.providerId),
    "read",
  );
  return rows.map(({ status, ...row }) => ({ ...row, barred: status === "closed" }));
}
