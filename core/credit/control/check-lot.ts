// Looks at some accounts in one transaction: settles what was promised, decides, and writes what has changed. A bounded number of statements for any number of them.
import type { RawTx } from "../../../db/client.ts";
import { jsonText } from "../../kernel/json.ts";
import { lockBalances } from "../../ledger/post.ts";
import { type Decision, decide, sinceWhen } from "./decide.ts";
import { type Decided, enterStates } from "./enter-states.ts";
import { type Account, loadAccounts } from "./facts.ts";
import { settlePromises } from "./settle-promises.ts";
import { severityOf } from "./states.ts";
import { policyOf, type StoredPolicy } from "./stored-policy.ts";

/**
 * Holds the balances, so that of two workers the second sees what the first has decided, and decides nothing new. Gives the accounts whose state,
 * or its reason, changed; the caller sees to it that the read models advance when there are any.
 */
export async function checkLot(t: RawTx, providerId: number, accountIds: readonly string[], now: Temporal.Instant): Promise<Decided[]> {
  await lockBalances(t, providerId, accountIds);
  await settlePromises(t, providerId, accountIds, now);
  const stored = await policyOf(t, providerId);
  const accounts = await loadAccounts(t, providerId, accountIds, stored, now);
  const decided = accounts.map((account): Decided => ({ account, decision: decide(account.standing, account.facts, stored?.policy, now) }));
  await watch(t, providerId, decided, now);
  await keep(t, providerId, decided, stored, now);
  await forgive(t, providerId, decided, now);
  const changed = decided.filter(({ account, decision }) => account.standing.state !== decision.state);
  await enterStates(t, providerId, changed, stored, now);
  const told = decided.filter(({ account, decision }) => isNews(account, decision));
  if (told.length > 0) await tell(t, providerId, told, now);
  return told;
}

/** What is to be paid differs each time. */
const isNews = ({ standing, known }: Account, { state, reason }: Decision): boolean =>
  standing.state !== state || standing.rule !== reason.rule || !known || reason.payMicros !== undefined;

const withBalance = (reason: Decision["reason"], balanceMicros: bigint) =>
  reason.payMicros === undefined ? reason : { ...reason, balanceMicros };

async function watch(t: RawTx, providerId: number, decided: readonly Decided[], now: Temporal.Instant): Promise<void> {
  const rows = decided.map(({ account, decision }) => ({
    ...{
      account_id: account.accountId,
      currency: account.currency,
      below: decision.watchBelow ?? null,
      above: decision.watchAbove ?? null,
    },
    check_at: later(decision.nextCheckAt, now) ?? null,
  }));
  await t`
    update app.balances b set watch_below_micros = w.below, watch_above_micros = w.above, check_credit_at = w.check_at
    from jsonb_to_recordset(${jsonText(rows)}::text::jsonb) as w(account_id uuid, currency text, below bigint, above bigint, check_at timestamptz)
    where b.provider_id = ${providerId} and b.account_id = w.account_id and b.currency = w.currency`;
}

/** Nothing is due at once again: a look that found nothing to do would be repeated for ever. */
const later = (at: Temporal.Instant | undefined, now: Temporal.Instant) =>
  at && (Temporal.Instant.compare(at, now) > 0 ? at : now.add({ minutes: 1 }));

async function keep(
  t: RawTx,
  providerId: number,
  decided: readonly Decided[],
  stored: StoredPolicy | undefined,
  now: Temporal.Instant,
): Promise<void> {
  const rows = decided.map(({ account, decision: { state, reason } }) => ({
    // With the balance, so that what is to be paid can be said for a later one.
    ...{ account_id: account.accountId, state, rule: reason.rule, reason: withBalance(reason, account.facts.balanceMicros) },
    since: sinceWhen(account.standing, { state, rule: reason.rule }, now),
    ...{ speed: account.facts.dailySpendMicros, good: account.facts.goodPayer },
  }));
  await t`
    insert into app.credit_states (provider_id, account_id, state, since, rule, reason, decided_at, policy_version, daily_spend_micros, good_payer)
    select ${providerId}::int, account_id, state, since, rule, reason, ${now.toString()}::timestamptz, ${stored?.version ?? null}::int, speed, good
    from jsonb_to_recordset(${jsonText(rows)}::text::jsonb) as d(account_id uuid, state text, since timestamptz, rule text, reason jsonb, speed bigint, good boolean)
    on conflict (provider_id, account_id) do update set state = excluded.state, since = excluded.since, rule = excluded.rule, reason = excluded.reason,
      decided_at = excluded.decided_at, policy_version = excluded.policy_version, daily_spend_micros = excluded.daily_spend_micros, good_payer = excluded.good_payer`;
  const over = decided.filter(({ account: { facts } }) => facts.override && Temporal.Instant.compare(facts.override.until, now) <= 0);
  if (over.length > 0)
    await t`update app.credit_states set override_state = null, override_until = null, override_by = null, override_why = null
      where provider_id = ${providerId} and account_id = any(${over.map(({ account }) => account.accountId)}::uuid[])`;
}

/** A broken promise is held against an account until it is in order again. */
async function forgive(t: RawTx, providerId: number, decided: readonly Decided[], now: Temporal.Instant): Promise<void> {
  const ids = decided
    .filter(
      ({ account: { facts }, decision }) => facts.promiseBroken && severityOf(decision.state) >= 0 && decision.reason.rule !== "override",
    )
    .filter(({ account: { facts }, decision }) => !facts.promise && decision.reason.rule !== "promise-broken" && facts.balanceMicros >= 0n)
    .map(({ account }) => account.accountId);
  if (ids.length > 0)
    await t`update app.promises set forgiven_at = ${now.toString()}::timestamptz
      where provider_id = ${providerId} and account_id = any(${ids}::uuid[]) and state = 'broken' and forgiven_at is null`;
}

async function tell(t: RawTx, providerId: number, changed: readonly Decided[], now: Temporal.Instant): Promise<void> {
  const data = JSON.stringify({ accountIds: changed.map(({ account }) => account.accountId) });
  await t`insert into app.events (provider_id, type, at, data) values (${providerId}, 'credit.changed', ${now.toString()}::timestamptz, ${data}::text::jsonb)`;
}
