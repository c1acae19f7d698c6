// From some instant on the service isn't recognised by this number or login any more.
import { and, eq, sql } from "drizzle-orm";
import * as v from "valibot";
import { identifiers } from "../../db/schema/subscribers.ts";
import { defineCommand } from "../kernel/command.ts";
import { accept, type Outcome, refuse } from "../kernel/errors.ts";
import { idField, instantField } from "../kernel/input-fields.ts";
import { serviceInScope } from "../subscribers/in-scope.ts";

export type Held = { readonly from: Temporal.Instant; readonly until: Temporal.Instant | undefined };

/** Whether what is held can end at `at`: inside its period, so that an end never gives anything away or takes it back. Pure. */
export function decide({ from, until }: Held, at: Temporal.Instant): Outcome<null> {
  const wrong =
    Temporal.Instant.compare(at, from) <= 0
      ? `must be after ${from}, when it began`
      : until && Temporal.Instant.compare(at, until) >= 0
        ? `must be before ${until}, when it ends already`
        : undefined;
  return wrong ? refuse("invalid_input", { issues: [{ path: "at", message: wrong }] }) : accept(null);
}

export const endIdentifier = defineCommand({
  name: "identifiers.end",
  summary: "End a service's hold on a number or login",
  permission: "subscribers:write",
  level: "subscriber",
  input: v.strictObject({ identifierId: idField, at: v.optional(instantField) }),

  async run(context, { identifierId, at = context.now }) {
    const { tx, providerId, emit, audit } = context;
    const which = and(eq(identifiers.providerId, providerId), eq(identifiers.id, identifierId));
    const [named] = await tx.select({ serviceId: identifiers.serviceId }).from(identifiers).where(which);
    const owner = named && (await serviceInScope(context, named.serviceId));
    if (!owner) return refuse("not_found");
    const [row] = await tx
      .select({
        kind: identifiers.kind,
        value: identifiers.value,
        from: sql<string>`lower(${identifiers.valid})`,
        until: sql<string | null>`upper(${identifiers.valid})`,
      })
      .from(identifiers)
      .where(which)
      .for("update");
    if (!row) return refuse("not_found");
    if (row.kind === "partner")
      return refuse("not_permitted", { detail: "This is a partner's usage. End it where the partner is charged." });
    const held = { from: Temporal.Instant.from(row.from), until: row.until === null ? undefined : Temporal.Instant.from(row.until) };
    const decision = decide(held, at);
    if (!decision.ok) return decision;
    await tx
      .update(identifiers)
      .set({ valid: sql`tstzrange(lower(${identifiers.valid}), ${at.toString()}::timestamptz)` })
      .where(which);
    await emit("subscriber.changed", { subscriberId: owner.subscriber.id });
    const { kind, value } = row;
    audit({ before: { kind, value, until: held.until?.toString() ?? null }, after: { kind, value, until: at.toString() } });
    return accept({ identifierId, until: at.toString() });
  },
});
