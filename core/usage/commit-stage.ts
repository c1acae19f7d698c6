// Fact, charge, posting, counters and event of the staged records, all in the transaction that calls this.
import type { RawTx } from "../../db/client.ts";
import { jsonText } from "../kernel/json.ts";
import { accountsWithHolds } from "../ledger/balance.ts";
import { entriesOf } from "../ledger/gl-entries.ts";
import { lockBalances, post } from "../ledger/post.ts";
import { type LedgerTransaction, reversed, templates } from "../ledger/templates.ts";
import { type PendingRecord, type QuarantinedRecord, type RatedRecord, startOf } from "./rate-records.ts";
import { storePeriodCharges } from "./store-period-charges.ts";
import type { AccountCharge, Tally } from "./tally.ts";

export type Batch = {
  readonly providerId: number;
  readonly agentId: string;
  readonly firstSequence: number;
  readonly fileId: string | null;
  readonly receivedAt: string;
  /** Names this posting's cause in every account it touches. */
  readonly sourceKey: string;
  readonly zone: string;
  /** The instant before which months are closed, in milliseconds since 1970. */
  readonly closedBeforeMs: number;
};

export type Counts = {
  readonly rows: number;
  readonly rated: number;
  readonly duplicates: number;
  readonly quarantined: number;
  readonly discarded: number;
};

/** Claims the keys of these records. Gives the keys that were claimed before: what has one of them has been charged or is waiting. */
export async function claimKeys(
  t: RawTx,
  providerId: number,
  records: readonly (RatedRecord | PendingRecord | QuarantinedRecord)[],
): Promise<ReadonlySet<string>> {
  const keys = records.map((r) => r.key);
  const starts = records.map((r) => startOf(r.record));
  const accounts = records.map((r) => (r.state === "quarantined" ? null : r.holder.accountId));
  // In the order of the keys, so that two batches with the same rows wait for each other and don't block.
  const claimed = await t<{ key: string }[]>`
    insert into app.usage_keys (provider_id, started_at, key, account_id)
    select ${providerId}::int, c.started_at::timestamptz, c.key, c.account_id from unnest(${starts}::text[], ${keys}::uuid[], ${accounts}::uuid[]) as c(started_at, key, account_id) order by c.key
    on conflict do nothing returning key`;
  if (claimed.length === keys.length) return new Set();
  const fresh = new Set(claimed.map((c) => c.key));
  return new Set(keys.filter((key) => !fresh.has(key)));
}

/** What had a payer when its key was claimed, and had to wait after all. */
export async function disclaimAccounts(t: RawTx, providerId: number, records: readonly QuarantinedRecord[]): Promise<void> {
  if (records.length > 0)
    await t`update app.usage_keys set account_id = null where provider_id = ${providerId} and key = any(${records.map((r) => r.key)}::uuid[])`;
}

/**
 * Holds the balances that these records are charged to, and with them the counters of what was used. Before the tally, which makes the ids of their
 * ledger transactions. Gives the accounts in which money is held for sessions: those of records that cost nothing too.
 */
export async function lockCharged(
  t: RawTx,
  providerId: number,
  records: readonly (RatedRecord | PendingRecord)[],
): Promise<ReadonlySet<string>> {
  const [charged, free] = [new Set<string>(), new Set<string>()];
  for (const r of records) (r.state === "pending" || r.amountMicros > 0n ? charged : free).add(r.holder.accountId);
  const holding = await accountsWithHolds(t, providerId, [...free.difference(charged)]);
  return lockBalances(t, providerId, [...charged, ...holding]);
}

