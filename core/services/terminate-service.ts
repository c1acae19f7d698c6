// A service ends, and with it its hold on numbers and logins: they are free for somebody else from that instant on.
import { and, asc, eq, sql } from "drizzle-orm";
import * as v from "valibot";
import { identifiers, services } from "../../db/schema/subscribers.ts";
import { chargeDue } from "../kernel/charge-due-job.ts";
import { defineCommand } from "../kernel/command.ts";
import { accept, type Outcome, refuse } from "../kernel/errors.ts";
import { idField, instantField } from "../kernel/input-fields.ts";
import { type Reach, serviceInScope } from "../subscribers/in-scope.ts";

export type State = { readonly status: "active" | "terminated"; readonly activatedAt: Temporal.Instant };

/** When the service ends: not in the future, not before it began. One that is still to begin ends at its beginning. Pure. */
export function decide(
  { status, activatedAt }: State,
  at: Temporal.Instant,
  now: Temporal.Instant,
): Outcome<{ terminatedAt: Temporal.Instant }> {
  if (status === "terminated") return refuse("service_terminated");
  if (Temporal.Instant.compare(at, now) > 0)
    return refuse("invalid_input", { issues: [{ path: "at", message: "can't be in the future" }] });
  if (Temporal.Instant.compare(activatedAt, now) > 0) return accept({ terminatedAt: activatedAt });
  if (Temporal.Instant.compare(at, activatedAt) < 0)
    return refuse("invalid_input", { issues: [{ path: "at", message: `can't be before ${activatedAt}, when the service began` }] });
  return accept({ terminatedAt: at });
}

export const terminateService = defineCommand({
  name: "services.terminate",
  summary: "End a service and free its numbers and logins",
  permission: "subscribers:write",
  level: "subscriber",
  input: v.strictObject({ serviceId: idField, at: v.optional(instantField) }),

  async run(context, { serviceId, at = context.now }) {
    const { tx, providerId, now, emit, audit } = context;
    const found = await serviceInScope(context, serviceId);
    if (!found) return refuse("not_found");
    const { service, account, subscriber } = found;
    const decision = decide({ status: service.status, activatedAt: Temporal.Instant.from(service.activatedAt) }, at, now);
    if (!decision.ok) return decision;
    const terminatedAt = decision.value.terminatedAt.toString();
    await tx
      .update(services)
      .set({ status: "terminated", terminatedAt })
      .where(and(eq(services.providerId, providerId), eq(services.accountId, account.accountId), eq(services.id, serviceId)));
    const freed = await freeIdentifiers(context, serviceId, terminatedAt);
    await context.enqueue(chargeDue, { providerId, accountId: account.accountId, serviceId });
    await emit("account.changed", { accountId: account.accountId, subscriberId: subscriber.id });
    audit({ before: { status: service.status }, after: { status: "terminated", terminatedAt, freed } });
    return accept({ serviceId, terminatedAt });
  },
});

/** Ranges that run on are cut at the end; those that would begin after it go. Gives the values that were cut or gone. */
async function freeIdentifiers({ tx, providerId }: Pick<Reach, "tx" | "providerId">, serviceId: string, end: string) {
  const rows = await tx
    .select({ id: identifiers.id, value: identifiers.value, begun: sql<boolean>`lower(${identifiers.valid}) < ${end}::timestamptz` })
    .from(identifiers)
    .where(
      and(
        eq(identifiers.providerId, providerId),
        eq(identifiers.serviceId, serviceId),
        sql`(upper_inf(${identifiers.valid}) or upper(${identifiers.valid}) > ${end}::timestamptz)`,
      ),
    )
    .orderBy(asc(identifiers.value));
  for (const { id, begun } of rows) {
    const which = and(eq(identifiers.providerId, providerId), eq(identifiers.id, id));
    if (begun)
      await tx
        .update(identifiers)
        .set({ valid: sql`tstzrange(lower(${identifiers.valid}), ${end}::timestamptz)` })
        .where(which);
    else await tx.delete(identifiers).where(which);
  }
  return rows.map((row) => row.value);
}
