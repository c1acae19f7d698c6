// What is known of accounts, for `decide`: one statement for any number of them.
import type { RawTx } from "../../../db/client.ts";
import type { Facts, Rule, Standing } from "./decide.ts";
import type { CreditState, MoneyState } from "./states.ts";
import type { StoredPolicy } from "./stored-policy.ts";

export type Account = {
  readonly accountId: string;
  readonly subscriberId: string;
  readonly number: string;
  readonly currency: string;
  readonly locale: string;
  readonly standing: Standing;
  /** Whether it was decided before: a new account has no row yet. */
  readonly known: boolean;
  readonly facts: Facts;
  readonly checkAt: Temporal.Instant | undefined;
  readonly watchBelow: bigint | undefined;
  readonly watchAbove: bigint | undefined;
};

type Row = {
  account_id: string;
  subscriber_id: string;
  number: string;
  group_id: string;
  currency: string;
  kind: "prepaid" | "postpaid";
  status: string;
  zone: string;
  locale: string;
  created_at: string;
  balance: string;
  credit: string;
  owed_since: string | null;
  check_at: string | null;
  watch_below: string | null;
  watch_above: string | null;
  state: CreditState | null;
  since: string | null;
  rule: Rule | null;
  stored_spend: string | null;
  stored_good: boolean | null;
  override_state: MoneyState | null;
  override_until: string | null;
  override_by: string | null;
  override_why: string | null;
  promised_at: string | null;
  promise_due: string | null;
  broken: boolean;
  paused_from: string | null;
  paused_until: string | null;
};

/** Of these accounts, in the order of their ids. `remembered`: speed of spending and good conduct as they were when the state was decided. */
export async function loadAccounts(
  t: RawTx,
  providerId: number,
  accountIds: readonly string[],
  stored: StoredPolicy | undefined,
  now: Temporal.Instant,
  remembered = false,
): Promise<Account[]> {
  const ids = accountIds as string[];
  const rows = await t<Row[]>`
    select a.account_id, s.id as subscriber_id, a.number, s.group_id, a.currency, a.kind, a.status, p.zone, p.locale, a.created_at::text,
      b.balance_micros::text as balance, b.credit_limit_micros::text as credit, b.owed_since::text, b.check_credit_at::text as check_at,
      b.watch_below_micros::text as watch_below, b.watch_above_micros::text as watch_above,
      c.state, c.since::text, c.rule, c.daily_spend_micros::text as stored_spend, c.good_payer as stored_good,
      c.override_state, c.override_until::text, c.override_by, c.override_why,
      o.given_at::text as promised_at, o.due_at::text as promise_due,
      exists (select from app.promises x where x.provider_id = a.provider_id and x.account_id = a.account_id and x.state = 'broken' and x.forgiven_at is null) as broken,
      u.from_at::text as paused_from, u.until_at::text as paused_until
    from app.accounts a
    join app.providers p on p.id = a.provider_id
    join app.subscribers s on s.provider_id = a.provider_id and s.id = a.subscriber_id
    join app.balances b on b.provider_id = a.provider_id and b.account_id = a.account_id and b.currency = a.currency
    left join app.credit_states c on c.provider_id = a.provider_id and c.account_id = a.account_id
    left join app.promises o on o.provider_id = a.provider_id and o.account_id = a.account_id and o.state = 'open'
    left join lateral (
      select x.from_at, x.until_at from app.suspensions x
      where x.provider_id = a.provider_id and x.account_id = a.account_id and x.until_at > ${now.toString()}::timestamptz order by x.from_at limit 1) u on true
    where a.provider_id = ${providerId} and a.account_id = any(${ids}::uuid[]) order by a.account_id`;
  const speeds = remembered ? new Map() : await speedsOf(t, providerId, ids, stored, now);
  const good = remembered ? new Set() : await goodPayers(t, providerId, ids, stored, now);
  return rows.map((row): Account => {
    const at = (text: string | null) => (text === null ? undefined : Temporal.Instant.from(text));
    return {
      accountId: row.account_id,
      subscriberId: row.subscriber_id,
      number: row.number,
      currency: row.currency,
      locale: row.locale,
      known: row.state !== null,
      standing: { state: row.state ?? "active", since: at(row.since ?? row.created_at)!, rule: row.rule ?? "enough" },
      checkAt: at(row.check_at),
      watchBelow: row.watch_below === null ? undefined : BigInt(row.watch_below),
      watchAbove: row.watch_above === null ? undefined : BigInt(row.watch_above),
      facts: {
        kind: row.kind,
        groupId: row.group_id,
        zone: row.zone,
        closed: row.status === "closed",
        balanceMicros: BigInt(row.balance),
        creditMicros: BigInt(row.credit),
        owedSince: at(row.owed_since),
        dailySpendMicros: remembered ? BigInt(row.stored_spend ?? "0") : (speeds.get(row.account_id) ?? 0n),
        goodPayer: remembered ? (row.stored_good ?? false) : good.has(row.account_id),
        promise: row.promised_at === null ? undefined : { givenAt: at(row.promised_at)!, dueAt: at(row.promise_due)! },
        promiseBroken: row.broken,
        suspension: row.paused_from === null ? undefined : { from: at(row.paused_from)!, until: at(row.paused_until)! },
        override:
          row.override_state === null
            ? undefined
            : { state: row.override_state, until: at(row.override_until)!, by: row.override_by!, why: row.override_why! },
      },
    };
  });
}

