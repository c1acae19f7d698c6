// A partner buys from its parent: from an instant on, what its subscribers use is charged to it too, on a service that the parent sells it.
import { and, asc, eq, sql } from "drizzle-orm";
import * as v from "valibot";
import type { Tx } from "../../db/client.ts";
import { providers } from "../../db/schema/rights.ts";
import { identifiers } from "../../db/schema/subscribers.ts";
import { agents } from "../../db/schema/usage.ts";
import { chargePartnerEarlier } from "../kernel/charge-partner-job.ts";
import { defineCommand } from "../kernel/command.ts";
import { accept, type Outcome, refuse } from "../kernel/errors.ts";
import { newId } from "../kernel/id.ts";
import { idField, instantField } from "../kernel/input-fields.ts";
import { releaseWaiting } from "../kernel/waiting-usage-job.ts";
import { serviceInScope } from "../subscribers/in-scope.ts";
import { decide as decideHold } from "./assign-identifier.ts";

/** One stretch of the history, half-open. */
export type Link = {
  readonly id: string;
  readonly serviceId: string;
  readonly from: Temporal.Instant;
  readonly until: Temporal.Instant | undefined;
};

/** Which stretch ends when another begins, or none does, at `from`. Changes come in order of time. Pure. */
export function decide(history: readonly Link[], serviceId: string | null, from: Temporal.Instant): Outcome<{ ends: Link | undefined }> {
  const wrong = (path: string, message: string) => refuse("invalid_input", { issues: [{ path, message }] });
  const last = history.at(-1);
  if (last && Temporal.Instant.compare(from, last.from) <= 0)
    return wrong("from", `must be after ${last.from}, when the last change began`);
  const current = last && (!last.until || Temporal.Instant.compare(from, last.until) < 0) ? last : undefined;
  if (serviceId === null && !current) return wrong("serviceId", "isn't charged then: choose the service to charge");
  if (current?.serviceId === serviceId) return wrong("serviceId", `is charged on this service since ${current.from} already`);
  return accept({ ends: current });
}

/**
 * `serviceId` null: not charged any more. `from` is now unless told; it may be past: usage since then is charged, whenever it was rated. What was charged
 * stays charged.
 */
export const chargePartner = defineCommand({
  name: "identifiers.charge-partner",
  summary: "Charge a partner for what its subscribers use, on a service of yours, from an instant on; or end that",
  permission: "providers:write",
  level: "provider",
  input: v.strictObject({
    partnerId: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(2_147_483_647)),
    serviceId: v.nullable(idField),
    from: v.optional(instantField),
  }),
  conflicts: { identifiers_one_holder: "identifier_taken" },

  async run(context, { partnerId, serviceId, from = context.now }) {
    const { tx, providerId, now, emit, enqueue, audit } = context;
    // First, and for itself alone: whatever rates the partner's usage either has ended or will see this change (`chargeParent`).
    const [partner] = await tx
      .select()
      .from(providers)
      .where(and(eq(providers.id, partnerId), eq(providers.parentId, providerId)))
      .for("update");
    if (!partner) return refuse("not_found");
    const history = await historyOf(tx, providerId, partnerId);
    const decision = decide(history, serviceId, from);
    if (!decision.ok) return decision;
    const { ends } = decision.value;
    if (ends) {
      const owner = await serviceInScope(context, ends.serviceId);
      await tx
        .update(identifiers)
        .set({ valid: sql`tstzrange(lower(${identifiers.valid}), ${from.toString()}::timestamptz)` })
        .where(and(eq(identifiers.providerId, providerId), eq(identifiers.id, ends.id)));
      if (owner) await emit("subscriber.changed", { subscriberId: owner.subscriber.id });
    }
    if (serviceId !== null) {
      const found = await serviceInScope(context, serviceId);
      if (!found) return refuse("not_found");
      const { service, account, subscriber } = found;
      const hold = decideHold({ status: service.status, activatedAt: Temporal.Instant.from(service.activatedAt) }, { from }, now);
      if (!hold.ok) return hold;
      await tx.insert(identifiers).values({
        providerId,
        id: newId(),
        kind: "partner",
        value: String(partnerId),
        valid: sql`tstzrange(${from.toString()}::timestamptz, null)`,
        accountId: account.accountId,
        serviceId,
        createdAt: now.toString(),
      });
      const agent = { providerId, id: newId(), kind: "chain" as const, name: partner.name, config: {}, partnerId };
      await tx
        .insert(agents)
        .values({ ...agent, createdAt: now.toString() })
        .onConflictDoNothing({ target: [agents.providerId, agents.partnerId] });
      await emit("subscriber.changed", { subscriberId: subscriber.id });
      await enqueue(chargePartnerEarlier, { providerId, partnerId, from: from.toString() });
      await enqueue(releaseWaiting, { providerId }, { key: String(providerId) });
    }
    audit({ before: { serviceId: ends?.serviceId ?? null }, after: { partnerId, serviceId, from: from.toString() } });
    return accept({ partnerId, serviceId, from: from.toString() });
  },
});

async function historyOf(tx: Tx, providerId: number, partnerId: number): Promise<Link[]> {
  const { id, serviceId, valid, kind, value } = identifiers;
  const rows = await tx
    .select({ id, serviceId, from: sql<string>`lower(${valid})`, until: sql<string | null>`upper(${valid})` })
    .from(identifiers)
    .where(and(eq(identifiers.providerId, providerId), eq(kind, "partner"), eq(value, String(partnerId))))
    .orderBy(asc(sql`lower(${valid})`));
  return rows.map((row) => ({
    id: row.id,
    serviceId: row.serviceId,
    from: Temporal.Instant.from(row.from),
    until: row.until === null ? undefined : Temporal.Instant.from(row.until),
  }));
}
