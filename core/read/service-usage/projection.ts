// How much has a service used, by hour and by day, and what did it cost? Sums, so that a page never scans the calls.
import { type SQL, sql } from "drizzle-orm";
import type { Projection } from "../projection.ts";
import { merge, type ReadTable } from "../read-table.ts";
import { figures, figuresOfRecords, ratedUsage, sumsOfEvents, zoneOf } from "../usage-figures.ts";

const table = (name: string, period: "hour" | "day", ofRecord: (providerId: number) => SQL): ReadTable => ({
  name,
  columns: {
    provider_id: "key",
    account_id: "key",
    service_id: "key",
    [period]: "key",
    subscriber_id: "keep",
    currency: "keep",
    ...figures,
  },
  facts: (
    providerId,
  ) => sql`select r.provider_id, r.account_id, r.service_id, ${ofRecord(providerId)}, r.subscriber_id, r.currency, ${figuresOfRecords}
    from app.usage_records r where r.provider_id = ${providerId} group by 1, 2, 3, 4, 5, 6`,
});

const hourly = table("usage_hourly", "hour", (providerId) => sql`date_trunc('hour', r.started_at, ${zoneOf(providerId)})`);
const daily = table("usage_daily", "day", (providerId) => sql`(r.started_at at time zone ${zoneOf(providerId)})::date`);

export const serviceUsage: Projection = {
  name: "service-usage",
  version: 1,
  tables: [hourly, daily],

  // Both grains from one reading of the events. Rows go in the order of the key, which is the order of the index.
  async apply(tx, events) {
    const sums = (period: SQL) =>
      sql`select u.provider_id, u.account_id, u.service_id, ${period}, u.subscriber_id, u.currency, ${sumsOfEvents} from u group by 1, 2, 3, 4, 5, 6 order by 1, 2, 3, 4`;
    await tx.execute(
      sql`with u as materialized (${ratedUsage(events)}), hours as (${merge(hourly, sums(sql`u.hour`))}) ${merge(daily, sums(sql`u.day`))}`,
    );
  },
};
