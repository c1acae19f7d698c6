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

/** Of the slices of a session or call the first counts it; one with nothing in it counts nothing. */
const isFirst = sql.raw(`(r.facts -> 'slice' is null or (r.facts -> 'slice' ->> 'seconds')::bigint = 0
      and coalesce((r.facts -> 'slice' ->> 'octetsIn')::numeric, 0) + coalesce((r.facts -> 'slice' ->> 'octetsOut')::numeric, 0) = 0
      and case r.kind when 'call' then r.billable_sec else r.duration_sec end + coalesce((r.facts ->> 'octetsIn')::numeric, 0) + coalesce((r.facts ->> 'octetsOut')::numeric, 0) > 0)`);

/**
 * What is counted, with when it began (`started_at`): records of every kind, and what the price of a period rose or fell by, as charges of the usage that
 * moved it. Amounts are net: taxes are nobody's revenue. `partner_id`: the partner whose usage was charged on; 0 for one's own subscribers.
 */
export const countedUsage = (providerId: number): SQL => sql`
  select r.provider_id, r.account_id, r.service_id, r.subscriber_id, r.group_id, r.currency, r.started_at,
    (r.kind = 'call' and ${isFirst})::int as calls, (r.disposition = 'answered' and ${isFirst})::int as answered, case when r.kind = 'call' then r.duration_sec else 0 end as duration_sec, r.billed_sec,
    (r.kind = 'session' and ${isFirst})::int as sessions, coalesce((r.facts->>'octetsIn')::numeric, 0) as octets_in, coalesce((r.facts->>'octetsOut')::numeric, 0) as octets_out,
    coalesce((r.facts->>'messages')::int, 0) as messages, (r.kind = 'event')::int as events, r.amount_micros, coalesce(g.partner_id, 0) as partner_id
  from app.usage_records r left join app.agents g on g.provider_id = r.provider_id and g.id = r.agent_id where r.provider_id = ${providerId}
  union all
  select c.provider_id, c.account_id, c.service_id, c.subscriber_id, c.group_id, c.currency, c.usage_at, 0, 0, 0, 0, 0, 0, 0, 0, 0, c.amount_micros,
    coalesce((c.details ->> 'partner')::int, 0)
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
         coalesce(u."octetsOut", 0) as octets_out, coalesce(u.messages, 0) as messages, coalesce(u.events, 0) as events, u."amountMicros" as amount_micros,
         coalesce(u."partnerId", 0) as partner_id
  from (${events("usage.rated", "usage.rerated")}) e,
       jsonb_to_recordset(e.data -> 'usage') as u("accountId" uuid, "serviceId" uuid, "subscriberId" uuid, "groupId" uuid, currency text, hour timestamptz, day date,
         calls bigint, answered bigint, "durationSec" bigint, "billedSec" bigint, sessions bigint, "octetsIn" numeric, "octetsOut" numeric, messages bigint, events bigint,
         "amountMicros" bigint, "partnerId" int)`;

export const zoneOf = (providerId: number): SQL => sql`(select p.zone from app.providers p where p.id = ${providerId})`;