/** Ids are UUIDv7: those made from the instant on are not below this. */
const idAt = (instant: Temporal.Instant): string => {
  const hex = Math.max(0, instant.epochMilliseconds).toString(16).padStart(12, "0");
  return `${hex.slice(0, 8)}-${hex.slice(8)}-0000-0000-000000000000`;
};

async function speedsOf(
  t: RawTx,
  providerId: number,
  accountIds: readonly string[],
  stored: StoredPolicy | undefined,
  now: Temporal.Instant,
): Promise<Map<string, bigint>> {
  return stored && asksSpeed(stored) ? spendingOf(t, providerId, accountIds, stored.policy.speedDays, now, true) : new Map();
}

/** What the accounts spent on an average day of late: usage, with taxes, less what others paid; `withFees`: and fees that are charged by the day. */
export async function spendingOf(
  t: RawTx,
  providerId: number,
  accountIds: readonly string[],
  speedDays: number,
  now: Temporal.Instant,
  withFees = false,
): Promise<Map<string, bigint>> {
  const from = idAt(now.subtract({ hours: 24 * speedDays }));
  const ids = accountIds as string[];
  const rows = await t<{ account_id: string; spent: string }[]>`
    select account_id, greatest(0, sum(spent))::text as spent from (
      select p.account_id, case when p.debit = 'settlement' then p.amount_micros else -p.amount_micros end as spent
      from app.ledger_transactions x
      join app.ledger_postings p on p.provider_id = x.provider_id and p.account_id = x.account_id and p.transaction_id = x.id
      where x.provider_id = ${providerId} and x.account_id = any(${ids}::uuid[]) and x.id >= ${from}::uuid
        and x.template in ('usage.charged', 'usage.charged.reversed', 'usage.adjusted', 'usage.adjusted.reversed', 'charge.covered', 'charge.paid-for')
      union all
      select c.account_id, c.amount_micros + c.tax_micros from app.charges c
      where c.provider_id = ${providerId} and c.account_id = any(${ids}::uuid[]) and c.id >= ${from}::uuid and ${withFees} and c.kind = 'fee' and c.period_to = c.period_from + 1) s
    group by account_id`;
  return new Map(rows.map((row) => [row.account_id, BigInt(row.spent) / BigInt(speedDays)]));
}

const asksSpeed = ({ policy }: StoredPolicy): boolean =>
  [policy, ...policy.groups].some(({ prepaid, postpaid }) =>
    [prepaid, postpaid].some((rules) => Object.values(rules).some((rule) => rule?.when?.by === "days-left")),
  );

/** Those who have been here long enough, have paid often enough since, and were never blocked for it. */
async function goodPayers(
  t: RawTx,
  providerId: number,
  accountIds: readonly string[],
  stored: StoredPolicy | undefined,
  now: Temporal.Instant,
): Promise<Set<string>> {
  const grace = stored?.policy.goodPayer;
  if (!grace) return new Set();
  const since = now.toZonedDateTimeISO("UTC").subtract({ months: grace.months }).toInstant();
  const rows = await t<{ account_id: string }[]>`
    select a.account_id from app.accounts a
    join app.balances b on b.provider_id = a.provider_id and b.account_id = a.account_id and b.currency = a.currency
    where a.provider_id = ${providerId} and a.account_id = any(${accountIds as string[]}::uuid[]) and b.balance_micros < 0 and a.created_at <= ${since.toString()}::timestamptz
      and not exists (select from app.credit_history h where h.provider_id = a.provider_id and h.account_id = a.account_id and h.id >= ${idAt(since)}::uuid
        and h.to_state = 'blocked' and h.trigger = 'money')
      and (select count(*) from app.ledger_transactions x where x.provider_id = a.provider_id and x.account_id = a.account_id and x.id >= ${idAt(since)}::uuid
        and x.template in ('payment.received', 'payment.matched', 'card.redeemed')) >= ${grace.payments}`;
  return new Set(rows.map((row) => row.account_id));
}
