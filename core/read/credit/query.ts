// Credit control as people look at it: accounts by state, one account with its history, the policy, and who will be blocked soon.
import { sql } from "drizzle-orm";
import * as v from "valibot";
import { accept, refuse } from "../../kernel/errors.ts";
import { defineQuery } from "../../kernel/query.ts";
import { groupSeen, idField, providersIn } from "../input.ts";
import { afterField, instantPart, limitField, pageOf, providerField, uuidPart } from "../page.ts";
import { rows } from "../rows.ts";
import { reasonNow } from "./reason-now.ts";

const states = ["active", "warned", "limited", "blocked", "suspended", "terminated"] as const;
export type State = (typeof states)[number];

/** As it was kept: amounts are decimal text of micro-units. */
export type KeptReason = {
  readonly rule: string;
  readonly atMicros?: string;
  readonly payMicros?: string;
  readonly days?: number;
  readonly until?: string;
  readonly by?: string;
  readonly why?: string;
};

export type CreditRow = {
  providerId: number;
  accountId: string;
  subscriberId: string;
  subscriberName: string;
  number: string;
  currency: string;
  kind: "prepaid" | "postpaid";
  state: State;
  since: string;
  reason: KeptReason;
  promise: { amountMicros: string; dueAt: string } | null;
  balanceMicros: bigint;
  creditLimitMicros: bigint;
};

/** Those that changed last come first; without a state, all that aren't active. */
export const creditAccounts = defineQuery({
  name: "credit.accounts",
  summary: "Accounts by credit state, with how many there are of each",
  permission: "credit:read",
  level: "subscriber",
  input: v.object({
    state: v.optional(v.picklist(states, `must be one of ${states.join(", ")}`)),
    providerId: providerField,
    limit: limitField,
    after: afterField(instantPart, uuidPart),
  }),
  async run({ tx, scope }, { state, providerId, limit, after }) {
    const mine = sql`c.provider_id = any(${providersIn(scope, providerId)}) and ${groupSeen(scope, sql`c.group_id`)}`;
    const counts = await rows<{ state: State; accounts: number }>(
      tx,
      sql`select c.state, count(*) as accounts from read.credit_standing c where ${mine} group by 1`,
    );
    const found = await rows<CreditRow>(
      tx,
      sql`select c.provider_id, c.account_id, c.subscriber_id, s.name as subscriber_name, o.number, o.currency, o.kind, c.state, c.since,
            ${reasonNow(sql`c.reason`, sql`o.balance_micros`)} as reason, c.promise, o.balance_micros, o.credit_limit_micros
          from read.credit_standing c
          join read.account_overview o on o.provider_id = c.provider_id and o.account_id = c.account_id
          join read.subscribers s on s.provider_id = c.provider_id and s.subscriber_id = c.subscriber_id
          where ${mine} and ${state ? sql`c.state = ${state}` : sql`c.state <> 'active'`}
            ${after ? sql`and (c.since, c.account_id) < (${after[0]}::timestamptz, ${after[1]}::uuid)` : sql``}
          order by c.since desc, c.account_id desc limit ${limit + 1}`,
    );
    return accept({ counts, ...pageOf(found, limit, (row) => [row.since, row.accountId]) });
  },
});

export type CreditAccount = {
  providerId: number;
  accountId: string;
  subscriberId: string;
  subscriberName: string;
  number: string;
  currency: string;
  kind: "prepaid" | "postpaid";
  zone: string;
  state: State;
  since: string;
  reason: KeptReason;
  decidedAt: string | null;
  nextCheckAt: string | null;
  overrideState: State | null;
  overrideUntil: string | null;
  overrideBy: string | null;
  overrideWhy: string | null;
  balanceMicros: bigint;
  creditLimitMicros: bigint;
  owedSince: string | null;
};

/** The facts themselves, so that a change shows at once. */
export const creditAccount = defineQuery({
  name: "credit.account",
  summary: "One account's credit state: why, since when, its history, promises, pauses, notices and what agents were asked to do",
  permission: "credit:read",
  level: "subscriber",
  input: v.object({ accountId: idField }),
  async run({ tx, scope, now }, { accountId }) {
    const [account] = await rows<CreditAccount>(
      tx,
      sql`select a.provider_id, a.account_id, s.id as subscriber_id, s.name as subscriber_name, a.number, a.currency, a.kind, p.zone,
            coalesce(c.state, 'active') as state, coalesce(c.since, a.created_at) as since, coalesce(${reasonNow(sql`c.reason`, sql`b.balance_micros`)}, '{"rule":"enough"}') as reason, c.decided_at, b.check_credit_at as next_check_at,
            c.override_state, c.override_until, c.override_by, c.override_why, b.balance_micros, b.credit_limit_micros, b.owed_since
          from app.accounts a
          join app.providers p on p.id = a.provider_id
          join app.subscribers s on s.provider_id = a.provider_id and s.id = a.subscriber_id
          join app.balances b on b.provider_id = a.provider_id and b.account_id = a.account_id and b.currency = a.currency
          left join app.credit_states c on c.provider_id = a.provider_id and c.account_id = a.account_id
          where a.provider_id = any(${providersIn(scope)}) and a.account_id = ${accountId} and ${groupSeen(scope, sql`s.group_id`)}`,
    );
    if (!account) return refuse("not_found");
    const of = sql`x.provider_id = ${account.providerId} and x.account_id = ${accountId}`;
    const history = await rows<{
      id: string;
      at: string;
      fromState: State;
      toState: State;
      trigger: string;
      reason: KeptReason;
      balanceMicros: bigint;
    }>(
      tx,
      sql`select x.id, x.at, x.from_state, x.to_state, x.trigger, x.reason, x.balance_micros from app.credit_history x where ${of} order by x.id desc limit 100`,
    );
    const promises = await rows<{
      id: string;
      amountMicros: bigint;
      givenAt: string;
      givenBy: string;
      dueAt: string;
      state: "open" | "kept" | "broken";
    }>(
      tx,
      sql`select x.id, x.amount_micros, x.given_at, x.given_by, x.due_at, x.state from app.promises x where ${of} order by x.id desc limit 50`,
    );
    const suspensions = await rows<{ id: string; fromAt: string; untilAt: string; askedBy: string; lasts: boolean }>(
      tx,
      sql`select x.id, x.from_at, x.until_at, x.asked_by, x.until_at > ${now.toString()}::timestamptz as lasts from app.suspensions x
          where ${of} and x.from_at < x.until_at order by x.id desc limit 50`,
    );
    const orders = await rows<{
      id: string;
      action: string;
      state: string;
      createdAt: string;
      finishedAt: string | null;
      problem: string | null;
      label: string;
    }>(
      tx,
      sql`select x.id, x.action, x.state, x.created_at, x.finished_at, x.problem, v.label from app.enforcements x
          join app.services v on v.provider_id = x.provider_id and v.account_id = x.account_id and v.id = x.service_id where ${of} order by x.id desc limit 50`,
    );
    const notices = await rows<{ id: string; at: string; title: string; body: string; advice: string; endedAt: string | null }>(
      tx,
      sql`select x.id, x.at, x.title, x.body, x.advice, x.ended_at from app.notices x where ${of} order by x.id desc limit 50`,
    );
    return accept({ account, history, promises, suspensions, orders, notices });
  },
});

