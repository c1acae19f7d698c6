// What happened today? One page: figures, two charts, what needs a person. Reads sums only; its cost doesn't grow with the calls.
import { type SQL, sql } from "drizzle-orm";
import * as v from "valibot";
import type { Tx } from "../../../db/client.ts";
import type { Scope } from "../../kernel/actor.ts";
import { accept } from "../../kernel/errors.ts";
import { defineQuery } from "../../kernel/query.ts";
import { type AgentState, agentStates } from "../agents/agent-state.ts";
import { freshness } from "../freshness.ts";
import { groupSeen, providersIn } from "../input.ts";
import { providerField } from "../page.ts";
import { compare, type DailyRow, type Day, dayFigures, dayOf, daysUpTo, type HourlyRow, hourPairs } from "../period.ts";
import { rows } from "../rows.ts";
import { totals } from "../usage-figures.ts";

const daysShown = 30;

/**
 * What is counted of providers together: each call once, at the provider whose subscriber made it. What a provider charges a partner for the same call is
 * another leg of it: its money is told apart (`between…`).
 */
const ownUsage = (providers: SQL) => sql`not u.partner_id = any(${providers})`;

export type Dearest = {
  providerId: number;
  accountId: string;
  serviceId: string;
  label: string;
  subscriberId: string;
  subscriberName: string;
  plans: { planId: string; name: string; from: string }[];
  currency: string;
  calls: number;
  billedSec: number;
  amountMicros: bigint;
};

/**
 * Days and hours are those of the highest provider in the scope. `quarantined` and `agents` are null for who sees only some groups.
 * Currencies in the order of what was charged today.
 */
export const dashboardToday = defineQuery({
  name: "dashboard.today",
  summary: "The figures of today, by hour and beside yesterday, and of the last 30 days",
  permission: "dashboard:read",
  level: "subscriber",
  input: v.object({ providerId: providerField }),
  async run({ tx, scope, now, may }, { providerId }) {
    const providers = providersIn(scope, providerId);
    const [home] = await rows<{ zone: string; currency: string }>(
      tx,
      sql`select zone, currency from app.providers where id = any(${providers}) order by cardinality(path), id limit 1`,
    );
    const day = dayOf(now, home?.zone ?? "UTC");
    const days = daysUpTo(day.today, daysShown);
    const seen = groupSeen(scope, sql`u.group_id`);
    const hourly = await rows<HourlyRow>(
      tx,
      sql`select u.currency, u.hour, ${totals} from read.provider_hourly u
          where u.provider_id = any(${providers}) and u.hour >= ${day.yesterdayStart} and u.hour < ${day.end} and ${seen} and ${ownUsage(providers)} group by 1, 2`,
    );
    const daily = await rows<DailyRow>(
      tx,
      sql`select u.currency, u.day, ${totals} from read.provider_daily u
          where u.provider_id = any(${providers}) and u.day between ${days[0]}::date and ${day.today}::date and ${seen} and ${ownUsage(providers)} group by 1, 2`,
    );
    const between = await rows<{ currency: string; amountMicros: bigint }>(
      tx,
      sql`select u.currency, sum(u.amount_micros)::bigint as amount_micros from read.provider_daily u
          where u.provider_id = any(${providers}) and u.day = ${day.today}::date and ${seen} and not ${ownUsage(providers)} group by 1`,
    );
    const names = new Set([...(home ? [home.currency] : []), ...daily.map((row) => row.currency), ...hourly.map((row) => row.currency)]);
    const currencies = [...names].map((currency) => {
      const hours = hourPairs(
        hourly.filter((row) => row.currency === currency),
        day,
      );
      return {
        currency,
        /** What providers shown here charge each other today for usage that is counted already. */
        betweenMicros: between.find((row) => row.currency === currency)?.amountMicros ?? 0n,
        ...compare(hours, day),
        hours,
        days: dayFigures(
          daily.filter((row) => row.currency === currency),
          days,
        ),
      };
    });
    currencies.sort((a, b) => (a.today.amountMicros < b.today.amountMicros ? 1 : a.today.amountMicros > b.today.amountMicros ? -1 : 0));

    const [counts] = await rows<{ subscribers: number; quarantined: number }>(
      tx,
      sql`select (select coalesce(sum(u.subscribers), 0) from read.provider_summary u where u.provider_id = any(${providers}) and ${seen}) as subscribers,
                 (select coalesce(sum(u.quarantined), 0) from read.ingest_agents u where u.provider_id = any(${providers})) as quarantined`,
    );
    const wide = scope.groupIds === null;
    const [cards] = await rows<{ alarms: number }>(
      tx,
      sql`select count(*) as alarms from app.card_alarms a where a.provider_id = any(${providers}) and a.seen_at is null`,
    );
    return accept({
      zone: day.zone,
      day: day.today,
      hour: day.hour,
      freshnessSec: await freshness(tx, now),
      currencies,
      subscribers: counts!.subscribers,
      /** Limits on guessed PINs that were hit and not looked at. */
      cardAlarms: wide && may("cards:read") ? cards!.alarms : 0,
      quarantined: wide ? counts!.quarantined : null,
      agents: wide ? await agentStates(tx, scope, now, { providerId }) : (null as AgentState[] | null),
      dearest: await dearestServices(tx, scope, day, providerId),
    });
  },
});

/** The ten services that cost most today. */
const dearestServices = (tx: Tx, scope: Scope, day: Day, providerId?: number): Promise<Dearest[]> =>
  rows<Dearest>(
    tx,
    sql`select u.*, v.label, v.plans, s.name as subscriber_name
        from unnest(${providersIn(scope, providerId)}) p(id)
        cross join lateral (
          select d.provider_id, d.account_id, d.service_id, d.subscriber_id, d.currency, d.calls, d.billed_sec, d.amount_micros
          from read.usage_daily d
          where d.provider_id = p.id and d.day = ${day.today}::date and d.amount_micros > 0
            and ${scope.groupIds === null ? sql`true` : sql`exists (select from read.account_overview o where o.provider_id = d.provider_id and o.account_id = d.account_id and ${groupSeen(scope, sql`o.group_id`)})`}
          order by d.amount_micros desc limit 10) u
        left join read.services v on v.provider_id = u.provider_id and v.account_id = u.account_id and v.service_id = u.service_id
        join read.subscribers s on s.provider_id = u.provider_id and s.subscriber_id = u.subscriber_id
        order by u.amount_micros desc, u.service_id limit 10`,
  );
