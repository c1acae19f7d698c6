// The door of usage: a batch from a spool becomes one row of the inbox, once, and a job that rates it.
import { sql } from "drizzle-orm";
import { type RawTx, rawOf, type Tx } from "../../db/client.ts";
import { inTenant } from "../../db/tenant.ts";
import type { Core } from "../kernel/core.ts";
import { enqueueIn } from "../kernel/job.ts";
import type { SourceRecord } from "./normal-form.ts";
import { rateUsage } from "./rate-usage-job.ts";

type Sender = { readonly providerId: number; readonly agentId: string };

export type ReceivedBatch = {
  /** `next`: after the last one, for a sender without a spool of its own, whose every request is new. */
  readonly firstSequence: number | "next";
  readonly file?: { readonly id: string; readonly name: string };
  readonly records: readonly SourceRecord[];
};

/** `lostRows`: sequence numbers that were skipped before this batch; the agent page shows them as an alarm. */
export type Receipt =
  | { readonly ok: true; readonly acceptedUpTo: number; readonly lostRows: number }
  | { readonly ok: false; readonly code: "agent_unknown" };

/**
 * Stores what is new of a batch and answers up to which sequence number everything is durable here.
 * What the agent sent before is dropped by its number, so resending is harmless. Records have been validated by the door they came through.
 */
export const receiveBatch = (core: Core, agent: Sender, batch: ReceivedBatch): Promise<Receipt> =>
  inTenant(core.db, [agent.providerId], (tx) => receiveIn(core, tx, agent, batch));

/** The same in a transaction that sees the rows of the agent's provider. Holds the agent until it commits. */
export async function receiveIn(core: Core, tx: Tx, agent: Sender, batch: ReceivedBatch): Promise<Receipt> {
  const { providerId, agentId } = agent;
  const now = core.clock();
  const t = rawOf(tx);
  const [known] =
    await t`select last_sequence::int8 as last from app.agents where provider_id = ${providerId} and id = ${agentId} and revoked_at is null for update`;
  if (!known) return { ok: false, code: "agent_unknown" };
  const last = Number(known.last);
  const first = batch.firstSequence === "next" ? last + 1 : batch.firstSequence;
  const end = first + batch.records.length - 1;
  if (end <= last) return { ok: true, acceptedUpTo: last, lostRows: 0 };

  const fresh = first > last ? batch.records : batch.records.slice(last + 1 - first);
  const firstSequence = Math.max(first, last + 1);
  const lostRows = firstSequence - last - 1;
  const packed = Bun.zstdCompressSync(Buffer.from(JSON.stringify(fresh)), { level: 1 });
  const fileId = batch.file ? await fileOf(t, agent, batch.file, now) : null;
  await t`insert into app.usage_inbox (provider_id, agent_id, first_sequence, rows, file_id, records, received_at)
      values (${providerId}, ${agentId}, ${firstSequence}, ${fresh.length}, ${fileId}, ${packed}, ${now.toString()})`;
  await t`update app.agents set last_sequence = ${end}, lost_rows = lost_rows + ${lostRows}, last_batch_at = ${now.toString()}, last_seen_at = ${now.toString()}
      where provider_id = ${providerId} and id = ${agentId}`;
  await enqueueIn(core.boss, tx)(rateUsage, { providerId, agentId, firstSequence });
  return { ok: true, acceptedUpTo: end, lostRows };
}

/** The file that the rows are counted under, made when it is new. An agent adds to its own files only: another's gets one beside it. */
async function fileOf(
  t: RawTx,
  { providerId, agentId }: { providerId: number; agentId: string },
  { id, name }: { readonly id: string; readonly name: string },
  now: Temporal.Instant,
): Promise<string> {
  const insert = (fileId: string) =>
    t`insert into app.usage_files (provider_id, id, agent_id, name, source, state, created_at, created_by)
      values (${providerId}, ${fileId}, ${agentId}, ${name}, 'agent', 'reading', ${now.toString()}, ${agentId}) on conflict do nothing`;
  if ((await insert(id)).count === 1) return id;
  const [known] = await t`select agent_id from app.usage_files where provider_id = ${providerId} and id = ${id}`;
  if (known?.agent_id === agentId) return id;
  const hex = Bun.SHA256.hash(`${agentId}\n${id}`, "hex");
  const own = `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20, 32)}`;
  await insert(own);
  return own;
}

/** Sends the job again for every batch that has waited longer than a minute: a queue that was emptied by hand must not lose usage. */
export async function resendStaleBatches(core: Core, providerIds: readonly number[]): Promise<number> {
  return inTenant(core.db, providerIds, async (tx) => {
    const stale = await tx.execute<{ provider_id: number; agent_id: string; first_sequence: string }>(
      sql`select provider_id, agent_id, first_sequence from app.usage_inbox
          where provider_id = any(${`{${providerIds.join(",")}}`}::int[]) and processed_at is null and received_at < ${core.clock().subtract({ seconds: 60 }).toString()}
          order by received_at limit 1000`,
    );
    const enqueue = enqueueIn(core.boss, tx);
    for (const row of stale)
      await enqueue(rateUsage, { providerId: row.provider_id, agentId: row.agent_id, firstSequence: Number(row.first_sequence) });
    return stale.length;
  });
}
