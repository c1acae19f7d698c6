// When something is due for a service. Only those that are due are looked at.
import type { RawTx } from "../../db/client.ts";

/** What may have something due now. `planId`: every service that was ever on the plan. */
export type Changed = {
  readonly accountId?: string | undefined;
  readonly serviceId?: string | undefined;
  readonly planId?: string | undefined;
};

/**
 * Marks what changed as due now. A service alone may also have changed in the past (an end, or a change of plan, that is written down later):
 * the periods since then are added up anew. An account alone has other terms from now on: what was added up stays.
 */
export async function markDue(
  t: RawTx,
  providerId: number,
  { accountId, serviceId, planId }: Changed,
  now: Temporal.Instant,
): Promise<void> {
  const at = now.toString();
  if (planId !== undefined) {
    await t`insert into app.charge_schedules (provider_id, account_id, service_id, next_due)
      select distinct p.provider_id, p.account_id, p.service_id, ${at}::timestamptz from app.service_plans p where p.provider_id = ${providerId} and p.plan_id = ${planId}
      on conflict (provider_id, account_id, service_id) do update set next_due = excluded.next_due`;
    return;
  }
  if (accountId === undefined) return;
  if (serviceId === undefined) {
    await t`update app.charge_schedules set next_due = ${at}::timestamptz, pinned_to = closed_to where provider_id = ${providerId} and account_id = ${accountId}`;
    return;
  }
  // Two days earlier than the instant in UTC is before it in every zone.
  await t`insert into app.charge_schedules (provider_id, account_id, service_id, next_due, recheck_from)
    select s.provider_id, s.account_id, s.id, ${at}::timestamptz,
      (least(s.terminated_at, (select max(p.valid_from) from app.service_plans p where p.provider_id = s.provider_id and p.account_id = s.account_id and p.service_id = s.id)) at time zone 'UTC')::date - 2
    from app.services s where s.provider_id = ${providerId} and s.account_id = ${accountId} and s.id = ${serviceId}
    on conflict (provider_id, account_id, service_id) do update set next_due = excluded.next_due, recheck_from = least(app.charge_schedules.recheck_from, excluded.recheck_from)`;
}

/** Looks at all services of the account at once: a pause of it begins, ends, or is to come. What was added up stays as it is, and can still change. */
export async function lookNow(t: RawTx, providerId: number, accountId: string, now: Temporal.Instant): Promise<void> {
  await t`update app.charge_schedules set next_due = ${now.toString()}::timestamptz where provider_id = ${providerId} and account_id = ${accountId}`;
}

/** Usage of these services came on days whose billing period has been added up: it is added up anew by the next run. Says whether there is any. */
export async function reopenPeriods(
  t: RawTx,
  providerId: number,
  usage: readonly { readonly accountId: string; readonly serviceId: string; readonly day: string }[],
  now: Temporal.Instant,
): Promise<boolean> {
  if (usage.length === 0) return false;
  const column = <K extends "accountId" | "serviceId" | "day">(key: K) => usage.map((one) => one[key]);
  const reopened = await t`
    update app.charge_schedules s set next_due = ${now.toString()}::timestamptz, recheck_from = least(s.recheck_from, u.day)
    from (select account_id, service_id, min(day::date) as day from unnest(${column("accountId")}::uuid[], ${column("serviceId")}::uuid[], ${column("day")}::text[]) as u(account_id, service_id, day) group by 1, 2) u
    where s.provider_id = ${providerId} and s.account_id = u.account_id and s.service_id = u.service_id and s.closed_to > u.day`;
  return reopened.count > 0;
}

/** Accounts with something due by `now`, at most so many. */
export async function dueAccounts(t: RawTx, providerId: number, now: Temporal.Instant, limit: number): Promise<string[]> {
  const rows = await t<{ account_id: string }[]>`
    select account_id from (select account_id, next_due from app.charge_schedules where provider_id = ${providerId} and next_due <= ${now.toString()}::timestamptz
      order by next_due limit ${limit}) due group by account_id`;
  return rows.map((row) => row.account_id);
}

/** Looks at the account's services again at `until`. */
export async function postpone(t: RawTx, providerId: number, accountId: string, until: Temporal.Instant): Promise<void> {
  await t`update app.charge_schedules set next_due = ${until.toString()}::timestamptz where provider_id = ${providerId} and account_id = ${accountId} and next_due < ${until.toString()}::timestamptz`;
}

/** Whoever marks a service as due while it is being charged waits for the end of it, so that the mark isn't lost. */
export async function holdSchedules(t: RawTx, providerId: number, accountIds: readonly string[]): Promise<void> {
  await t`select from app.charge_schedules where provider_id = ${providerId} and account_id = any(${accountIds as string[]}::uuid[]) order by account_id, service_id for update`;
}

export type Settled = {
  readonly accountId: string;
  readonly serviceId: string;
  readonly next: Temporal.Instant | undefined;
  readonly closedTo: Temporal.PlainDate | undefined;
};

/** What was due has been charged. */
export async function moveOn(t: RawTx, providerId: number, settled: readonly Settled[]): Promise<void> {
  const rows = settled.map((one) => ({
    account_id: one.accountId,
    service_id: one.serviceId,
    next_due: one.next ?? null,
    closed_to: one.closedTo ?? null,
  }));
  await t`
    update app.charge_schedules s set next_due = d.next_due, closed_to = d.closed_to, recheck_from = null
    from jsonb_to_recordset(${JSON.stringify(rows)}::text::jsonb) as d(account_id uuid, service_id uuid, next_due timestamptz, closed_to date)
    where s.provider_id = ${providerId} and s.account_id = d.account_id and s.service_id = d.service_id`;
}
