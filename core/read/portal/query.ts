// What a subscriber sees of himself: balances and services, usage by day and hour, calls.
import { sql } from "drizzle-orm";
import * as v from "valibot";
import { accept, refuse } from "../../kernel/errors.ts";
import { freshness } from "../freshness.ts";
import { idField, instantField } from "../input.ts";
import { afterField, instantPart, limitField, pageOf, uuidPart } from "../page.ts";
import { compare, type DailyRow, dayFigures, dayOf, daysUpTo, type HourlyRow, hourPairs } from "../period.ts";
import { rows } from "../rows.ts";
import { totals } from "../usage-figures.ts";
import { definePortalQuery } from "./portal-query.ts";

export type PortalProfile = { name: string; number: number; providerName: string; zone: string; locale: string };
export type PortalAccount = {
  accountId: string;
  number: string;
  currency: string;
  kind: "prepaid" | "postpaid";
  balanceMicros: bigint;
  creditLimitMicros: bigint;
  heldMicros: bigint;
  /** What remains in the pots; in the balance. */
  grantedMicros: bigint;
  /** In the order in which they are spent. */
  pots: readonly { readonly name: string; readonly leftMicros: string; readonly expiresAt: string | null }[];
};
export type PortalService = {
  accountId: string;
  serviceId: string;
  label: string;
  status: "active" | "terminated";
  planName: string | null;
  identifiers: { kind: string; value: string }[];
};

type Timed = { from: string; to?: string | null };
const inForce = (now: Temporal.Instant) => (each: Timed) =>
  Temporal.Instant.compare(Temporal.Instant.from(each.from), now) <= 0 &&
  (!each.to || Temporal.Instant.compare(now, Temporal.Instant.from(each.to)) < 0);

export const portalHome = definePortalQuery({
  name: "portal.home",
  input: v.object({}),
  async run({ tx, now, providerId, subscriberId }) {
    const [profile] = await rows<PortalProfile>(
      tx,
      sql`select s.name, s.number, s.provider_name, s.zone, s.locale from read.subscribers s where s.provider_id = ${providerId} and s.subscriber_id = ${subscriberId}`,
    );
    if (!profile) return refuse("not_found");
    const accounts = await rows<PortalAccount>(
      tx,
      sql`select a.account_id, a.number, a.currency, a.kind, coalesce(f.balance_micros, a.balance_micros) as balance_micros,
            coalesce(f.credit_limit_micros, a.credit_limit_micros) as credit_limit_micros, coalesce(f.held_micros, 0) as held_micros,
            coalesce(f.granted_micros, 0) as granted_micros, coalesce(f.pots, '[]') as pots from read.account_overview a
          left join read.funds f on f.provider_id = a.provider_id and f.account_id = a.account_id
          where a.provider_id = ${providerId} and a.subscriber_id = ${subscriberId} and a.status = 'active' order by a.number limit 100`,
    );
    const services = await rows<
      Omit<PortalService, "planName" | "identifiers"> & {
        plans: (Timed & { name: string })[];
        identifiers: (Timed & { kind: string; value: string })[];
      }
    >(
      tx,
      sql`select v.account_id, v.service_id, v.label, v.status, v.plans, v.identifiers from read.services v
          where v.provider_id = ${providerId} and v.subscriber_id = ${subscriberId} order by v.status, v.label, v.service_id limit 200`,
    );
    return accept({
      profile,
      accounts,
      services: services.map(
        ({ plans, identifiers, ...service }): PortalService => ({
          ...service,
          planName: plans.filter(inForce(now)).at(-1)?.name ?? null,
          identifiers: identifiers.filter(inForce(now)).map(({ kind, value }) => ({ kind, value })),
        }),
      ),
      freshnessSec: await freshness(tx, now),
    });
  },
});

