// An account with bundles or periods: all its usage in the periods concerned is replayed from their beginning, and its counters become the replay's.
import { fromExactText } from "../kernel/rational.ts";
import { nanoOfExact } from "../rating/figures.ts";
import { Counters } from "../usage/counters.ts";
import { planVersion } from "../usage/plans-in-force.ts";
import { correctionOf } from "./account-change.ts";
import { chosen } from "./begin.ts";
import type { Account, PartContext } from "./part-context.ts";
import { replay } from "./replay.ts";
import { type Window, windowAround } from "./replay-window.ts";
import { isChosen } from "./selection.ts";
import type { Sink } from "./sink.ts";
import { columns, pagesOf, type StoredUsage, usageOfRow } from "./stored-usage.ts";

/** A call belongs to the instant at which it was answered, but lies under that of its start: no telephone rings for longer. */
const RINGING_MS = 86_400_000;

export async function rateStateful(context: PartContext, account: Account, sink: Sink): Promise<void> {
  const span = await chosenSpan(context, account);
  if (!span) return;
  const window = windowAround(context.pricing, account.services, span);
  const usage = await usageIn(context, account, window);
  const before = await usedBefore(context, account, usage);
  const outcome = replay(usage, context.pricing, context.serviceOf, before.counters, (one) => before.take(one, 1n));
  for (const { usage: one, price } of outcome)
    if (typeof price === "string") sink.vanished(one, price);
    else sink.rated(one, correctionOf(one, price));
  await sink.replaced(account, before.counters, window);
  await sink.flush();
}

/** From the first to the last of the account's records that are chosen, by the instants that decide their prices. */
async function chosenSpan(context: PartContext, { accountId }: Account): Promise<{ firstMs: number; lastMs: number } | undefined> {
  const { t, run, range, pricing } = context;
  let [firstMs, lastMs] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  const select = t`select ${columns(t)} from app.usage_records r where ${chosen(t, run, context.zone)} and r.account_id = ${accountId}`;
  for await (const page of pagesOf(t, select, (row) => usageOfRow(row, context.closedBeforeMs, context.adjusted)))
    for (const usage of page) {
      const planNow = pricing.segmentsAt(usage.serviceId, usage.fact.startMs)?.[0].planId;
      if (!isChosen(run.selection, range, { ...usage, planId: usage.charged.planId, planNow })) continue;
      firstMs = Math.min(firstMs, usage.fact.startMs);
      lastMs = Math.max(lastMs, usage.fact.startMs);
    }
  return firstMs <= lastMs ? { firstMs, lastMs } : undefined;
}

async function usageIn(context: PartContext, { accountId }: Account, { from, toMs }: Window): Promise<StoredUsage[]> {
  const { t, providerId } = context;
  const at = (ms: number) => Temporal.Instant.fromEpochMilliseconds(Math.floor(ms)).toString();
  const firstMs = Math.min(...[...from.values()].map((one) => one.ms));
  const select = t`select ${columns(t)} from app.usage_records r where r.provider_id = ${providerId} and r.account_id = ${accountId}
    and r.started_at >= ${at(firstMs - RINGING_MS)}::timestamptz ${toMs === Number.POSITIVE_INFINITY ? t`` : t`and r.started_at < ${at(toMs)}::timestamptz`}`;
  const found: StoredUsage[] = [];
  for await (const page of pagesOf(t, select, (row) => usageOfRow(row, context.closedBeforeMs, context.adjusted)))
    for (const one of page) if (one.fact.startMs >= from.get(one.serviceId)!.ms && one.fact.startMs < toMs) found.push(one);
  return found;
}

/**
 * What bundles had used up before these records: what their counters say, less what the records took. Totals of periods begin anew. `take` takes
 * out of the bundles what the record took.
 */
async function usedBefore(context: PartContext, { accountId }: Account, usage: readonly StoredUsage[]) {
  const { t, providerId, zone } = context;
  const counters = new Counters();
  await counters.loadBundles(t, providerId, accountId);
  const documents = new Map<string, Awaited<ReturnType<typeof planVersion>>>();
  for (const { charged } of usage) {
    const name = `${charged.planId} ${charged.planVersion}`;
    if (charged.details?.drawn.length && !documents.has(name))
      documents.set(name, await planVersion(t, providerId, zone, charged.planId, charged.planVersion));
  }
  const take = ({ serviceId, charged }: StoredUsage, sign: 1n | -1n) => {
    const state = counters.stateOf({ accountId, serviceId, planId: charged.planId });
    for (const { code, pooled, from, quantity, carried } of charged.details?.drawn ?? []) {
      const bundle = documents.get(`${charged.planId} ${charged.planVersion}`)!.document.bundles.find((one) => one.code === code)!;
      state.useBundle({ code: carried ? `${code}+` : code, pooled, from }, sign * nanoOfExact(fromExactText(quantity), bundle));
    }
  };
  for (const one of usage) take(one, -1n);
  return { counters, take };
}
