// Rated and quarantined records on their way into the tables: one COPY into a table of this session, then a few statements over the whole set.

import type { RawTx } from "../../db/client.ts";
import { jsonText } from "../kernel/json.ts";
import { copyLines, copyNullable, copyText } from "./copy-lines.ts";
import { columnsOf } from "./fact.ts";
import { type QuarantinedRecord, type RatedRecord, startOf } from "./rate-records.ts";
import type { AccountCharge } from "./tally.ts";

// Its figures are as wide as can be, so that one that the real table refuses fails there, where a failure is told.
const createStage = `create temp table if not exists usage_stage (
  state text, key uuid, started_at timestamptz, sequence bigint, account_id uuid, service_id uuid, subscriber_id uuid, group_id uuid, kind text, call_id text, direction text,
  source text, destination text, disposition text, duration_sec numeric, billable_sec numeric, billed_sec numeric, prefix text, destination_name text, amount_micros numeric,
  tax_micros numeric, currency text, reason text, plan_id uuid, plan_version int, transaction_id uuid, answered_at timestamptz, facts jsonb, details jsonb,
  identifier_kind text, identifier_value text, record jsonb
) on commit delete rows`;

function ratedLine(r: RatedRecord, transactionId: string): string {
  const { record, holder: h, plan: p } = r;
  const c = columnsOf(record);
  const transaction = r.amountMicros === 0n && r.taxMicros === 0n ? "\\N" : transactionId;
  const facts = c.facts ? copyText(jsonText(c.facts)) : "\\N";
  const details = r.details ? copyText(jsonText(r.details)) : "\\N";
  return `rated\t${r.key}\t${record.startedAt}\t${r.sequence}\t${h.accountId}\t${h.serviceId}\t${h.subscriberId}\t${h.groupId}\t${record.kind}\t${copyText(c.call_id)}\t${c.direction}\t${copyText(c.source)}\t${copyText(c.destination)}\t${c.disposition}\t${c.duration_sec}\t${c.billable_sec}\t${r.billedSec}\t${copyNullable(r.prefix)}\t${copyNullable(r.destinationName)}\t${r.amountMicros}\t${r.taxMicros}\t${h.currency}\t${copyNullable(r.reason)}\t${p.planId}\t${p.version}\t${transaction}\t${c.answered_at ?? "\\N"}\t${facts}\t${details}\t\\N\t\\N\t\\N\n`;
}

function quarantinedLine(r: QuarantinedRecord): string {
  const blank = "\\N\t".repeat(18);
  return `quarantined\t${r.key}\t${startOf(r.record)}\t${r.sequence}\t${blank}${r.reason}\t\\N\t\\N\t\\N\t\\N\t\\N\t\\N\t${copyNullable(r.party?.kind)}\t${copyNullable(r.party?.value)}\t${copyText(JSON.stringify(r.record))}\n`;
}

/** Fills this session's stage, which is empty at the start of every transaction. A charge carries the ledger transaction of its account. */
export async function stage(
  t: RawTx,
  records: readonly (RatedRecord | QuarantinedRecord)[],
  charges: ReadonlyMap<string, AccountCharge>,
): Promise<void> {
  await t.unsafe(createStage);
  await copyLines(t, "usage_stage", linesOf(records, charges));
}

function* linesOf(records: readonly (RatedRecord | QuarantinedRecord)[], charges: ReadonlyMap<string, AccountCharge>): Generator<string> {
  for (const record of records)
    yield record.state === "quarantined" ? quarantinedLine(record) : ratedLine(record, charges.get(record.holder.accountId)?.id ?? "\\N");
}