/** Stores the rated records of the stage and posts their charges: one transaction per account for what is owed, and one for what a period fell by. */
export async function storeRated(t: RawTx, batch: Batch, figures: Tally, now: Temporal.Instant): Promise<void> {
  await postCharges(
    t,
    batch,
    [...figures.charges.values()].map((c) => owed(batch, c, now)),
    now,
  );
  await postCharges(
    t,
    batch,
    [...figures.credits.values()].map((c) => credited(batch, c, now)),
    now,
  );
  await storePeriodCharges(t, batch, figures, now);
  await t`
    insert into app.usage_records (provider_id, account_id, started_at, key, service_id, subscriber_id, group_id, kind, call_id, direction, source, destination, disposition,
      duration_sec, billable_sec, billed_sec, prefix, destination_name, amount_micros, tax_micros, currency, reason, plan_id, plan_version, agent_id, sequence, transaction_id,
      answered_at, facts, details, rated_at)
    select ${batch.providerId}::int, account_id, started_at, key, service_id, subscriber_id, group_id, kind, call_id, direction, source, destination, disposition,
      duration_sec, billable_sec, billed_sec, prefix, destination_name, amount_micros, tax_micros, currency, reason, plan_id, plan_version, ${batch.agentId}, sequence, transaction_id,
      answered_at, facts, details, ${now.toString()}::timestamptz
    from usage_stage where state = 'rated'`;
}

async function postCharges(t: RawTx, batch: Batch, transactions: readonly LedgerTransaction[], now: Temporal.Instant): Promise<void> {
  const posted = await post(t, batch.providerId, transactions, now);
  if (posted.length !== transactions.length) throw new Error(`usage of ${batch.sourceKey} was posted before`);
}

/** Usage that comes when its month is closed is charged in the open one: today. */
const transactionOf = ({ closedBeforeMs }: Batch, c: AccountCharge, now: Temporal.Instant) => ({
  id: c.id,
  accountId: c.accountId,
  currency: c.currency,
  effectiveAt: Date.parse(c.last) < closedBeforeMs ? now.toString() : c.last,
  details: {
    records: c.records,
    calls: c.calls,
    billedSec: c.billedSec,
    first: c.first,
    last: c.last,
    ...(c.closedMonths ? { closedMonths: [...c.closedMonths].sort() } : {}),
    ...(c.periods.length === 0 ? {} : { periods: [...new Set(c.periods.map((p) => p.name))] }),
  },
});

const owed = (batch: Batch, c: AccountCharge, now: Temporal.Instant): LedgerTransaction => ({
  ...transactionOf(batch, c, now),
  template: "usage.charged",
  sourceKey: batch.sourceKey,
  postings: templates["usage.charged"](c),
});

const credited = (batch: Batch, c: AccountCharge, now: Temporal.Instant): LedgerTransaction => ({
  ...transactionOf(batch, c, now),
  template: "usage.charged.reversed",
  sourceKey: `${batch.sourceKey}:credit`,
  postings: reversed(templates["usage.charged"]({ amountMicros: -c.amountMicros, taxMicros: -c.taxMicros })),
});

export async function storeQuarantined(t: RawTx, batch: Batch, now: Temporal.Instant): Promise<number> {
  const stored = await t`
    insert into app.usage_quarantine (provider_id, key, started_at, agent_id, first_sequence, sequence, reason, identifier_kind, identifier_value, record, quarantined_at)
    select ${batch.providerId}::int, key, started_at, ${batch.agentId}, ${batch.firstSequence}, sequence, reason, identifier_kind, identifier_value, record, ${now.toString()}::timestamptz
    from usage_stage where state = 'quarantined'`;
  return stored.count;
}

/** Tells the read side what the records add to every figure. */
export async function emitUsageRated(
  t: RawTx,
  batch: Batch,
  { usage, charges, credits, accountIds }: Tally,
  counts: Counts,
  now: Temporal.Instant,
): Promise<void> {
  const { agentId, firstSequence, fileId, receivedAt } = batch;
  const data = jsonText({
    agentId,
    firstSequence,
    fileId,
    receivedAt,
    counts,
    usage,
    gl: entriesOf([...[...charges.values()].map((c) => owed(batch, c, now)), ...[...credits.values()].map((c) => credited(batch, c, now))]),
    accountIds,
  });
  await t`insert into app.events (provider_id, type, at, data) values (${batch.providerId}, 'usage.rated', ${now.toString()}::timestamptz, ${data}::text::jsonb)`;
}
