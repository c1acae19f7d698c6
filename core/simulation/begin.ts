// Counts the accounts that a simulation is about, and gives out its parts.
import { type RawTx, rawOf } from "../../db/client.ts";
import { inTenant } from "../../db/tenant.ts";
import type { Core } from "../kernel/core.ts";
import { enqueueIn } from "../kernel/job.ts";
import { startOfDay } from "../kernel/period.ts";
import { simulatePartJob } from "./jobs.ts";
import { lockRun, moveRun, orFail, type Run, type RunId } from "./runs.ts";

/** Records of a part, read in one transaction and marked in another. An account is never divided. */
const PART_RECORDS = 10_000;
/** What an account costs beside its records. */
const RECORDS_OF_AN_ACCOUNT = 20;

export const begin = (core: Core, id: RunId): Promise<void> => orFail(core, id, () => beginOnce(core, id));

async function beginOnce(core: Core, id: RunId): Promise<void> {
  await inTenant(core.db, [id.providerId], async (tx) => {
    const run = await lockRun(tx, id);
    if (run?.state !== "waiting" && run?.state !== "running") return;
    const t = rawOf(tx);
    if (run.state === "waiting") {
      const parts = await countAccounts(t, run);
      await moveRun(tx, run, "begin", { parts });
      // Nobody is on the plan: there is nothing to wait for.
      if (parts === 0) await moveRun(tx, { ...run, state: "running" }, "finish", { finishedAt: core.clock().toString() });
    }
    const enqueue = enqueueIn(core.boss, tx);
    for (const part of await partsLeft(t, id)) await enqueue(simulatePartJob, { ...id, part });
  });
}

/** The parts that have accounts which aren't done. */
export async function partsLeft(t: RawTx, { providerId, runId }: RunId): Promise<number[]> {
  const rows = await t<{ part: number }[]>`
    select distinct part from app.simulation_accounts where provider_id = ${providerId} and run_id = ${runId} and done_at is null order by part`;
  return rows.map((row) => row.part);
}

async function countAccounts(t: RawTx, run: Run): Promise<number> {
  const { providerId, id: runId, groupIds } = run;
  const [provider] = await t<{ zone: string }[]>`select zone from app.providers where id = ${providerId}`;
  const { from, to } = instantsOf(run, provider!.zone);
  await t`
    insert into app.simulation_accounts (provider_id, account_id, run_id, subscriber_id, part)
    select ${providerId}::int, c.account_id, ${runId}::uuid, c.subscriber_id, dense_rank() over (order by floor(c.before / ${PART_RECORDS}::bigint)) - 1
    from (select account_id, subscriber_id, sum(n + ${RECORDS_OF_AN_ACCOUNT}::bigint) over (order by account_id) - n as before from (
      select m.account_id, a.subscriber_id, (select count(*) from app.usage_records r
          where r.provider_id = ${providerId} and r.account_id = m.account_id and r.started_at >= ${from}::timestamptz and r.started_at < ${to}::timestamptz) as n
      from (select distinct o.account_id from (${servicesOn(t, run, { from, to })}) o) m
      join app.accounts a on a.provider_id = ${providerId} and a.account_id = m.account_id
      join app.subscribers s on s.provider_id = a.provider_id and s.id = a.subscriber_id
      ${groupIds === null ? t`` : t`where s.group_id = any(${groupIds}::uuid[])`}) n) c`;
  const [counted] = await t<{ parts: number }[]>`
    select count(distinct part)::int as parts from app.simulation_accounts where provider_id = ${providerId} and run_id = ${runId}`;
  return counted!.parts;
}

type Instants = { readonly from: string; readonly to: string };

/** The period's beginning and end. */
export function instantsOf({ periodFrom, periodTo }: Run, zone: string): Instants {
  const at = (day: string) => startOfDay(Temporal.PlainDate.from(day), zone).toString();
  return { from: at(periodFrom), to: at(periodTo) };
}

/** Services that are on the plan at some time in the period: `account_id` and `service_id`. */
export const servicesOn = (t: RawTx, { providerId, servicesOf }: Run, { from, to }: Instants) => t`
  select p.account_id, p.service_id
  from (select q.account_id, q.service_id, q.plan_id, q.valid_from, lead(q.valid_from) over (partition by q.account_id, q.service_id order by q.valid_from) as valid_to
        from app.service_plans q
        where q.provider_id = ${providerId} and (q.account_id, q.service_id) in
          (select w.account_id, w.service_id from app.service_plans w where w.provider_id = ${providerId} and w.plan_id = ${servicesOf})) p
  join app.services s on s.provider_id = ${providerId} and s.account_id = p.account_id and s.id = p.service_id
  where p.plan_id = ${servicesOf} and p.valid_from < ${to}::timestamptz and (p.valid_to is null or p.valid_to > ${from}::timestamptz)
    and (s.terminated_at is null or s.terminated_at > ${from}::timestamptz)`;
