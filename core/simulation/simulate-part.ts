// One part of a simulation: some accounts, compared in one snapshot and written down as a whole. What is done is marked by the transaction that writes it,
// so that a part may be done by any worker, twice, or again after one was killed.
import { type RawTx, rawOf } from "../../db/client.ts";
import { inTenant, useProviders } from "../../db/tenant.ts";
import type { Core } from "../kernel/core.ts";
import { isTransient } from "../kernel/database-error.ts";
import { jsonText } from "../kernel/json.ts";
import { columns, pagesOf, type StoredUsage, usageOfRow } from "../rerating/stored-usage.ts";
import { addTo, type Both, type Comparison, compareAccount } from "./compare-account.ts";
import { type PartContext, readPartContext, type SimulatedAccount } from "./part-context.ts";
import { countPart, orFail, type RunId, readRun } from "./runs.ts";

export type Part = RunId & { readonly part: number };

const attempts = 5;
/** A call belongs to the instant at which it was answered, but lies under that of its start: no telephone rings for longer. */
const RINGING_MS = 86_400_000;

export const simulatePart = (core: Core, part: Part): Promise<void> =>
  orFail(core, part, async () => {
    for (let attempt = 1; ; attempt++) {
      try {
        return await doPart(core, part);
      } catch (error) {
        if (attempt === attempts || !isTransient(error)) throw error;
        await Bun.sleep(2 ** attempt * 10 * (0.5 + Math.random()));
      }
    }
  });

type Compared = { readonly account: SimulatedAccount; readonly comparison: Comparison };

/** Nobody waits for the reading; nothing but the simulation's own tables is written. */
async function doPart(core: Core, part: Part): Promise<void> {
  const found = await core.db.transaction(
    async (tx) => {
      await useProviders(tx, [part.providerId]);
      const run = await readRun(tx, part);
      const t = rawOf(tx);
      const accountIds = run?.state === "running" ? await accountsLeft(t, part) : [];
      return run && accountIds.length > 0 ? compareAll(await readPartContext(t, run, accountIds)) : [];
    },
    { isolationLevel: "repeatable read" },
  );
  if (found.length === 0) return;
  await inTenant(core.db, [part.providerId], async (tx) => {
    const t = rawOf(tx);
    const now = core.clock();
    // Another worker may have been faster.
    if ((await mark(t, part, found, now)) === 0) return;
    await storeSums(t, part, found);
    await countPart(t, part, now);
  });
}

async function accountsLeft(t: RawTx, { providerId, runId, part }: Part): Promise<string[]> {
  const rows = await t<{ account_id: string }[]>`
    select account_id from app.simulation_accounts
    where provider_id = ${providerId} and run_id = ${runId} and part = ${part} and done_at is null order by account_id`;
  return rows.map((row) => row.account_id);
}

/** Reads the usage of all accounts in one go, account by account; no more than one account's is held. */
async function compareAll(context: PartContext): Promise<Compared[]> {
  const { t, run, accounts, window } = context;
  const accountOf = new Map(accounts.map((one) => [one.accountId, one]));
  const serviceIds = new Set(accounts.flatMap(({ services }) => services.map((one) => one.serviceId)));
  const firstMs = Math.min(...accounts.map((one) => one.replayFromMs)) - RINGING_MS;
  const at = (ms: number) => Temporal.Instant.fromEpochMilliseconds(ms).toString();
  const select = t`select ${columns(t)} from app.usage_records r
    where r.provider_id = ${run.providerId} and r.account_id = any(${accounts.map((one) => one.accountId)}::uuid[])
      and r.started_at >= ${at(firstMs)}::timestamptz and r.started_at < ${at(window.toMs)}::timestamptz order by r.account_id, r.started_at, r.key`;

  const compared = new Map<string, Compared>();
  const compare = (account: SimulatedAccount, usage: readonly StoredUsage[]) =>
    compared.set(account.accountId, { account, comparison: compareAccount(account, usage, context, window) });
  let held: StoredUsage[] = [];
  const flush = () => {
    if (held.length > 0) compare(accountOf.get(held[0]!.accountId)!, held);
    held = [];
  };
  for await (const page of pagesOf(t, select, (row) => usageOfRow(row, Number.NEGATIVE_INFINITY, new Map())))
    for (const one of page) {
      const { startMs } = one.fact;
      if (!serviceIds.has(one.serviceId) || startMs >= window.toMs || startMs < accountOf.get(one.accountId)!.replayFromMs) continue;
      if (held[0] && held[0].accountId !== one.accountId) flush();
      held.push(one);
    }
  flush();
  // Those that used nothing have their fees all the same.
  for (const account of accounts) if (!compared.has(account.accountId)) compare(account, []);
  return [...compared.values()];
}

/** Gives how many of the accounts weren't marked yet. */
async function mark(t: RawTx, { providerId, runId }: Part, found: readonly Compared[], now: Temporal.Instant): Promise<number> {
  const rows = found.map(({ account: { accountId }, comparison: { before, after, records, unpriced, unpricedBefore } }) => ({
    ...{ account_id: accountId, records, unpriced, unpriced_before: unpricedBefore },
    ...{
      old_micros: before.amountMicros,
      old_tax_micros: before.taxMicros,
      new_micros: after.amountMicros,
      new_tax_micros: after.taxMicros,
    },
  }));
  const marked = await t`
    update app.simulation_accounts a set records = s.records, unpriced = s.unpriced, unpriced_before = s.unpriced_before, old_micros = s.old_micros,
      old_tax_micros = s.old_tax_micros, new_micros = s.new_micros, new_tax_micros = s.new_tax_micros, done_at = ${now.toString()}::timestamptz
    from jsonb_to_recordset(${jsonText(rows)}::text::jsonb) as s(account_id uuid, records bigint, unpriced bigint, unpriced_before bigint, old_micros bigint,
      old_tax_micros bigint, new_micros bigint, new_tax_micros bigint)
    where a.provider_id = ${providerId} and a.run_id = ${runId} and a.account_id = s.account_id and a.done_at is null`;
  return marked.count;
}

async function storeSums(t: RawTx, { providerId, runId, part }: Part, found: readonly Compared[]): Promise<void> {
  const sums = new Map<string, Both & { group_id: string; what: string; code: string; name: string }>();
  const add = (groupId: string, what: string, code: string, name: string, { records, oldMicros, newMicros }: Both) =>
    addTo(sums, `${groupId} ${what} ${code}`, { group_id: groupId, what, code, name, records, oldMicros, newMicros });
  for (const { account, comparison } of found) {
    for (const [code, one] of comparison.components) add(account.groupId, "component", code, one.name, one);
    for (const [name, one] of comparison.destinations) add(account.groupId, "destination", name, name, one);
    for (const [name, one] of comparison.withoutPrice) add(account.groupId, "unpriced", name, name, one);
  }
  await t`
    insert into app.simulation_sums (provider_id, run_id, part, group_id, what, code, name, records, old_micros, new_micros)
    select ${providerId}::int, ${runId}::uuid, ${part}::int, group_id, what, code, name, records, "oldMicros", "newMicros"
    from jsonb_to_recordset(${jsonText([...sums.values()])}::text::jsonb)
      as s(group_id uuid, what text, code text, name text, records bigint, "oldMicros" bigint, "newMicros" bigint)`;
}
