// Takes records out of quarantine: rated when what they waited for is there, or discarded by a person. Nothing leaves it silently.
import type { RawTx, Tx } from "../../db/client.ts";
import { rawOf } from "../../db/client.ts";
import { inTenant } from "../../db/tenant.ts";
import type { Core } from "../kernel/core.ts";
import { newId } from "../kernel/id.ts";
import { enqueueIn } from "../kernel/job.ts";
import { advanceReadModels } from "../kernel/read-models-job.ts";
import { releaseWaiting } from "../kernel/waiting-usage-job.ts";
import { holdClosedBefore, NEVER_CLOSED } from "../ledger/closed-months.ts";
import { chargeParent } from "./chain/charge-parent.ts";
import { type Batch, emitUsageRated, lockCharged, storeRated } from "./commit-stage.ts";
import { Counters } from "./counters.ts";
import { loadCounters } from "./load-counters.ts";
import type { SourceRecord } from "./normal-form.ts";
import { rateInOrder } from "./rate-in-order.ts";
import { partiesIn, type QuarantinedRecord, quarantineReasons, type RatedRecord, resolveRecord } from "./rate-records.ts";
import { reopenAddedUp } from "./reopen-periods.ts";
import { readDirectory } from "./resolve.ts";
import { settleSessions } from "./settle-sessions.ts";
import { stage } from "./stage.ts";
import { tally } from "./tally.ts";

type Waiting = {
  key: string;
  started_at: string;
  agent_id: string;
  first_sequence: string;
  sequence: string;
  record: SourceRecord;
  reason: string;
};

const pageSize = 2000;
const retriedReasons = Object.entries(quarantineReasons).flatMap(([reason, { retried }]) => (retried ? [reason] : []));

/**
 * Rates again whatever waits for an identifier, a plan, a price or a bundle, in the order in which it happened, a page in each transaction. Gives how
 * many left quarantine. Running twice at once is harmless: each record is locked while it is looked at.
 */
export async function releaseWaitingUsage(core: Core, providerId: number): Promise<number> {
  let released = 0;
  for (let after = { startedAt: "-infinity", key: "00000000-0000-0000-0000-000000000000" }; ; ) {
    const page = await inTenant(core.db, [providerId], async (tx) => {
      const waiting = await rawOf(tx)<Waiting[]>`
        select key, started_at::text as started_at, agent_id, first_sequence, sequence, record, reason from app.usage_quarantine
        where provider_id = ${providerId} and resolved_at is null and reason = any(${retriedReasons}::text[])
          and (started_at, key) > (${after.startedAt}::timestamptz, ${after.key}::uuid) order by started_at, key limit ${pageSize} for update`;
      return {
        last: waiting.at(-1),
        full: waiting.length === pageSize,
        released: await release(core, tx, providerId, waiting, false),
      };
    });
    released += page.released;
    if (!page.full || page.last === undefined) return released;
    after = { startedAt: page.last.started_at, key: page.last.key };
  }
}

/** Rates these records as far as they can be, moves them out of quarantine and their batches' counts along. */
async function release(core: Core, tx: Tx, providerId: number, waiting: readonly Waiting[], accepted: boolean): Promise<number> {
  const t = rawOf(tx);
  const now = core.clock();
  const [provider] = await t<{ zone: string }[]>`select zone from app.providers where id = ${providerId}`;
  const { zone } = provider!;
  const closedBeforeMs = await holdClosedBefore(t, providerId);
  const directory = await readDirectory(t, providerId, zone, partiesIn(waiting.map((w) => w.record)));
  // The key it was claimed under stays, should a later release make another of the same row.
  const resolved = waiting.map((w) => ({ ...resolveRecord(directory, w.record, Number(w.sequence), accepted), key: w.key }));
  const pending = resolved.filter((r) => r.state === "pending");
  const settled = resolved.filter((r) => r.state !== "pending");
  const withHolds = await lockCharged(t, providerId, [...settled.filter((r) => r.state === "rated"), ...pending]);
  const counters = new Counters();
  await loadCounters(t, providerId, counters, pending);
  const outcomes = new Map([...settled, ...rateInOrder(pending, counters)].map((r) => [r.key, r]));
  if (accepted) await keepWaiting(t, providerId, [...outcomes.values()]);
  const rated = waiting.flatMap((w) => {
    const record = outcomes.get(w.key)!;
    return record.state === "rated" ? [{ waiting: w, record }] : [];
  });
  if (rated.length === 0) return 0;

  const byAgentAndBatch = Map.groupBy(rated, ({ waiting: w }) => `${w.agent_id} ${w.first_sequence}`);
  for (const group of byAgentAndBatch.values()) {
    const { agent_id: agentId, first_sequence: firstSequence } = group[0]!.waiting;
    const records = group.map((g) => g.record);
    const fileId = await moveCounts(t, providerId, agentId, firstSequence, records.length, "rated");
    const batch: Batch = {
      providerId,
      agentId,
      firstSequence: Number(firstSequence),
      fileId,
      receivedAt: now.toString(),
      sourceKey: `usage:released:${newId()}`,
      ...{ zone, closedBeforeMs },
    };
    const figures = tally(records, zone, closedBeforeMs);
    await stage(t, records, figures.charges);
    await t`update app.usage_keys k set account_id = s.account_id from usage_stage s where k.provider_id = ${providerId} and k.key = s.key`;
    await storeRated(t, batch, figures, now);
    await settleSessions(t, providerId, records, withHolds, now);
    await reopenAddedUp(t, providerId, records, now);
    await resolve(
      t,
      providerId,
      records.map((r) => r.key),
      "rated",
      now,
    );
    await emitUsageRated(
      t,
      batch,
      figures,
      { rows: 0, rated: records.length, duplicates: 0, quarantined: -records.length, discarded: 0 },
      now,
    );
    await t`truncate usage_stage`;
  }
  await counters.store(t, providerId);
  await enqueueIn(core.boss, tx)(advanceReadModels, {}, { key: "all" });
  await chargeParent(
    core,
    tx,
    providerId,
    rated.map((r) => r.record),
  );
  return rated.length;
}

