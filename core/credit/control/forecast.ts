// Who will be blocked in the next days: the rules that decide now, asked of each day to come, with what will have been spent, charged and taken back by then.
import { type RawTx, rawOf } from "../../../db/client.ts";
import { inTenant } from "../../../db/tenant.ts";
import { loadServices } from "../../charges/load-services.ts";
import { workOut } from "../../charges/work-out.ts";
import type { Core } from "../../kernel/core.ts";
import { jsonText } from "../../kernel/json.ts";
import { type Decision, decide, type Facts, type Standing } from "./decide.ts";
import { everyAccount } from "./every-account.ts";
import { type Account, loadAccounts, spendingOf } from "./facts.ts";
import type { Policy } from "./policy.ts";
import { policyOf, type StoredPolicy } from "./stored-policy.ts";

export const horizonDays = 7;

export type Ahead = {
  readonly feeDays: readonly { readonly day: Temporal.PlainDate; readonly micros: bigint }[];
  readonly promisedMicros: bigint;
};
export type Foreseen = {
  readonly day: Temporal.PlainDate;
  readonly decision: Decision;
  readonly balanceMicros: bigint;
  readonly feesMicros: bigint;
  readonly promisedMicros: bigint;
};

/** The first day, after today, at whose end the account is blocked; undefined: none within the horizon. Pure. */
export function foresee(
  standing: Standing,
  facts: Facts,
  { feeDays, promisedMicros }: Ahead,
  policy: Policy,
  now: Temporal.Instant,
): Foreseen | undefined {
  const today = now.toZonedDateTimeISO(facts.zone).toPlainDate();
  let state = standing;
  let owedSince = facts.owedSince;
  for (let ahead = 1; ahead <= horizonDays; ahead++) {
    const day = today.add({ days: ahead });
    // Calm hours put off a block to the next morning at work: asked at noon, so that a night puts nothing off to the day after.
    const at = day.toZonedDateTime({ timeZone: facts.zone, plainTime: "12:00" }).toInstant();
    const feesMicros = feeDays.filter((one) => Temporal.PlainDate.compare(one.day, day) <= 0).reduce((sum, one) => sum + one.micros, 0n);
    const overdue = facts.promise !== undefined && Temporal.Instant.compare(facts.promise.dueAt, at) <= 0;
    const takenBack = overdue ? promisedMicros : 0n;
    const balanceMicros = facts.balanceMicros - facts.dailySpendMicros * BigInt(ahead) - feesMicros - takenBack;
    owedSince = balanceMicros < 0n ? (owedSince ?? at) : undefined;
    const then = {
      ...facts,
      balanceMicros,
      owedSince,
      promise: overdue ? undefined : facts.promise,
      promiseBroken: facts.promiseBroken || overdue,
    };
    const decision = decide(state, then, policy, at);
    if (decision.state === "blocked") return { day, decision, balanceMicros, feesMicros, promisedMicros: takenBack };
    if (decision.state !== state.state) state = { state: decision.state, since: at, rule: decision.reason.rule };
  }
  return undefined;
}

/** Makes the forecast of every provider anew, each in one transaction. Gives how many accounts are in it. */
export async function buildForecasts(core: Core): Promise<number> {
  const ids = (await core.sql<{ id: number }[]>`select id from app.providers order by id`).map((row) => row.id);
  let found = 0;
  for (const providerId of ids) found += await inTenant(core.db, [providerId], (tx) => buildForecast(rawOf(tx), providerId, core.clock()));
  return found;
}

async function buildForecast(t: RawTx, providerId: number, now: Temporal.Instant): Promise<number> {
  const stored = await policyOf(t, providerId);
  await t`delete from read.credit_forecast where provider_id = ${providerId}`;
  if (!stored) return 0;
  let found = 0;
  for await (const ids of everyAccount(t, providerId)) found += await foreseeLot(t, providerId, ids, stored, now);
  return found;
}

async function foreseeLot(
  t: RawTx,
  providerId: number,
  ids: readonly string[],
  stored: StoredPolicy,
  now: Temporal.Instant,
): Promise<number> {
  const accounts = (await loadAccounts(t, providerId, ids, stored, now)).filter(({ standing }) =>
    ["active", "warned", "limited"].includes(standing.state),
  );
  const open = accounts.map(({ accountId }) => accountId);
  const speeds = await spendingOf(t, providerId, open, stored.policy.speedDays, now);
  const fees = await feesAhead(t, providerId, open, now);
  const promised = await promisedAhead(t, providerId, open);
  const rows = accounts.flatMap((account: Account) => {
    const { accountId, standing } = account;
    const facts = { ...account.facts, dailySpendMicros: speeds.get(accountId) ?? 0n };
    const ahead = { feeDays: fees.get(accountId) ?? [], promisedMicros: promised.get(accountId) ?? 0n };
    const one = foresee(standing, facts, ahead, stored.policy, now);
    if (!one) return [];
    return [
      {
        ...{
          account_id: accountId,
          subscriber_id: account.subscriberId,
          group_id: facts.groupId,
          currency: account.currency,
          state: standing.state,
        },
        ...{ blocked_on: one.day, rule: one.decision.reason.rule, balance: facts.balanceMicros, spend: facts.dailySpendMicros },
        ...{ fees: one.feesMicros, promised: one.promisedMicros, needed: one.decision.reason.payMicros ?? 0n },
      },
    ];
  });
  if (rows.length === 0) return 0;
  await t`
    insert into read.credit_forecast (provider_id, account_id, subscriber_id, group_id, currency, state, blocked_on, rule, balance_micros, daily_spend_micros, fees_micros, promised_micros, needed_micros, built_at)
    select ${providerId}::int, account_id, subscriber_id, group_id, currency, state, blocked_on, rule, balance, spend, fees, promised, needed, ${now.toString()}::timestamptz
    from jsonb_to_recordset(${jsonText(rows)}::text::jsonb) as f(account_id uuid, subscriber_id uuid, group_id uuid, currency text, state text, blocked_on date, rule text, balance bigint, spend bigint,
      fees bigint, promised bigint, needed bigint)`;
  return rows.length;
}

/** What the charges of the days to come would be, worked out by what will make them. */
async function feesAhead(t: RawTx, providerId: number, accountIds: readonly string[], now: Temporal.Instant) {
  const until = now.add({ hours: 24 * (horizonDays + 1) });
  const due = await workOut(t, providerId, await loadServices(t, providerId, accountIds, until), until);
  const lines = due.flatMap(({ service, lines }) =>
    lines.map((line) => ({ accountId: service.accountId, day: line.dueOn, micros: line.amountMicros + line.taxMicros })),
  );
  return Map.groupBy(lines, (line) => line.accountId);
}

async function promisedAhead(t: RawTx, providerId: number, accountIds: readonly string[]): Promise<Map<string, bigint>> {
  const rows = await t<{ account_id: string; amount: string }[]>`
    select account_id, amount_micros::text as amount from app.promises where provider_id = ${providerId} and account_id = any(${accountIds as string[]}::uuid[]) and state = 'open'`;
  return new Map(rows.map((row) => [row.account_id, BigInt(row.amount)]));
}
