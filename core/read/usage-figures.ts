// The figures of usage that are counted alike for a service and for a provider, from events and from the facts.
import { type SQL, sql } from "drizzle-orm";
import type { EventsOf } from "./projection.ts";

export const figures = { calls: "add", answered: "add", duration_sec: "add", billed_sec: "add", amount_micros: "add" } as const;

/** Over rows `r` of app.usage_records. */
export const figuresOfRecords = sql`count(*), count(*) filter (where r.disposition = 'answered'), sum(r.duration_sec), sum(r.billed_sec), sum(r.amount_micros)`;

/** Over rows `u` of `ratedUsage`. */
export const sumsOfEvents = sql`sum(u.calls), sum(u.answered), sum(u.duration_sec), sum(u.billed_sec), sum(u.amount_micros)`;

/** The entries of `usage.rated`: one per service and hour of a batch, whose hour and day are of the provider's zone already. */
export const ratedUsage = (events: EventsOf): SQL => sql`
  select e.provider_id, u."accountId" as account_id, u."serviceId" as service_id, u."subscriberId" as subscriber_id, u."groupId" as group_id, u.currency, u.hour, u.day,
         u.calls, u.answered, u."durationSec" as duration_sec, u."billedSec" as billed_sec, u."amountMicros" as amount_micros
  from (${events("usage.rated")}) e,
       jsonb_to_recordset(e.data -> 'usage') as u("accountId" uuid, "serviceId" uuid, "subscriberId" uuid, "groupId" uuid, currency text, hour timestamptz, day date,
         calls bigint, answered bigint, "durationSec" bigint, "billedSec" bigint, "amountMicros" bigint)`;

export const zoneOf = (providerId: number): SQL => sql`(select p.zone from app.providers p where p.id = ${providerId})`;