/** What a person has looked at isn't asked about again: it waits for the reason that is left. */
async function keepWaiting(t: RawTx, providerId: number, records: readonly (RatedRecord | QuarantinedRecord)[]): Promise<void> {
  for (const r of records)
    if (r.state === "quarantined")
      await t`update app.usage_quarantine set reason = ${r.reason}, record = jsonb_set(record, '{flags}', '[]') where provider_id = ${providerId} and key = ${r.key}`;
}

async function moveCounts(
  t: RawTx,
  providerId: number,
  agentId: string,
  firstSequence: string,
  rows: number,
  to: "rated" | "discarded",
): Promise<string | null> {
  const [batch] = await t<{ file_id: string | null }[]>`
    update app.usage_inbox set quarantined = quarantined - ${rows}, rated = rated + ${to === "rated" ? rows : 0}, discarded = discarded + ${to === "discarded" ? rows : 0}
    where provider_id = ${providerId} and agent_id = ${agentId} and first_sequence = ${firstSequence} returning file_id`;
  if (!batch) throw new Error(`quarantine: batch ${agentId} ${firstSequence} is gone`);
  return batch.file_id;
}

async function resolve(
  t: RawTx,
  providerId: number,
  keys: readonly string[],
  resolution: "rated" | "discarded",
  now: Temporal.Instant,
): Promise<void> {
  await t`update app.usage_quarantine set resolved_at = ${now.toString()}::timestamptz, resolution = ${resolution}
    where provider_id = ${providerId} and key = any(${keys as string[]}::uuid[])`;
}

const waitingByKey = (tx: Tx, providerId: number, keys: readonly string[]) =>
  rawOf(tx)<
    Waiting[]
  >`select key, started_at::text as started_at, agent_id, first_sequence, sequence, record, reason from app.usage_quarantine
    where provider_id = ${providerId} and resolved_at is null and key = any(${keys as string[]}::uuid[]) order by key for update`;

/** A person lets records pass in spite of their contradictions. Gives how many could be rated; the others go on waiting, with the reason that is left. */
export async function acceptRecords(
  core: Core,
  tx: Tx,
  providerId: number,
  keys: readonly string[],
): Promise<{ found: number; rated: number }> {
  const waiting = await waitingByKey(tx, providerId, keys);
  return { found: waiting.length, rated: await release(core, tx, providerId, waiting, true) };
}

/** A person takes records out for good. Their keys stay claimed, so that the same rows don't come back. */
export async function discardRecords(core: Core, tx: Tx, providerId: number, keys: readonly string[]): Promise<number> {
  const t = rawOf(tx);
  const now = core.clock();
  const waiting = await waitingByKey(tx, providerId, keys);
  for (const group of Map.groupBy(waiting, (w) => `${w.agent_id} ${w.first_sequence}`).values()) {
    const { agent_id: agentId, first_sequence: firstSequence } = group[0]!;
    const fileId = await moveCounts(t, providerId, agentId, firstSequence, group.length, "discarded");
    const batch: Batch = {
      providerId,
      agentId,
      firstSequence: Number(firstSequence),
      fileId,
      receivedAt: now.toString(),
      sourceKey: "",
      ...{ zone: "UTC", closedBeforeMs: NEVER_CLOSED },
    };
    await emitUsageRated(
      t,
      batch,
      tally([], "UTC", NEVER_CLOSED),
      { rows: 0, rated: 0, duplicates: 0, quarantined: -group.length, discarded: group.length },
      now,
    );
  }
  await resolve(
    t,
    providerId,
    waiting.map((w) => w.key),
    "discarded",
    now,
  );
  if (waiting.length > 0) await enqueueIn(core.boss, tx)(advanceReadModels, {}, { key: "all" });
  return waiting.length;
}

/**
 * Sends the job for every provider where a waiting record has a holder by now: one that was rated while its identifier was being assigned
 * saw neither the assignment nor the job that followed it.
 */
export async function sweepQuarantine(core: Core, providerIds: readonly number[]): Promise<number> {
  return inTenant(core.db, providerIds, async (tx) => {
    const found = await rawOf(tx)<{ provider_id: number }[]>`
      select id as provider_id from app.providers p where id = any(${`{${providerIds.join(",")}}`}::int[]) and exists (
        select from app.usage_quarantine q join app.identifiers i on i.provider_id = q.provider_id and i.kind = q.identifier_kind and i.value = q.identifier_value and i.valid @> q.started_at
        where q.provider_id = p.id and q.resolved_at is null and q.reason = 'unknown_party')`;
    for (const { provider_id: providerId } of found)
      await enqueueIn(core.boss, tx)(releaseWaiting, { providerId }, { key: String(providerId) });
    return found.length;
  });
}
