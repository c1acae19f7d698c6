// One part of a run: some accounts, counted or changed as a whole. What is done is marked in the transaction that does it, so that a part may be
// done by any worker, twice, or again after one was killed.
import { type RawTx, rawOf, type Tx } from "../../db/client.ts";
import { inTenant, useProviders } from "../../db/tenant.ts";
import { reopenPeriods } from "../charges/schedule.ts";
import { type ChangedService, whatFollows } from "../charges/what-follows.ts";
import { chargeDue } from "../kernel/charge-due-job.ts";
import type { Core } from "../kernel/core.ts";
import { isTransient } from "../kernel/database-error.ts";
import { enqueueIn } from "../kernel/job.ts";
import { jsonText } from "../kernel/json.ts";
import { dayOf } from "../kernel/period.ts";
import { advanceReadModels } from "../kernel/read-models-job.ts";
import { holdClosedBefore } from "../ledger/closed-months.ts";
import { lockBalances } from "../ledger/post.ts";
import type { AccountChange } from "./account-change.ts";
import { type PartContext, readPartContext } from "./part-context.ts";
import { postCorrections } from "./post-corrections.ts";
import { ratePlain } from "./rate-plain.ts";
import { rateStateful } from "./rate-stateful.ts";
import { countPart, orFail, type RunId, readRun } from "./runs.ts";
import { type Problem, Sink } from "./sink.ts";
import { createStage, storeCorrections } from "./stage-corrections.ts";

export type Part = RunId & { readonly part: number; readonly apply: boolean };

const attempts = 5;

export const reratePart = (core: Core, part: Part): Promise<void> =>
  orFail(core, part, async () => {
    for (let attempt = 1; ; attempt++) {
      try {
        return await (part.apply ? applyPart(core, part) : previewPart(core, part));
      } catch (error) {
        if (attempt === attempts || !isTransient(error)) throw error;
        await Bun.sleep(2 ** attempt * 10 * (0.5 + Math.random()));
      }
    }
  });

/** Counts in one snapshot, in which records and counters agree, then writes it down; nobody waits for it. */
async function previewPart(core: Core, part: Part): Promise<void> {
  const counted = await core.db.transaction(
    async (tx) => {
      await useProviders(tx, [part.providerId]);
      const run = await readRun(tx, part);
      const t = rawOf(tx);
      const accountIds = run?.state === "previewing" ? await accountsLeft(t, part) : [];
      if (!run || accountIds.length === 0) return undefined;
      return { accountIds, sink: await rateAgain(await readPartContext(t, run, accountIds), false, core.clock()) };
    },
    { isolationLevel: "repeatable read" },
  );
  if (!counted) return;
  await inTenant(core.db, [part.providerId], async (tx) => {
    const t = rawOf(tx);
    const marked = await mark(t, part, counted.accountIds, counted.sink, core.clock());
    if (marked > 0) await countPart(t, part, "count", core.clock());
  });
}

async function applyPart(core: Core, part: Part): Promise<void> {
  await inTenant(core.db, [part.providerId], async (tx) => {
    const t = rawOf(tx);
    const run = await readRun(tx, part);
    if (run?.state !== "running") return;
    await holdClosedBefore(t, part.providerId);
    await lockBalances(t, part.providerId, await accountsLeft(t, part));
    // Another worker may have done them while this one waited for the balances.
    const accountIds = await accountsLeft(t, part);
    if (accountIds.length === 0) return;
    const now = core.clock();
    await createStage(t);
    const sink = await rateAgain(await readPartContext(t, run, accountIds), true, now);
    const changes = [...sink.changes.values()].filter((change) => change.changed > 0);
    if (changes.length > 0) {
      const { gl, accountIds: posted } = await postCorrections(t, part, changes, now);
      await storeCorrections(t, part, now);
      await reopenChanged(core, tx, part, changes, now);
      const usage = changes.flatMap((change) => [...change.hours.values()]);
      if (usage.length + posted.length > 0) {
        await t`insert into app.events (provider_id, type, at, data)
          values (${part.providerId}, 'usage.rerated', ${now.toString()}::timestamptz, ${jsonText({ runId: run.id, usage, gl, accountIds: posted })}::text::jsonb)`;
        await enqueueIn(core.boss, tx)(advanceReadModels, {}, { key: "all" });
      }
    }
    await mark(t, part, accountIds, sink, now);
    await countPart(t, part, "finish", now);
  });
}

/**
 * Minimum and discounts of billing periods that were added up follow what was corrected in them, in closed months too: what they come to is charged today.
 * Of all plans, since the version before may have had some that this one hasn't.
 */
