// Fact, charge, posting, counters and event of the staged records, all in the transaction that calls this.
import type { RawTx } from "../../db/client.ts";
import { post } from "../ledger/post.ts";
import { templates } from "../ledger/templates.ts";

export type Batch = {
  readonly providerId: number;
  readonly agentId: string;
  readonly firstSequence: number;
  readonly fileId: string | null;
  readonly receivedAt: string;
  /** Names this posting's cause in every account it touches. */
  readonly sourceKey: string;
  readonly zone: string;
};

export type Counts = {
  readonly rows: number;
  readonly rated: number;
  readonly duplicates: number;
  readonly quarantined: number;
  readonly discarded: number;
};

/** Claims the keys of the staged records and takes out of the stage what was claimed before. Gives how many that were. */
export async function claimKeys(t: RawTx, providerId: number): Promise<number> {
  // In the order of the keys, so that two batches with the same rows wait for each other and don't block.
  const dropped = await t`
    with claimed as (
      insert into app.usage_keys (provider_id, started_at, key, account_id)
      select ${providerId}, started_at, key, account_id from usage_stage order by started_at, key
      on conflict do nothing returning key)
    delete from usage_stage s where not exists (select from claimed c where c.key = s.key)`;
  return dropped.count;
}

/** Stores the rated records of the stage and posts their charges, one transaction per account. */
export async function storeRated(t: RawTx, batch: Batch, now: Temporal.Instant): Promise<void> {
  const sums = await t<
    {
      account_id: string;
      currency: string;
      transaction_id: string;
      amount: string;
      calls: number;
      seconds: string;
      first: string;
      last: string;
    }[]
  >`
    select account_id, currency, transaction_id, sum(amount_micros)::text as amount, count(*)::int as calls, sum(billed_sec)::text as seconds,
           min(started_at)::text as first, max(started_at)::text as last
    from usage_stage where state = 'rated' and amount_micros > 0 group by 1, 2, 3 order by 1`;
  const posted = await post(
    t,
    batch.providerId,
    sums.map((s) => ({
      id: s.transaction_id,
      accountId: s.account_id,
      currency: s.currency,
      template: "usage.charged" as const,
      sourceKey: batch.sourceKey,
      effectiveAt: s.last,
      details: { calls: s.calls, billedSec: Number(s.seconds), first: s.first, last: s.last },
      postings: templates["usage.charged"]({ amountMicros: BigInt(s.amount) }),
    })),
    now,
  );
  if (posted.length !== sums.length) throw new Error(`usage of ${batch.sourceKey} was posted before`);
  await t`
    insert into app.usage_records (provider_id, account_id, started_at, key, service_id, subscriber_id, group_id, kind, call_id, direction, source, destination, disposition,
      duration_sec, billable_sec, billed_sec, prefix, destination_name, amount_micros, currency, reason, plan_id, plan_version, agent_id, sequence, transaction_id, rated_at)
    select ${batch.providerId}, account_id, started_at, key, service_id, subscriber_id, group_id, 'call', call_id, direction, source, destination, disposition,
      duration_sec, billable_sec, billed_sec, prefix, destination_name, amount_micros, currency, reason, plan_id, plan_version, ${batch.agentId}, sequence, transaction_id, ${now.toString()}::timestamptz
    from usage_stage where state = 'rated' order by account_id, started_at`;
}

export async function storeQuarantined(t: RawTx, batch: Batch, now: Temporal.Instant): Promise<number> {
  const stored = await t`
    insert into app.usage_quarantine (provider_id, key, started_at, agent_id, first_sequence, sequence, reason, identifier_kind, identifier_value, record, quarantined_at)
    select ${batch.providerId}, key, started_at, ${batch.agentId}, ${batch.firstSequence}, sequence, reason, identifier_kind, identifier_value, record, ${now.toString()}::timestamptz
    from usage_stage where state = 'quarantined'`;
  return stored.count;
}

/** Tells the read side what the staged records add to every figure, so that no projection reads the records themselves. */
export async function emitUsageRated(t: RawTx, batch: Batch, counts: Counts, now: Temporal.Instant): Promise<void> {
  await t`
    insert into app.events (provider_id, type, at, data)
    select ${batch.providerId}, 'usage.rated', ${now.toString()}::timestamptz, jsonb_build_object(
      'agentId', ${batch.agentId}::text, 'firstSequence', ${batch.firstSequence}::bigint, 'fileId', ${batch.fileId}::text, 'receivedAt', ${batch.receivedAt}::text,
      'counts', ${JSON.stringify(counts)}::text::jsonb,
      'usage', coalesce((select jsonb_agg(u) from (
        select account_id as "accountId", service_id as "serviceId", subscriber_id as "subscriberId", group_id as "groupId", currency,
               date_trunc('hour', started_at, ${batch.zone}) as hour, (started_at at time zone ${batch.zone})::date as day,
               count(*) as calls, count(*) filter (where disposition = 'answered') as answered, sum(duration_sec) as "durationSec", sum(billed_sec) as "billedSec",
               sum(amount_micros)::text as "amountMicros"
        from usage_stage where state = 'rated' group by 1, 2, 3, 4, 5, 6, 7) u), '[]'),
      'gl', coalesce((select jsonb_agg(g) from (
        select 'settlement' as debit, 'revenue.usage' as credit, currency, sum(amount_micros)::text as "amountMicros"
        from usage_stage where state = 'rated' and amount_micros > 0 group by 3) g), '[]'),
      'accountIds', coalesce((select jsonb_agg(distinct account_id) from usage_stage where state = 'rated'), '[]'))`;
}
