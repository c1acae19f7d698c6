// Rated and quarantined records on their way into the tables: one COPY into a table of this session, then a few statements over the whole set.

import type { RawTx } from "../../db/client.ts";
import { jsonText } from "../kernel/json.ts";
import { columnsOf } from "./fact.ts";
import { type QuarantinedRecord, type RatedRecord, startOf } from "./rate-records.ts";
import type { AccountCharge } from "./tally.ts";

// COPY is refused under row-level security, and a failed one never settles in the driver: a temporary table without constraints avoids both.
// Its figures are as wide as can be, so that one that the real table refuses fails there, where a failure is told.
const createStage = `create temp table if not exists usage_stage (
  state text, key uuid, started_at timestamptz, sequence bigint, account_id uuid, service_id uuid, subscriber_id uuid, group_id uuid, kind text, call_id text, direction text,
  source text, destination text, disposition text, duration_sec numeric, billable_sec numeric, billed_sec numeric, prefix text, destination_name text, amount_micros numeric,
  tax_micros numeric, currency text, reason text, plan_id uuid, plan_version int, transaction_id uuid, answered_at timestamptz, facts jsonb, details jsonb,
  identifier_kind text, identifier_value text, record jsonb
) on commit delete rows`;

const unsafeInCopy = /[\\\t\n\r]/;
const escapes: Record<string, string> = { "\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r" };
const text = (value: string) => (unsafeInCopy.test(value) ? value.replace(/[\\\t\n\r]/g, (c) => escapes[c]!) : value);
const nullable = (value: string | null | undefined) => (value === null || value === undefined ? "\\N" : text(value));

function ratedLine(r: RatedRecord, transactionId: string): string {
  const { record, holder: h, plan: p } = r;
  const c = columnsOf(record);
  const transaction = r.amountMicros === 0n && r.taxMicros === 0n ? "\\N" : transactionId;
  const facts = c.facts ? text(jsonText(c.facts)) : "\\N";
  const details = r.details ? text(jsonText(r.details)) : "\\N";
  return `rated\t${r.key}\t${record.startedAt}\t${r.sequence}\t${h.accountId}\t${h.serviceId}\t${h.subscriberId}\t${h.groupId}\t${record.kind}\t${text(c.call_id)}\t${c.direction}\t${text(c.source)}\t${text(c.destination)}\t${c.disposition}\t${c.duration_sec}\t${c.billable_sec}\t${r.billedSec}\t${nullable(r.prefix)}\t${nullable(r.destinationName)}\t${r.amountMicros}\t${r.taxMicros}\t${h.currency}\t${nullable(r.reason)}\t${p.planId}\t${p.version}\t${transaction}\t${c.answered_at ?? "\\N"}\t${facts}\t${details}\t\\N\t\\N\t\\N\n`;
}

function quarantinedLine(r: QuarantinedRecord): string {
  const blank = "\\N\t".repeat(18);
  return `quarantined\t${r.key}\t${startOf(r.record)}\t${r.sequence}\t${blank}${r.reason}\t\\N\t\\N\t\\N\t\\N\t\\N\t\\N\t${nullable(r.party?.kind)}\t${nullable(r.party?.value)}\t${text(JSON.stringify(r.record))}\n`;
}

/** Fills this session's stage, which is empty at the start of every transaction. A charge carries the ledger transaction of its account. */
export async function stage(
  t: RawTx,
  records: readonly (RatedRecord | QuarantinedRecord)[],
  charges: ReadonlyMap<string, AccountCharge>,
): Promise<void> {
  await t.unsafe(createStage);
  const writable = await t`copy usage_stage from stdin`.writable();
  let chunk = "";
  for (const record of records) {
    chunk +=
      record.state === "quarantined" ? quarantinedLine(record) : ratedLine(record, charges.get(record.holder.accountId)?.id ?? "\\N");
    if (chunk.length > 500_000) {
      await write(writable, chunk);
      chunk = "";
    }
  }
  if (chunk) await write(writable, chunk);
  await new Promise<void>((resolve, reject) => writable.end((error?: Error | null) => (error ? reject(error) : resolve())));
  // The stream reports success even for a COPY that failed; the failed transaction then refuses this.
  await t`select 1`;
}

const write = (writable: NodeJS.WritableStream, chunk: string) =>
  new Promise<void>((resolve, reject) => writable.write(chunk, (error?: Error | null) => (error ? reject(error) : resolve())));
