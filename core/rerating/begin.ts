// Counts what a run is about, account by account, and gives out its parts.
import { type RawTx, rawOf, type Tx } from "../../db/client.ts";
import { inTenant } from "../../db/tenant.ts";
import type { Core } from "../kernel/core.ts";
import { enqueueIn } from "../kernel/job.ts";
import { reratePartJob } from "./jobs.ts";
import { lockRun, orFail, type Run, type RunId } from "./runs.ts";
import { rangeOf } from "./selection.ts";

/** Records of a part, done in one transaction. An account is never divided, since its books are changed once. */
const PART_RECORDS = 10_000;
/** What an account costs beside its records: a pair of ledger transactions. */
const RECORDS_OF_AN_ACCOUNT = 5;

/** Begins the preview or the run that the run's state says. */
export const begin = (core: Core, id: RunId): Promise<void> => orFail(core, id, () => beginOnce(core, id));

async function beginOnce(core: Core, id: RunId): Promise<void> {
  await inTenant(core.db, [id.providerId], async (tx) => {
    const run = await lockRun(tx, id);
    if (run?.state !== "previewing" && run?.state !== "running") return;
    const apply = run.state === "running";
    if (!apply && run.parts === null) await countAccounts(rawOf(tx), run, core.clock());
    const enqueue = enqueueIn(core.boss, tx);
    for (const part of await partsLeft(tx, id, apply)) await enqueue(reratePartJob, { ...id, part, apply });
  });
}

/** The parts that have accounts which aren't done. */
export async function partsLeft(tx: Tx, { providerId, runId }: RunId, apply: boolean): Promise<number[]> {
  const t = rawOf(tx);
  const rows = await t<{ part: number }[]>`
    select distinct part from app.rerating_accounts where provider_id = ${providerId} and run_id = ${runId} and ${apply ? t`done_at` : t`previewed_at`} is null order by part`;
  return rows.map((row) => row.part);
}

async function countAccounts(t: RawTx, run: Run, now: Temporal.Instant): Promise<void> {
  const { providerId, id: runId } = run;
  const [provider] = await t<{ zone: string }[]>`select zone from app.providers where id = ${providerId}`;
  await t`
    insert into app.rerating_accounts (provider_id, account_id, run_id, subscriber_id, currency, part)
    select ${providerId}::int, c.account_id, ${runId}::uuid, a.subscriber_id, a.currency,
      dense_rank() over (order by floor(c.before / ${PART_RECORDS}::bigint)) - 1
    from (select account_id, sum(n + ${RECORDS_OF_AN_ACCOUNT}::bigint) over (order by account_id) - n as before from (
      select r.account_id, count(*) as n from app.usage_records r where ${chosen(t, run, provider!.zone)} group by 1) n) c
    join app.accounts a on a.provider_id = ${providerId} and a.account_id = c.account_id`;
  const [counted] = await t<{ parts: number }[]>`
    update app.reratings set parts = (select count(distinct part)::int from app.rerating_accounts where provider_id = ${providerId} and run_id = ${runId})
    where provider_id = ${providerId} and id = ${runId} returning parts`;
  // Nothing is chosen: there is nothing to wait for.
  if (counted!.parts === 0)
    await t`update app.reratings set state = 'previewed', previewed_at = ${now.toString()}::timestamptz where provider_id = ${providerId} and id = ${runId}`;
}

/** Condition on records `r` that the selection may mean: which of them it does is known when they are rated. */
export function chosen(t: RawTx, { providerId, selection, groupIds }: Pick<Run, "providerId" | "selection" | "groupIds">, zone: string) {
  const { planId, destination, subscriberId } = selection;
  const { fromMs, toMs } = rangeOf(selection, zone);
  const at = (ms: number) => Temporal.Instant.fromEpochMilliseconds(ms).toString();
  const accounts =
    subscriberId === undefined && groupIds === null
      ? t``
      : t`and r.account_id in (select a.account_id from app.accounts a join app.subscribers s on s.provider_id = a.provider_id and s.id = a.subscriber_id
          where a.provider_id = ${providerId} ${subscriberId === undefined ? t`` : t`and s.id = ${subscriberId}`}
            ${groupIds === null ? t`` : t`and s.group_id = any(${groupIds}::uuid[])`})`;
  return t`r.provider_id = ${providerId} ${accounts}
    ${fromMs === Number.NEGATIVE_INFINITY ? t`` : t`and r.started_at >= ${at(fromMs)}::timestamptz`}
    ${toMs === Number.POSITIVE_INFINITY ? t`` : t`and r.started_at < ${at(toMs)}::timestamptz`}
    ${destination === undefined ? t`` : t`and (r.destination like ${`${destination}%`} or r.destination like ${`+${destination}%`})`}
    ${planId === undefined ? t`` : t`and (r.plan_id = ${planId} or r.service_id in (select p.service_id from app.service_plans p where p.provider_id = ${providerId} and p.plan_id = ${planId}))`}`;
}
