// What entering a state brings: the history, what agents are asked to do with each service, and what the subscriber is told.
import type { RawTx } from "../../../db/client.ts";
import { dateText, moneyText } from "../../kernel/display.ts";
import { newId } from "../../kernel/id.ts";
import { jsonText } from "../../kernel/json.ts";
import { afterHours } from "./calm.ts";
import { type Decision, triggerOf } from "./decide.ts";
import type { Account } from "./facts.ts";
import { noticeText } from "./notice-texts.ts";
import { type NoticeKind, severityOf, states, transitions } from "./states.ts";
import type { StoredPolicy } from "./stored-policy.ts";

export type Decided = { readonly account: Account; readonly decision: Decision };

/** Of accounts whose state changes. Throws where the table of states knows no such way: then the rules are wrong. */
export async function enterStates(
  t: RawTx,
  providerId: number,
  changed: readonly Decided[],
  stored: StoredPolicy | undefined,
  now: Temporal.Instant,
): Promise<void> {
  if (changed.length === 0) return;
  const at = now.toString();
  const history = changed.map(({ account, decision }) => {
    const [from, to] = [account.standing.state, decision.state];
    const trigger = triggerOf(account.standing, decision);
    if (!transitions[from][to]?.includes(trigger))
      throw new Error(`account ${account.accountId} can't go from ${from} to ${to} by ${trigger}`);
    return {
      ...{ account_id: account.accountId, id: newId(), from_state: from, to_state: to, trigger, reason: decision.reason },
      ...{ balance: account.facts.balanceMicros, credit: account.facts.creditMicros, currency: account.currency },
    };
  });
  await t`
    insert into app.credit_history (provider_id, account_id, id, at, from_state, to_state, trigger, reason, balance_micros, credit_limit_micros, currency, policy_version)
    select ${providerId}::int, account_id, id, ${at}::timestamptz, from_state, to_state, trigger, reason, balance, credit, currency, ${stored?.version ?? null}::int
    from jsonb_to_recordset(${jsonText(history)}::text::jsonb) as h(account_id uuid, id uuid, from_state text, to_state text, trigger text, reason jsonb, balance bigint, credit bigint, currency text)`;
  await enforce(t, providerId, changed, now);
  await tell(t, providerId, changed, stored, now);
}

/** One order for each service that runs, where the states ask for different things. What still waits from before is not to be done any more. */
async function enforce(t: RawTx, providerId: number, changed: readonly Decided[], now: Temporal.Instant): Promise<void> {
  const orders = changed
    .filter(({ account, decision }) => states[account.standing.state].enforces !== states[decision.state].enforces)
    .map(({ account, decision }) => ({
      account_id: account.accountId,
      action: states[decision.state].enforces,
      details: { state: decision.state, was: account.standing.state, rule: decision.reason.rule },
    }));
  if (orders.length === 0) return;
  const ids = orders.map((one) => one.account_id);
  await t`
    update app.enforcements e set state = 'superseded', finished_at = ${now.toString()}::timestamptz
    where e.provider_id = ${providerId} and e.account_id = any(${ids}::uuid[]) and e.state = 'waiting' and e.service_id is not null`;
  const services = await t<{ account_id: string; id: string }[]>`
    select account_id, id from app.services where provider_id = ${providerId} and account_id = any(${ids}::uuid[]) and status = 'active'`;
  const orderOf = new Map(orders.map((one) => [one.account_id, one]));
  const rows = services.map(({ account_id, id }) => ({ ...orderOf.get(account_id)!, id: newId(), service_id: id }));
  await insertEnforcements(t, providerId, rows, now);
}

type Order = { account_id: string; id: string; service_id: string | null; action: string; details: object; not_before?: Temporal.Instant };

async function insertEnforcements(t: RawTx, providerId: number, rows: readonly Order[], now: Temporal.Instant): Promise<void> {
  if (rows.length === 0) return;
  await t`
    insert into app.enforcements (provider_id, account_id, id, service_id, action, state, details, created_at, not_before)
    select ${providerId}::int, account_id, id, service_id, action, 'waiting', details, ${now.toString()}::timestamptz, coalesce(not_before, ${now.toString()}::timestamptz)
    from jsonb_to_recordset(${jsonText(rows)}::text::jsonb) as e(account_id uuid, id uuid, service_id uuid, action text, details jsonb, not_before timestamptz)`;
}

