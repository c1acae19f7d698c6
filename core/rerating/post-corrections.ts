// The books of a re-rating: in each account what was charged is taken back, what is right is charged, and what belongs to closed months adjusted.
import type { RawTx } from "../../db/client.ts";
import { jsonText } from "../kernel/json.ts";
import { entriesOf, type GlEntry } from "../ledger/gl-entries.ts";
import { post } from "../ledger/post.ts";
import { type LedgerTransaction, reversed, templates } from "../ledger/templates.ts";
import { type AccountChange, type Adjustment, isCredit, type Money, type PeriodChange } from "./account-change.ts";
import type { RunId } from "./runs.ts";

export type Posted = { readonly gl: readonly GlEntry[]; readonly accountIds: readonly string[] };

/** Posts what the accounts' changes come to. The caller holds the balances. */
export async function postCorrections(t: RawTx, run: RunId, changes: readonly AccountChange[], now: Temporal.Instant): Promise<Posted> {
  const groups = [
    changes.flatMap((change) => transactionOf(run, change, "reversed", change.reversed)),
    changes.flatMap((change) => transactionOf(run, change, "charged", change.charged)),
    changes.flatMap((change) => transactionOf(run, change, "credited", sumOf(change, true), now)),
    changes.flatMap((change) => transactionOf(run, change, "adjusted", sumOf(change, false), now)),
  ];
  // One after another, since a call posts at most one for an account.
  for (const transactions of groups) {
    const posted = await post(t, run.providerId, transactions, now);
    if (posted.length !== transactions.length) throw new Error(`re-rating ${run.runId} was posted before`);
  }
  await storeCharges(t, run, changes, now);
  const all = groups.flat();
  return { gl: entriesOf(all), accountIds: [...new Set(all.map((one) => one.accountId))] };
}

const kinds = {
  reversed: { template: "usage.charged.reversed", part: "reversed" },
  charged: { template: "usage.charged", part: "charged" },
  credited: { template: "usage.adjusted.reversed", part: "credited" },
  adjusted: { template: "usage.adjusted", part: "adjusted" },
} as const;

/** `money` is what its records and charges come to; an adjustment belongs to the open month, so it takes effect now. */
function transactionOf(
  run: RunId,
  change: AccountChange,
  kind: keyof typeof kinds,
  money: Readonly<Money>,
  now?: Temporal.Instant,
): LedgerTransaction[] {
  const { template, part } = kinds[kind];
  const back = kind === "reversed" || kind === "credited";
  const postings = template.startsWith("usage.adjusted") ? templates["usage.adjusted"](money) : templates["usage.charged"](money);
  if (postings.length === 0) return [];
  const details = {
    rerating: run.runId,
    ...(now
      ? { months: [...new Set([...change.adjustments.values()].map((one) => one.month))] }
      : { records: change.changed - change.adjusted, first: change.first, last: change.last }),
  };
  return [
    {
      id: change.ids[kind],
      accountId: change.accountId,
      currency: change.currency,
      template,
      sourceKey: `rerating:${run.runId}:${part}`,
      effectiveAt: now?.toString() ?? change.last,
      details,
      postings: back ? reversed(postings) : postings,
    },
  ];
}

/** What adjustments charge, or (`credits`) give back, as an amount above zero. */
function sumOf({ adjustments }: AccountChange, credits: boolean): Money {
  const sum = { amountMicros: 0n, taxMicros: 0n };
  for (const one of adjustments.values()) {
    if (isCredit(one) !== credits) continue;
    sum.amountMicros += credits ? -one.amountMicros : one.amountMicros;
    sum.taxMicros += credits ? -one.taxMicros : one.taxMicros;
  }
  return sum;
}

async function storeCharges(t: RawTx, run: RunId, changes: readonly AccountChange[], now: Temporal.Instant): Promise<void> {
  const rows = changes.flatMap((change) => [
    ...[...change.periods.values()].map((one) => periodRow(run, change, one)),
    ...[...change.adjustments.values()].map((one) => adjustmentRow(run, change, one)),
  ]);
  if (rows.length === 0) return;
  await t`
    insert into app.charges (provider_id, account_id, id, service_id, subscriber_id, group_id, kind, code, name, period_from, period_to, quantity, amount_micros, tax_micros,
      currency, plan_id, plan_version, source_key, details, transaction_id, usage_at, charged_at)
    select ${run.providerId}::int, account_id, id, service_id, subscriber_id, group_id, kind, code, name, period_from, period_to, quantity, amount_micros, tax_micros,
      currency, plan_id, plan_version, source_key, details, transaction_id, usage_at, ${now.toString()}::timestamptz
    from jsonb_to_recordset(${jsonText(rows)}::text::jsonb) as c(account_id uuid, id uuid, service_id uuid, subscriber_id uuid, group_id uuid, kind text, code text, name text,
      period_from date, period_to date, quantity text, amount_micros bigint, tax_micros bigint, currency text, plan_id uuid, plan_version int, source_key text, details jsonb,
      transaction_id uuid, usage_at timestamptz)`;
}

const ofAccount = ({ accountId, currency }: AccountChange, { id, usage, amountMicros, taxMicros, records }: PeriodChange | Adjustment) => ({
  account_id: accountId,
  id,
  service_id: usage.serviceId,
  subscriber_id: usage.subscriberId,
  group_id: usage.groupId,
  quantity: String(records),
  amount_micros: amountMicros,
  tax_micros: taxMicros,
  currency,
});

const periodRow = ({ runId }: RunId, change: AccountChange, one: PeriodChange) => ({
  ...ofAccount(change, one),
  kind: "usage",
  code: one.code,
  name: one.name,
  period_from: one.from,
  period_to: one.to,
  plan_id: one.planId,
  plan_version: one.planVersion,
  source_key: `rerating:${runId}:${one.usage.serviceId}:${one.planId}:${one.code}:${one.from}:${one.day}${one.usage.partnerId === undefined ? "" : `:${one.usage.partnerId}`}`,
  details: {
    rerating: runId,
    records: one.records,
    day: one.day,
    ...(one.usage.partnerId === undefined ? {} : { partner: one.usage.partnerId }),
  },
  transaction_id: isCredit(one) ? change.ids.reversed : change.ids.charged,
  usage_at: one.usageAt,
});

const adjustmentRow = ({ runId }: RunId, change: AccountChange, one: Adjustment) => ({
  ...ofAccount(change, one),
  kind: "adjustment",
  code: "adjustment",
  name: `Usage of ${one.month} rated again`,
  period_from: `${one.month}-01`,
  period_to: Temporal.PlainDate.from(`${one.month}-01`).add({ months: 1 }).toString(),
  plan_id: one.to.planId,
  plan_version: one.to.planVersion,
  source_key: `rerating:${runId}:adjusted:${one.usage.serviceId}:${one.month}`,
  details: { rerating: runId, records: one.records },
  transaction_id: isCredit(one) ? change.ids.credited : change.ids.adjusted,
  usage_at: null,
});
