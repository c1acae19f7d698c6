// The figures of usage that are counted alike for a service and for a provider, from events and from the facts.
import { type SQL, sql } from "drizzle-orm";
import type { EventsOf } from "./projection.ts";

export const figures = {
  calls: "add",
  answered: "add",
  duration_sec: "add",
  billed_sec: "add",
  sessions: "add",
  octets_in: "add",
  octets_out: "add",
  messages: "add",
  events: "add",
  amount_micros: "add",
} as const;

/**
 * What is counted, with when it began (`started_at`): records of every kind, and what the price of a period rose or fell by, as charges of the usage that
 * moved it. Amounts are net: taxes are nobody's revenue.
 */
export const countedUsage = (providerId: number): SQL => sql`
  select r.provider_id, r.account_id, r.service_id, r.subscriber_id, r.group_id, r.currency, r.started_at,
    (r.kind = 'call')::int as calls, (r.disposition = 'answered')::int as answered, case when r.kind = 'call' then r.duration_sec else 0 end as duration_sec, r.billed_sec,
    (r.kind = 'session')::int as sessions, coalesce((r.facts->>'octetsIn')::numeric, 0) as octets_in, coalesce((r.facts->>'octetsOut')::numeric, 0) as octets_out,
    coalesce((r.facts->>'messages')::int, 0) as messages, (r.kind = 'event')::int as events, r.amount_micros
  from app.usage_records r where r.provider_id = ${providerId}
  union all
  select c.provider_id, c.account_id, c.service_id, c.subscriber_id, c.group_id, c.currency, c.usage_at, 0, 0, 0, 0, 0, 0, 0, 0, 0, c.amount_micros
  from app.charges c where c.provider_id = ${providerId} and c.kind = 'usage' and c.usage_at is not null`;

/** Over rows `u` of `countedUsage` or of `ratedUsage`. */
export const sums = sql.raw(
  Object.keys(figures)
    .map((name) => `sum(u.${name})`)
    .join(", "),
);

/** Over rows `u` of a read model, with the names of its columns. */
export const totals = sql.raw(
  Object.keys(figures)
    .map((name) => `sum(u.${name}) as ${name}`)
    .join(", "),
);

/** The entries of `usage.rated` and `usage.rerated`: one per service and hour of a batch, whose hour and day are of the provider's zone already. */
export const ratedUsage = (events: EventsOf): SQL => sql`
  select e.provider_id, u."accountId" as account_id, u."serviceId" as service_id, u."subscriberId" as subscriber_id, u."groupId" as group_id, u.currency, u.hour, u.day,
         u.calls, u.answered, u."durationSec" as duration_sec, u."billedSec" as billed_sec, coalesce(u.sessions, 0) as sessions, coalesce(u."octetsIn", 0) as octets_in,
         coalesce(u."octetsOut", 0) as octets_out, coalesce(u.messages, 0) as messages, coalesce(u.events, 0) as events, u."amountMicros" as amount_micros
  from (${events("usage.rated", "usage.rerated")}) e,
       jsonb_to_recordset(e.data -> 'usage') as u("accountId" uuid, "serviceId" uuid, "subscriberId" uuid, "groupId" uuid, currency text, hour timestamptz, day date,
         calls bigint, answered bigint, "durationSec" bigint, "billedSec" bigint, sessions bigint, "octetsIn" numeric, "octetsOut" numeric, messages bigint, events bigint,
         "amountMicros" bigint)`;

export const zoneOf = (providerId: number): SQL => sql`(select p.zone from app.providers p where p.id = ${providerId})`;
