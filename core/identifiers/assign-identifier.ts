// A service is recognised by a number or login from an instant on. One identifier has one holder at one instant: the database keeps that.
import { and, asc, eq, sql } from "drizzle-orm";
import * as v from "valibot";
import { identifiers, services, subscribers } from "../../db/schema/subscribers.ts";
import { defineCommand } from "../kernel/command.ts";
import { accept, type Outcome, type Refusal, refuse } from "../kernel/errors.ts";
import { newId } from "../kernel/id.ts";
import { idField, instantField, lineField } from "../kernel/input-fields.ts";
import { releaseWaiting } from "../kernel/waiting-usage-job.ts";
import { groupInScope, type Reach, serviceInScope } from "../subscribers/in-scope.ts";
import { normalValue } from "./normal-value.ts";

export type State = { readonly status: "active" | "terminated"; readonly activatedAt: Temporal.Instant };
export type Period = { readonly from: Temporal.Instant; readonly until: Temporal.Instant | undefined };

/** The half-open period in which the service holds the identifier. Without `from`: from now, or from when the service begins. Pure. */
export function decide(
  state: State,
  wanted: { from?: Temporal.Instant | undefined; until?: Temporal.Instant | undefined },
  now: Temporal.Instant,
): Outcome<Period> {
  if (state.status === "terminated") return refuse("service_terminated");
  const later = Temporal.Instant.compare(state.activatedAt, now) > 0 ? state.activatedAt : now;
  const from = wanted.from ?? later;
  if (Temporal.Instant.compare(from, state.activatedAt) < 0)
    return refuse("invalid_input", { issues: [{ path: "from", message: `can't be before ${state.activatedAt}, when the service began` }] });
  if (wanted.until && Temporal.Instant.compare(wanted.until, from) <= 0)
    return refuse("invalid_input", { issues: [{ path: "until", message: "must be after the beginning" }] });
  return accept({ from, until: wanted.until });
}

export const assignIdentifier = defineCommand({
  name: "identifiers.assign",
  summary: "Let a service be recognised by a number or login",
  permission: "subscribers:write",
  level: "subscriber",
  input: v.strictObject({
    serviceId: idField,
    kind: v.picklist(["telephone", "login"], "must be telephone or login"),
    value: lineField(120),
    from: v.optional(instantField),
    until: v.optional(instantField),
  }),
  conflicts: { identifiers_one_holder: "identifier_taken" },

  async run(context, { serviceId, kind, value: text, from, until }) {
    const { tx, providerId, now, emit, audit } = context;
    const found = await serviceInScope(context, serviceId);
    if (!found) return refuse("not_found");
    const { service, account, subscriber } = found;
    const value = normalValue(kind, text);
    if (value === undefined) return refuse("identifier_invalid", { issues: [{ path: "value", message: invalid[kind] }] });
    const period = decide({ status: service.status, activatedAt: Temporal.Instant.from(service.activatedAt) }, { from, until }, now);
    if (!period.ok) return period;
    const valid = sql`tstzrange(${period.value.from.toString()}::timestamptz, ${period.value.until?.toString() ?? null}::timestamptz)`;
    const taken = await refuseTaken(context, kind, value, valid);
    if (taken) return taken;

    const id = newId();
    await tx
      .insert(identifiers)
      .values({ providerId, id, kind, value, valid, accountId: account.accountId, serviceId, createdAt: now.toString() });
    await emit("subscriber.changed", { subscriberId: subscriber.id });
    // Usage that waited for a holder is looked at again.
    await context.enqueue(releaseWaiting, { providerId }, { key: String(providerId) });
    audit({
      after: {
        identifierId: id,
        serviceId,
        kind,
        value,
        from: period.value.from.toString(),
        until: period.value.until?.toString() ?? null,
      },
    });
    return accept({ identifierId: id, value });
  },
});

const invalid = {
  telephone: "must be a telephone number: 2 to 18 digits",
  login: "must be a login without spaces, not all digits",
} as const;

/** Names the holder to whoever may see them. The exclusion constraint answers the same to a race, without the name. */
async function refuseTaken(reach: Reach, kind: string, value: string, valid: ReturnType<typeof sql>): Promise<Refusal | undefined> {
  const { tx, providerId } = reach;
  const [holder] = await tx
    .select({
      subscriberId: subscribers.id,
      number: subscribers.number,
      name: subscribers.name,
      groupId: subscribers.groupId,
      serviceId: services.id,
      service: services.label,
    })
    .from(identifiers)
    .innerJoin(
      services,
      and(
        eq(services.providerId, identifiers.providerId),
        eq(services.accountId, identifiers.accountId),
        eq(services.id, identifiers.serviceId),
      ),
    )
    .innerJoin(subscribers, and(eq(subscribers.providerId, services.providerId), eq(subscribers.id, services.subscriberId)))
    .where(
      and(
        eq(identifiers.providerId, providerId),
        eq(identifiers.kind, kind as "telephone"),
        eq(identifiers.value, value),
        sql`${identifiers.valid} && ${valid}`,
      ),
    )
    .orderBy(asc(identifiers.createdAt))
    .limit(1);
  if (!holder) return undefined;
  const { groupId, ...shown } = holder;
  return refuse("identifier_taken", groupInScope(reach, groupId) ? { holder: shown } : {});
}
