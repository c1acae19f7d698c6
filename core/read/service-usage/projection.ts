// How much has a service used, by hour and by day, and what did it cost? Sums, so that a page never scans the calls.
import { type SQL, sql } from "drizzle-orm";
import type { Projection } from "../projection.ts";
import { merge, type ReadTable } from "../read-table.ts";
import { countedUsage, figures, ratedUsage, sums, zoneOf } from "../usage-figures.ts";

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
  facts: (providerId) => sql`select u.provider_id, u.account_id, u.service_id, ${ofRecord(providerId)}, u.subscriber_id, u.currency, ${sums}
    from (${countedUsage(providerId)}) u group by 1, 2, 3, 4, 5, 6`,
});

const hourly = table("usage_hourly", "hour", (providerId) => sql`date_trunc('hour', u.started_at, ${zoneOf(providerId)})`);
const daily = table("usage_daily", "day", (providerId) => sql`(u.started_at at time zone ${zoneOf(providerId)})::date`);

export const serviceUsage: Projection = {
  name: "service-usage",
  version: 2,
  tables: [hourly, daily],

  // Both grains from one reading of the events. Rows go in the order of the key, which is the order of the index.
  async apply(tx, events) {
    const summed = (period: SQL) =>
      sql`select u.provider_id, u.account_id, u.service_id, ${period}, u.subscriber_id, u.currency, ${sums} from u group by 1, 2, 3, 4, 5, 6 order by 1, 2, 3, 4`;
    await tx.execute(
      sql`with u as materialized (${ratedUsage(events)}), hours as (${merge(hourly, summed(sql`u.hour`))}) ${merge(daily, summed(sql`u.day`))}`,
    );
  },
};