/** Today by the hour beside yesterday, and the last 30 days, per currency; of one account if named. */
export const portalUsage = definePortalQuery({
  name: "portal.usage",
  input: v.object({ accountId: v.optional(idField) }),
  async run({ tx, now, providerId, subscriberId }, { accountId }) {
    const [profile] = await rows<{ zone: string }>(
      tx,
      sql`select s.zone from read.subscribers s where s.provider_id = ${providerId} and s.subscriber_id = ${subscriberId}`,
    );
    if (!profile) return refuse("not_found");
    const day = dayOf(now, profile.zone);
    const days = daysUpTo(day.today, 30);
    const mine = sql`u.provider_id = ${providerId} and u.subscriber_id = ${subscriberId} and ${accountId ? sql`u.account_id = ${accountId}` : sql`true`}`;
    const hourly = await rows<HourlyRow>(
      tx,
      sql`select u.currency, u.hour, ${totals} from read.usage_hourly u where ${mine} and u.hour >= ${day.yesterdayStart} and u.hour < ${day.end} group by 1, 2`,
    );
    const daily = await rows<DailyRow>(
      tx,
      sql`select u.currency, u.day, ${totals} from read.usage_daily u where ${mine} and u.day between ${days[0]}::date and ${day.today}::date group by 1, 2`,
    );
    const currencies = [...new Set([...daily, ...hourly].map((row) => row.currency))].sort().map((currency) => {
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
    });
    return accept({ zone: profile.zone, day: day.today, hour: day.hour, currencies, freshnessSec: await freshness(tx, now) });
  },
});

export type PortalMovement = {
  accountId: string;
  transactionId: string;
  line: number;
  template: string;
  isReversal: boolean;
  isTax: boolean;
  effectiveAt: string;
  amountMicros: bigint;
  balanceAfterMicros: bigint;
  currency: string;
  details: Readonly<Record<string, unknown>>;
};

/** What moved the balances last, newest first, over all accounts. */
export const portalMovements = definePortalQuery({
  name: "portal.movements",
  input: v.object({ limit: limitField }),
  run: async ({ tx, providerId, subscriberId }, { limit }) =>
    accept({
      rows: await rows<PortalMovement>(
        tx,
        sql`select x.* from read.account_overview a cross join lateral (
              select m.account_id, m.transaction_id, m.line, m.template, m.is_reversal, m.is_tax, m.effective_at, m.amount_micros, m.balance_after_micros, m.currency, m.details
              from read.movements m where m.provider_id = ${providerId} and m.account_id = a.account_id order by m.transaction_id desc, m.line desc limit ${limit}) x
            where a.provider_id = ${providerId} and a.subscriber_id = ${subscriberId} order by x.transaction_id desc, x.line desc limit ${limit}`,
      ),
    }),
});

export type PortalCall = {
  accountId: string;
  startedAt: string;
  key: string;
  serviceId: string;
  direction: string;
  source: string;
  destination: string;
  destinationName: string | null;
  disposition: string;
  durationSec: number;
  billedSec: number;
  amountMicros: bigint;
  taxMicros: bigint;
  currency: string;
  kind: string;
  facts: Readonly<Record<string, unknown>> | null;
};

/** Usage of every kind, newest first, over all accounts or one; half-open period. */
export const portalCalls = definePortalQuery({
  name: "portal.calls",
  input: v.object({
    accountId: v.optional(idField),
    from: v.optional(instantField),
    to: v.optional(instantField),
    limit: limitField,
    after: afterField(instantPart, uuidPart),
  }),
  async run({ tx, providerId, subscriberId }, { accountId, from, to, limit, after }) {
    const found = await rows<PortalCall>(
      tx,
      sql`select x.* from read.account_overview a cross join lateral (
            select c.account_id, c.started_at, c.key, c.service_id, c.direction, c.source, c.destination, c.destination_name, c.disposition, c.duration_sec, c.billed_sec,
                   c.amount_micros, c.tax_micros, c.currency, c.kind, c.facts
            from read.calls c where c.provider_id = ${providerId} and c.account_id = a.account_id
              ${from ? sql`and c.started_at >= ${from}::timestamptz` : sql``} ${to ? sql`and c.started_at < ${to}::timestamptz` : sql``}
              ${after ? sql`and (c.started_at, c.key) < (${after[0]}::timestamptz, ${after[1]}::uuid)` : sql``}
            order by c.started_at desc, c.key desc limit ${limit + 1}) x
          where a.provider_id = ${providerId} and a.subscriber_id = ${subscriberId} and ${accountId ? sql`a.account_id = ${accountId}` : sql`true`}
          order by x.started_at desc, x.key desc limit ${limit + 1}`,
    );
    return accept(pageOf(found, limit, (row) => [row.startedAt, row.key]));
  },
});
