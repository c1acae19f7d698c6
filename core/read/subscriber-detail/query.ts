// Everything about one subscriber on one page: profile, accounts, services, and how much they use. Profile and balances are the facts
// themselves, so that a change shows at once; figures of usage are sums.
import { sql } from "drizzle-orm";
import * as v from "valibot";
import type { Tx } from "../../../db/client.ts";
import type { ServiceKind } from "../../../db/schema/subscribers.ts";
import { accept, refuse } from "../../kernel/errors.ts";
import { defineQuery } from "../../kernel/query.ts";
import { freshness } from "../freshness.ts";
import { groupSeen, idField, providersIn } from "../input.ts";
import { compare, type DailyRow, dayFigures, dayOf, daysUpTo, type HourlyRow, hourPairs } from "../period.ts";
import { rows } from "../rows.ts";
import { totals } from "../usage-figures.ts";

export type Profile = {
  providerId: number;
  providerName: string;
  zone: string;
  locale: string;
  subscriberId: string;
  number: number;
  kind: "person" | "company";
  name: string;
  groupId: string;
  groupName: string;
  email: string | null;
  phone: string | null;
  status: "active" | "closed";
  portalLogin: string | null;
  createdAt: string;
};
export type Account = {
  accountId: string;
  number: string;
  currency: string;
  kind: "prepaid" | "postpaid";
  status: "active" | "closed";
  /** Null without the right to see the ledger. */
  balanceMicros: bigint | null;
  creditLimitMicros: bigint;
};
export type Service = {
  accountId: string;
  serviceId: string;
  kind: ServiceKind;
  label: string;
  status: "active" | "terminated";
  activatedAt: string;
  terminatedAt: string | null;
  /** In force now; null before the first one begins. */
  planId: string | null;
  planName: string | null;
  identifiers: { id: string; kind: "telephone" | "login"; value: string; from: string; to: string | null }[];
};

export const subscribersDetail = defineQuery({
  name: "subscribers.detail",
  summary: "One subscriber: profile, accounts, services, usage by hour and day",
  permission: "subscribers:read",
  level: "subscriber",
  input: v.object({ subscriberId: idField }),
  async run({ tx, scope, now, may }, { subscriberId }) {
    const [profile] = await rows<Profile>(
      tx,
      sql`select s.provider_id, p.name as provider_name, p.zone, p.locale, s.id as subscriber_id, s.number, s.kind, s.name, s.group_id, g.name as group_name,
            s.email, s.phone, s.status, l.login as portal_login, s.created_at
          from app.subscribers s
          join app.providers p on p.id = s.provider_id
          join app.subscriber_groups g on g.provider_id = s.provider_id and g.id = s.group_id
          left join app.portal_logins l on l.provider_id = s.provider_id and l.subscriber_id = s.id
          where s.provider_id = any(${providersIn(scope)}) and s.id = ${subscriberId} and ${groupSeen(scope, sql`s.group_id`)}`,
    );
    if (!profile) return refuse("not_found");
    const { providerId } = profile;
    return accept({
      profile,
      accounts: await rows<Account>(
        tx,
        sql`select a.account_id, a.number, a.currency, a.kind, a.status, case when ${may("ledger:read")}::boolean then coalesce(b.balance_micros, 0) end as balance_micros, coalesce(b.credit_limit_micros, 0) as credit_limit_micros
            from app.accounts a left join app.balances b on b.provider_id = a.provider_id and b.account_id = a.account_id and b.currency = a.currency
            where a.provider_id = ${providerId} and a.subscriber_id = ${subscriberId} order by a.created_at, a.number limit 200`,
      ),
      services: await servicesOf(tx, providerId, subscriberId, now),
      usage: may("usage:read") ? await usageOf(tx, providerId, subscriberId, now, profile.zone) : null,
      freshnessSec: await freshness(tx, now),
    });
  },
});

const servicesOf = (tx: Tx, providerId: number, subscriberId: string, now: Temporal.Instant) =>
  rows<Service>(
    tx,
    sql`select v.account_id, v.id as service_id, v.kind, v.label, v.status, v.activated_at, v.terminated_at, sp.plan_id, pl.name as plan_name,
          coalesce((select jsonb_agg(jsonb_build_object('id', i.id, 'kind', i.kind, 'value', i.value, 'from', lower(i.valid), 'to', upper(i.valid)) order by i.value, lower(i.valid))
            from app.identifiers i where i.provider_id = v.provider_id and i.service_id = v.id and i.kind <> 'partner' and (upper_inf(i.valid) or upper(i.valid) > ${now.toString()})), '[]') as identifiers
        from app.services v
        left join lateral (
          select c.plan_id from app.service_plans c
          where c.provider_id = v.provider_id and c.account_id = v.account_id and c.service_id = v.id and c.valid_from <= ${now.toString()} order by c.valid_from desc limit 1) sp on true
        left join app.plans pl on pl.provider_id = v.provider_id and pl.id = sp.plan_id
        where v.provider_id = ${providerId} and v.subscriber_id = ${subscriberId} order by v.status, v.created_at, v.id limit 500`,
  );

async function usageOf(tx: Tx, providerId: number, subscriberId: string, now: Temporal.Instant, zone: string) {
  const day = dayOf(now, zone);
  const days = daysUpTo(day.today, 30);
  const hourly = await rows<HourlyRow>(
    tx,
    sql`select u.currency, u.hour, ${totals} from read.usage_hourly u
        where u.provider_id = ${providerId} and u.subscriber_id = ${subscriberId} and u.hour >= ${day.yesterdayStart} and u.hour < ${day.end} group by 1, 2`,
  );
  const daily = await rows<DailyRow>(
    tx,
    sql`select u.currency, u.day, ${totals} from read.usage_daily u
        where u.provider_id = ${providerId} and u.subscriber_id = ${subscriberId} and u.day between ${days[0]}::date and ${day.today}::date group by 1, 2`,
  );
  const currencies = [...new Set([...daily, ...hourly].map((row) => row.currency))].sort();
  return {
    zone,
    day: day.today,
    hour: day.hour,
    currencies: currencies.map((currency) => {
      const hours = hourPairs(
        hourly.filter((row) => row.currency === currency),
        day,
      );
      return {
        currency,
        ...compare(hours, day),
        hours,
        days: dayFigures(
          daily.filter((row) => row.currency === currency),
          days,
        ),
      };
    }),
  };
}
