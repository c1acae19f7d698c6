// One batch of the inbox, from records to rated usage, in one transaction: all of it or nothing.
import { rawOf } from "../../db/client.ts";
import { inTenant } from "../../db/tenant.ts";
import type { Core } from "../kernel/core.ts";
import { isTransient } from "../kernel/database-error.ts";
import { enqueueIn } from "../kernel/job.ts";
import { advanceReadModels } from "../kernel/read-models-job.ts";
import { holdClosedBefore } from "../ledger/closed-months.ts";
import { chargeParent } from "./chain/charge-parent.ts";
import {
  type Batch,
  type Counts,
  claimKeys,
  disclaimAccounts,
  emitUsageRated,
  lockCharged,
  storeQuarantined,
  storeRated,
} from "./commit-stage.ts";
import { Counters } from "./counters.ts";
import { loadCounters } from "./load-counters.ts";
import type { SourceRecord } from "./normal-form.ts";
import { rateInOrder } from "./rate-in-order.ts";
import { partiesIn, type RatedRecord, resolveRecord } from "./rate-records.ts";
import { reopenAddedUp } from "./reopen-periods.ts";
import { readDirectory } from "./resolve.ts";
import { settleSessions } from "./settle-sessions.ts";
import { stage } from "./stage.ts";
import { tally } from "./tally.ts";

const attempts = 5;

/**
 * Rates the batch (provider, agent, first sequence). Gives its counts, or `undefined` when there is nothing to do: processed before, or unknown.
 * Every row ends rated, duplicate or quarantined; the database refuses counts that don't add up. Cost grows with the rows of the batch alone.
 */
export async function processBatch(
  core: Core,
  batch: { providerId: number; agentId: string; firstSequence: number },
): Promise<Counts | undefined> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await processOnce(core, batch);
    } catch (error) {
      if (attempt === attempts || !isTransient(error)) throw error;
      await Bun.sleep(2 ** attempt * 10 * (0.5 + Math.random()));
    }
  }
}

async function processOnce(
  core: Core,
  { providerId, agentId, firstSequence }: { providerId: number; agentId: string; firstSequence: number },
) {
  const now = core.clock();
  return inTenant(core.db, [providerId], async (tx) => {
    const t = rawOf(tx);
    const [inbox] = await t<{ records: Uint8Array; file_id: string | null; received_at: string; zone: string }[]>`
      select i.records, i.file_id, i.received_at, p.zone from app.usage_inbox i join app.providers p on p.id = i.provider_id
      where i.provider_id = ${providerId} and i.agent_id = ${agentId} and i.first_sequence = ${firstSequence} and i.processed_at is null for update of i`;
    if (!inbox) return undefined;
    const rows = JSON.parse(new TextDecoder().decode(Bun.zstdDecompressSync(inbox.records))) as SourceRecord[];
    const batch: Batch = {
      providerId,
      agentId,
      firstSequence,
      fileId: inbox.file_id,
      receivedAt: inbox.received_at,
      sourceKey: `usage:${agentId}:${firstSequence}`,
      zone: inbox.zone,
      closedBeforeMs: await holdClosedBefore(t, providerId),
    };

    const directory = await readDirectory(t, providerId, inbox.zone, partiesIn(rows));
    const seen = new Set<string>();
    const resolved = rows
      .map((record, i) => resolveRecord(directory, record, firstSequence + i))
      .filter((r) => !seen.has(r.key) && seen.add(r.key));
    const known = await claimKeys(t, providerId, resolved);
    const fresh = resolved.filter((r) => !known.has(r.key));
    const pending = fresh.filter((r) => r.state === "pending");
    const settled = fresh.filter((r) => r.state !== "pending");
    const withHolds = await lockCharged(t, providerId, [...settled.filter((r) => r.state === "rated"), ...pending]);
    const counters = new Counters();
    await loadCounters(t, providerId, counters, pending);
    const inOrder = rateInOrder(pending, counters);
    await disclaimAccounts(
      t,
      providerId,
      inOrder.filter((r) => r.state === "quarantined"),
    );
    const records = [...settled, ...inOrder];
    const rated = records.filter((r): r is RatedRecord => r.state === "rated");
    const figures = tally(rated, batch.zone, batch.closedBeforeMs);
    await stage(t, records, figures.charges);
    await storeRated(t, batch, figures, now);
    await settleSessions(t, providerId, rated, withHolds, now);
    await reopenAddedUp(t, providerId, rated, now);
    await counters.store(t, providerId);
    const quarantined = await storeQuarantined(t, batch, now);

    const counts: Counts = {
      rows: rows.length,
      rated: fresh.length - quarantined,
      duplicates: rows.length - fresh.length,
      quarantined,
      discarded: 0,
    };
    await emitUsageRated(t, batch, figures, counts, now);
    await t`update app.usage_inbox set processed_at = ${now.toString()}::timestamptz, rated = ${counts.rated}, duplicates = ${counts.duplicates}, quarantined = ${counts.quarantined}
      where provider_id = ${providerId} and agent_id = ${agentId} and first_sequence = ${firstSequence}`;
    await enqueueIn(core.boss, tx)(advanceReadModels, {}, { key: "all" });
    await chargeParent(core, tx, providerId, rated);
    return counts;
  });
}