/** What is told on entering a state; undefined where nothing was amiss before that the subscriber noticed. */
function noticeOf({ account: { standing }, decision }: Decided): NoticeKind | undefined {
  if (decision.reason.rule === "promise-broken") return "promise-broken";
  if (decision.state === "active" && severityOf(standing.state) === severityOf("warned")) return undefined;
  // Somebody who was blocked and is only warned now wants to hear first that everything works.
  if (decision.state === "warned" && states[standing.state].enforces !== "restore") return "restored";
  return states[decision.state].tells;
}

async function tell(
  t: RawTx,
  providerId: number,
  changed: readonly Decided[],
  stored: StoredPolicy | undefined,
  now: Temporal.Instant,
): Promise<void> {
  const at = now.toString();
  const ids = changed.map(({ account }) => account.accountId);
  await t`update app.notices set ended_at = ${at}::timestamptz where provider_id = ${providerId} and account_id = any(${ids}::uuid[]) and ended_at is null`;
  const told = changed.flatMap((one) => {
    const kind = noticeOf(one);
    return kind ? [{ ...one, kind }] : [];
  });
  const since = now.subtract({ hours: stored?.policy.notices.repeatAfterHours ?? 72 }).toString();
  const recent = await t<{ account_id: string; kind: string; id: string }[]>`
    select distinct on (account_id, kind) account_id, kind, id from app.notices
    where provider_id = ${providerId} and account_id = any(${ids}::uuid[]) and at > ${since}::timestamptz order by account_id, kind, id desc`;
  const recentOf = new Map(recent.map((one) => [`${one.account_id} ${one.kind}`, one.id]));
  // Told not long ago: it is shown again, and not sent again.
  const again = told.flatMap(({ account, kind }) => recentOf.get(`${account.accountId} ${kind}`) ?? []);
  if (again.length > 0)
    await t`update app.notices set ended_at = null where provider_id = ${providerId} and account_id = any(${ids}::uuid[]) and id = any(${again}::uuid[])`;
  const fresh = told
    .filter(({ account, kind }) => !recentOf.has(`${account.accountId} ${kind}`))
    .map((one) => ({
      account_id: one.account.accountId,
      id: newId(),
      kind: one.kind,
      locale: one.account.locale,
      ...textOf(one, one.kind),
    }));
  if (fresh.length === 0) return;
  await t`
    insert into app.notices (provider_id, account_id, id, kind, locale, title, body, advice, at)
    select ${providerId}::int, account_id, id, kind, locale, title, body, advice, ${at}::timestamptz
    from jsonb_to_recordset(${JSON.stringify(fresh)}::text::jsonb) as n(account_id uuid, id uuid, kind text, locale text, title text, body text, advice text)`;
  const zone = changed[0]!.account.facts.zone;
  const quietEnd = afterHours(stored?.policy.notices.quiet ?? null, zone, now);
  await insertEnforcements(
    t,
    providerId,
    fresh.map(({ account_id, id, kind }) => ({
      ...{ account_id, id: newId(), service_id: null, action: "notify", details: { noticeId: id, kind }, not_before: quietEnd },
    })),
    now,
  );
}

const hundredth = 10_000n;

function textOf({ account, decision }: Decided, kind: NoticeKind) {
  const { number, currency, locale, facts } = account;
  const money = (micros: bigint) => moneyText(micros, currency, { locale, digits: "minor" });
  const owed = decision.state === "terminated" && facts.balanceMicros < 0n ? -facts.balanceMicros : undefined;
  const pay = decision.reason.payMicros ?? owed;
  const until = decision.reason.until && dateText(decision.reason.until, { zone: facts.zone, locale });
  const told = {
    account: number,
    left: money(facts.balanceMicros),
    // Rounded up: who pays what was written is through.
    pay: pay !== undefined && pay > 0n ? money(((pay + hundredth - 1n) / hundredth) * hundredth) : undefined,
    until,
  };
  return noticeText(kind, told, locale);
}
