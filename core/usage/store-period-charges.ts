// What the usage of a batch adds to the prices of periods, as rows of the charges: one per service, component, period and day.
import type { RawTx } from "../../db/client.ts";
import type { Batch } from "./commit-stage.ts";
import type { PeriodCharge, Tally } from "./tally.ts";

/** The transactions that carry them are posted. */
export async function storePeriodCharges(t: RawTx, batch: Batch, { charges, credits }: Tally, now: Temporal.Instant): Promise<void> {
  const rows = [...charges.values(), ...credits.values()].flatMap((c) => c.periods.map((p) => rowOf(batch, p, c.id)));
  if (rows.length === 0) return;
  await t`
    insert into app.charges (provider_id, account_id, id, service_id, subscriber_id, group_id, kind, code, name, period_from, period_to, quantity, amount_micros, tax_micros,
      currency, plan_id, plan_version, source_key, details, transaction_id, usage_at, charged_at)
    select ${batch.providerId}::int, account_id, id, service_id, subscriber_id, group_id, 'usage', code, name, period_from, period_to, quantity, amount_micros, tax_micros,
      currency, plan_id, plan_version, source_key, details, transaction_id, usage_at, ${now.toString()}::timestamptz
    from jsonb_to_recordset(${JSON.stringify(rows)}::text::jsonb) as c(account_id uuid, id uuid, service_id uuid, subscriber_id uuid, group_id uuid, code text, name text,
      period_from date, period_to date, quantity text, amount_micros bigint, tax_micros bigint, currency text, plan_id uuid, plan_version int, source_key text, details jsonb,
      transaction_id uuid, usage_at timestamptz)`;
}

const rowOf = ({ sourceKey }: Batch, p: PeriodCharge, transactionId: string) => ({
  account_id: p.holder.accountId,
  id: p.id,
  service_id: p.holder.serviceId,
  subscriber_id: p.holder.subscriberId,
  group_id: p.holder.groupId,
  code: p.code,
  name: p.name,
  period_from: p.from,
  period_to: p.to,
  // The records that changed the price: what a period's price is made of stands in its counter.
  quantity: String(p.records),
  amount_micros: p.amountMicros.toString(),
  tax_micros: p.taxMicros.toString(),
  currency: p.holder.currency,
  plan_id: p.plan.planId,
  plan_version: p.plan.version,
  // The records of a batch are all of one agent, so of one partner.
  source_key: `${sourceKey}:${p.holder.serviceId}:${p.plan.planId}:${p.code}:${p.from}:${p.day}`,
  details: { records: p.records, day: p.day, ...(p.partnerId === undefined ? {} : { partner: p.partnerId }) },
  transaction_id: transactionId,
  usage_at: p.usageAt,
});