/** Null as long as there is none. */
export const creditPolicy = defineQuery({
  name: "credit.policy",
  summary: "The credit policy that holds, and those before it",
  permission: "credit:read",
  level: "provider",
  input: v.object({ providerId: providerField }),
  async run({ tx, scope }, { providerId = scope.providerIds[0] }) {
    const versions = await rows<{ version: number; why: string | null; setBy: string; setAt: string }>(
      tx,
      sql`select p.version, p.why, p.set_by, p.set_at from app.credit_policies p where p.provider_id = any(${providersIn(scope, providerId)}) order by p.version desc limit 20`,
    );
    const [current] = await rows<{ document: Record<string, unknown> }>(
      tx,
      sql`select p.document from app.credit_policies p where p.provider_id = any(${providersIn(scope, providerId)}) order by p.version desc limit 1`,
    );
    return accept({ document: current?.document ?? null, versions });
  },
});

export type ForecastRow = {
  providerId: number;
  accountId: string;
  subscriberId: string;
  subscriberName: string;
  number: string;
  currency: string;
  state: State;
  blockedOn: string;
  rule: string;
  balanceMicros: bigint;
  dailySpendMicros: bigint;
  feesMicros: bigint;
  promisedMicros: bigint;
  neededMicros: bigint;
  builtAt: string;
};

/** Built by a job each hour; a day that has passed since is left out. */
export const creditForecast = defineQuery({
  name: "credit.forecast",
  summary: "Which accounts will be blocked within so many days, and why, with what is missing",
  permission: "credit:read",
  level: "subscriber",
  input: v.object({
    days: v.optional(
      v.pipe(
        v.union([v.pipe(v.string(), v.regex(/^[137]$/, "must be 1, 3 or 7"), v.transform(Number)), v.number()]),
        v.picklist([1, 3, 7], "must be 1, 3 or 7"),
      ),
      7,
    ),
    providerId: providerField,
    limit: limitField,
    after: afterField(/^\d{4}-\d\d-\d\d$/, uuidPart),
  }),
  async run({ tx, scope, now }, { days, providerId, limit, after }) {
    const mine = sql`f.provider_id = any(${providersIn(scope, providerId)}) and ${groupSeen(scope, sql`f.group_id`)}
      and f.blocked_on > (${now.toString()}::timestamptz at time zone p.zone)::date and f.blocked_on <= (${now.toString()}::timestamptz at time zone p.zone)::date + ${days}::int`;
    const sums = await rows<{ inDays: number; currency: string; accounts: number; neededMicros: bigint }>(
      tx,
      sql`select d.days as in_days, f.currency, count(*) as accounts, sum(f.needed_micros) as needed_micros
          from read.credit_forecast f join app.providers p on p.id = f.provider_id
          join (values (1), (3), (7)) d(days) on f.blocked_on <= (${now.toString()}::timestamptz at time zone p.zone)::date + d.days
          where f.provider_id = any(${providersIn(scope, providerId)}) and ${groupSeen(scope, sql`f.group_id`)} and f.blocked_on > (${now.toString()}::timestamptz at time zone p.zone)::date
          group by 1, 2 order by 1, 2`,
    );
    const found = await rows<ForecastRow>(
      tx,
      sql`select f.provider_id, f.account_id, f.subscriber_id, s.name as subscriber_name, o.number, f.currency, f.state, f.blocked_on, f.rule, f.balance_micros, f.daily_spend_micros,
            f.fees_micros, f.promised_micros, f.needed_micros, f.built_at
          from read.credit_forecast f
          join app.providers p on p.id = f.provider_id
          join read.account_overview o on o.provider_id = f.provider_id and o.account_id = f.account_id
          join read.subscribers s on s.provider_id = f.provider_id and s.subscriber_id = f.subscriber_id
          where ${mine} ${after ? sql`and (f.blocked_on, f.account_id) > (${after[0]}::date, ${after[1]}::uuid)` : sql``}
          order by f.blocked_on, f.account_id limit ${limit + 1}`,
    );
    return accept({ sums, ...pageOf(found, limit, (row) => [row.blockedOn, row.accountId]) });
  },
});
