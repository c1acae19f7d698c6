// Corrected records on their way into the tables: one COPY a page into a table of this session, then a few statements over the whole set.
import type { RawTx } from "../../db/client.ts";
import { jsonText } from "../kernel/json.ts";
import { copyLines, copyNullable, copyText } from "../usage/copy-lines.ts";
import type { RatedDetails } from "../usage/price-fact.ts";
import type { AccountChange, Correction } from "./account-change.ts";
import type { Charged } from "./stored-usage.ts";

const charge = (of: string) =>
  `${of}_amount numeric, ${of}_tax numeric, ${of}_billed_sec numeric, ${of}_prefix text, ${of}_destination_name text, ${of}_reason text, ${of}_plan_id uuid, ${of}_plan_version int, ${of}_details jsonb, ${of}_transaction_id uuid`;

export const createStage = (t: RawTx) =>
  t.unsafe(`create temp table if not exists rerating_stage (account_id uuid, started_at timestamptz, key uuid, adjusted boolean, correction_id uuid,
    ${charge("old")}, ${charge("new")}) on commit delete rows`);

export const stageCorrections = (
  t: RawTx,
  corrections: readonly Correction[],
  changes: ReadonlyMap<string, AccountChange>,
): Promise<void> => copyLines(t, "rerating_stage", linesOf(corrections, changes));

function* linesOf(corrections: readonly Correction[], changes: ReadonlyMap<string, AccountChange>): Generator<string> {
  for (const { usage, to, moved } of corrections) {
    const { accountId, startedAt, key, closed, charged: was, transactionId } = usage;
    const { ids } = changes.get(accountId)!;
    const correction = !closed && moved && costs(was) ? ids.reversed : null;
    const carrier = closed || !moved ? transactionId : costs(to) ? ids.charged : null;
    yield `${accountId}\t${startedAt}\t${key}\t${closed}\t${correction ?? "\\N"}\t${fieldsOf(was, transactionId)}\t${fieldsOf(to, carrier)}\n`;
  }
}

const costs = ({ amountMicros, taxMicros }: Charged) => amountMicros !== 0n || taxMicros !== 0n;

const fieldsOf = (c: Charged, transactionId: string | null) =>
  `${c.amountMicros}\t${c.taxMicros}\t${c.billedSec}\t${copyNullable(c.prefix)}\t${copyNullable(c.destinationName)}\t${copyNullable(c.reason)}\t${c.planId}\t${c.planVersion}\t${detailsOf(c.details)}\t${transactionId ?? "\\N"}`;

const detailsOf = (details: RatedDetails | null) => (details === null ? "\\N" : copyText(jsonText(details)));

/** Writes down how the staged records were charged, and charges them anew. Those of closed months stand. */
export async function storeCorrections(t: RawTx, { providerId, runId }: { providerId: number; runId: string }, now: Temporal.Instant) {
  const at = now.toString();
  await t`
    insert into app.rerated_records (provider_id, account_id, run_id, key, started_at, adjusted, amount_micros, tax_micros, billed_sec, prefix, destination_name, reason,
      plan_id, plan_version, details, transaction_id, correction_id, new_amount_micros, new_tax_micros, new_plan_id, new_plan_version, new_details, rerated_at)
    select ${providerId}::int, account_id, ${runId}::uuid, key, started_at, adjusted, old_amount, old_tax, old_billed_sec, old_prefix, old_destination_name, old_reason,
      old_plan_id, old_plan_version, old_details, old_transaction_id, correction_id, new_amount, new_tax, case when adjusted then new_plan_id end, case when adjusted then new_plan_version end, case when adjusted then new_details end, ${at}::timestamptz
    from rerating_stage`;
  const [staged] = await t<{ n: number }[]>`select count(*)::int as n from rerating_stage where not adjusted`;
  const updated = await t`
    update app.usage_records r set amount_micros = s.new_amount, tax_micros = s.new_tax, billed_sec = s.new_billed_sec, prefix = s.new_prefix,
      destination_name = s.new_destination_name, reason = s.new_reason, plan_id = s.new_plan_id, plan_version = s.new_plan_version, details = s.new_details,
      transaction_id = s.new_transaction_id, rated_at = ${at}::timestamptz
    from rerating_stage s where r.provider_id = ${providerId} and r.account_id = s.account_id and r.started_at = s.started_at and r.key = s.key and not s.adjusted`;
  if (updated.count !== staged!.n) throw new Error(`re-rating ${runId}: ${staged!.n} records were to be changed, ${updated.count} were`);
}