async function reopenChanged(
  core: Core,
  tx: Tx,
  { providerId }: Part,
  changes: readonly AccountChange[],
  now: Temporal.Instant,
): Promise<void> {
  if (await reopenPeriods(rawOf(tx), providerId, touchedBy(changes), now)) await enqueueIn(core.boss, tx)(chargeDue, { providerId });
}

const touchedBy = (changes: readonly AccountChange[]): ChangedService[] =>
  changes
    .flatMap(({ firsts }) => [...firsts.values()])
    .map(({ usage: { accountId, serviceId, startedAt }, plan }) => ({
      accountId,
      serviceId,
      day: dayOf(Temporal.Instant.from(startedAt), plan.zone).toString(),
    }));

async function rateAgain(context: PartContext, apply: boolean, now: Temporal.Instant): Promise<Sink> {
  const { t, providerId, bucketsOf, accounts, stateful } = context;
  const sink = new Sink(t, providerId, apply, bucketsOf, (accountId) => accounts.get(accountId)!.currency);
  await ratePlain(context, sink);
  for (const account of stateful) await rateStateful(context, account, sink);
  const changes = [...sink.changes.values()];
  for (const change of changes) change.settle();
  const shifts = changes.flatMap((change) => [...change.shifts.values()]);
  const follows = await whatFollows(t, providerId, touchedBy(changes), shifts, now);
  for (const change of changes) change.followsMicros = follows.get(change.accountId) ?? 0n;
  return sink;
}

async function accountsLeft(t: RawTx, { providerId, runId, part, apply }: Part): Promise<string[]> {
  const rows = await t<{ account_id: string }[]>`
    select account_id from app.rerating_accounts where provider_id = ${providerId} and run_id = ${runId} and part = ${part}
      and ${apply ? t`done_at` : t`previewed_at`} is null order by account_id`;
  return rows.map((row) => row.account_id);
}

/** Writes down what the accounts come to, once; gives how many weren't marked yet. */
async function mark(
  t: RawTx,
  { providerId, runId, apply }: Part,
  accountIds: readonly string[],
  sink: Sink,
  now: Temporal.Instant,
): Promise<number> {
  const rows = accountIds.map((accountId) => ({ account_id: accountId, ...figuresOf(sink.changes.get(accountId)) }));
  const at = now.toString();
  const marked = await t`
    update app.rerating_accounts a set records = s.records, changed = s.changed, adjusted = s.adjusted, vanished = s.vanished, old_micros = s.old_micros,
      old_tax_micros = s.old_tax_micros, new_micros = s.new_micros, new_tax_micros = s.new_tax_micros,
      follows_micros = s.follows_micros, ${apply ? t`done_at` : t`previewed_at`} = ${at}::timestamptz
    from jsonb_to_recordset(${jsonText(rows)}::text::jsonb) as s(account_id uuid, records bigint, changed bigint, adjusted bigint, vanished bigint, old_micros bigint,
      old_tax_micros bigint, new_micros bigint, new_tax_micros bigint, follows_micros bigint)
    where a.provider_id = ${providerId} and a.run_id = ${runId} and a.account_id = s.account_id and a.${apply ? t`done_at` : t`previewed_at`} is null`;
  if (marked.count > 0) await storeProblems(t, { providerId, runId }, sink.problems);
  return marked.count;
}

const figuresOf = (change: AccountChange | undefined) => ({
  records: change?.records ?? 0,
  changed: change?.changed ?? 0,
  adjusted: change?.adjusted ?? 0,
  vanished: change?.vanished ?? 0,
  old_micros: change?.was.amountMicros ?? 0n,
  old_tax_micros: change?.was.taxMicros ?? 0n,
  new_micros: change?.is.amountMicros ?? 0n,
  new_tax_micros: change?.is.taxMicros ?? 0n,
  follows_micros: change?.followsMicros ?? 0n,
});

async function storeProblems(t: RawTx, { providerId, runId }: RunId, problems: readonly Problem[]): Promise<void> {
  if (problems.length === 0) return;
  const rows = problems.map(({ usage, reason }) => ({
    account_id: usage.accountId,
    key: usage.key,
    started_at: usage.startedAt,
    reason,
    destination: usage.destination,
  }));
  await t`
    insert into app.rerating_problems (provider_id, account_id, run_id, key, started_at, reason, destination)
    select ${providerId}::int, account_id, ${runId}::uuid, key, started_at, reason, destination
    from jsonb_to_recordset(${JSON.stringify(rows)}::text::jsonb) as p(account_id uuid, key uuid, started_at timestamptz, reason text, destination text)
    on conflict do nothing`;
}
