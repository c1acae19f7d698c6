// Which subscribers a batch of events says something new about: for the projections that recompute what they were told of.
import { type SQL, sql } from "drizzle-orm";
import type { EventsOf } from "./projection.ts";

/** Select of distinct (provider_id, subscriber_id). A renamed group or provider touches all that show its name. */
export const touchedSubscribers = (events: EventsOf): SQL => sql`
  select e.provider_id, (e.data ->> 'subscriberId')::uuid as subscriber_id from (${events("subscriber.changed", "account.changed")}) e
  union
  select s.provider_id, s.id from (${events("group.changed")}) e
  join app.subscribers s on s.provider_id = e.provider_id and s.group_id = (e.data ->> 'groupId')::uuid
  union
  select s.provider_id, s.id from (${events("provider.changed")}) e join app.subscribers s on s.provider_id = e.provider_id`;
