// What has a subscriber's usage cost since the first of the month, by account? Whole days of the provider's calendar, from the daily sums.
import { sql } from "drizzle-orm";
import * as v from "valibot";
import { accept, refuse } from "../../kernel/errors.ts";
import { definePortalQuery } from "../portal/portal-query.ts";
import { rows } from "../rows.ts";

export type PortalMonth = { accountId: string; currency: string; calls: number; billedSec: number; amountMicros: bigint };

/** `from`: the first day of the running month, YYYY-MM-DD. Accounts without usage are left out. */
export const portalMonth = definePortalQuery({
  name: "portal.month",
  input: v.object({}),
  async run({ tx, now, providerId, subscriberId }) {
    const [profile] = await rows<{ zone: string }>(
      tx,
      sql`select s.zone from read.subscribers s where s.provider_id = ${providerId} and s.subscriber_id = ${subscriberId}`,
    );
    if (!profile) return refuse("not_found");
    const today = now.toZonedDateTimeISO(profile.zone).toPlainDate();
    const from = today.with({ day: 1 }).toString();
    const accounts = await rows<PortalMonth>(
      tx,
      sql`select u.account_id, u.currency, sum(u.calls) as calls, sum(u.billed_sec) as billed_sec, sum(u.amount_micros) as amount_micros
          from read.usage_daily u
          where u.provider_id = ${providerId} and u.subscriber_id = ${subscriberId} and u.day between ${from}::date and ${today.toString()}::date
          group by 1, 2 order by 1, 2`,
    );
    return accept({ from, accounts });
  },
});
