// How much has a provider sold, by hour and by day, per group of subscribers and currency? The group is the one at the time of rating. What was charged on
// for a partner's subscribers stands by itself: who sees the partner too counts each call there.
import { type SQL, sql } from "drizzle-orm";
import type { Projection } from "../projection.ts";
import { merge, type ReadTable } from "../read-table.ts";
import { countedUsage, figures, ratedUsage, sums, zoneOf } from "../usage-figures.ts";

const table = (name: string, period: "hour" | "day", ofRecord: (providerId: number) => SQL): ReadTable => ({
  name,
  columns: { provider_id: "key", group_id: "key", currency: "key", partner_id: "key", [period]: "key", ...figures },
  facts: (providerId) => sql`select u.provider_id, u.group_id, u.currency, u.partner_id, ${ofRecord(providerId)}, ${sums}
    from (${countedUsage(providerId)}) u group by 1, 2, 3, 4, 5`,
});

const hourly = table("provider_hourly", "hour", (providerId) => sql`date_trunc('hour', u.started_at, ${zoneOf(providerId)})`);
const daily = table("provider_daily", "day", (providerId) => sql`(u.started_at at time zone ${zoneOf(providerId)})::date`);

export const providerUsage: Projection = {
  name: "provider-usage",
  version: 3,
  tables: [hourly, daily],

  async apply(tx, events) {
    const summed = (period: SQL) =>
      sql`select u.provider_id, u.group_id, u.currency, u.partner_id, ${period}, ${sums} from u group by 1, 2, 3, 4, 5 order by 1, 2, 3, 4, 5`;
    await tx.execute(
      sql`with u as materialized (${ratedUsage(events)}), hours as (${merge(hourly, summed(sql`u.hour`))}) ${merge(daily, summed(sql`u.day`))}`,
    );
  },
};
