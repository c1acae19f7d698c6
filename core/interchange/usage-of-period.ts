// The usage of a period, one row a call, in the order of time; its sum is the ledger's.
import type postgres from "postgres";
import type { RawTx } from "../../db/client.ts";
import { instantsOf, type UsageRequest } from "./export-kinds.ts";
import { CHUNK_ROWS, type ControlTotal, type ExportScope, type ExportSource, providerOf } from "./export-source.ts";
import type { Column, Row } from "./xlsx/workbook.ts";

type UsageRow = {
  started_at: string;
  key: string;
  local_sec: number;
  subscriber_number: string;
  subscriber: string;
  account: string;
  service: string;
  direction: string;
  source: string;
  destination: string;
  destination_name: string | null;
  disposition: string;
  duration_sec: number;
  billed_sec: number;
  amount: string;
  currency: string;
  reason: string | null;
  plan: string;
  plan_version: number;
  call_id: string;
};

const columnsIn = (zone: string): Column[] => [
  { header: `Started (${zone})`, kind: "instant", width: 20 },
  { header: "Subscriber no.", kind: "integer", width: 14 },
  { header: "Subscriber", kind: "text", width: 28 },
  { header: "Account", kind: "text", width: 14 },
  { header: "Service", kind: "text", width: 18 },
  { header: "Direction", kind: "text", width: 10 },
  { header: "From", kind: "text", width: 18 },
  { header: "To", kind: "text", width: 18 },
  { header: "Destination", kind: "text", width: 22 },
  { header: "Outcome", kind: "text", width: 12 },
  { header: "Duration", kind: "duration", width: 11 },
  { header: "Billed", kind: "duration", width: 11 },
  { header: "Amount", kind: "money", width: 16 },
  { header: "Currency", kind: "text", width: 9 },
  { header: "Why free", kind: "text", width: 16 },
  { header: "Plan", kind: "text", width: 18 },
  { header: "Plan version", kind: "integer", width: 12 },
  { header: "Call id", kind: "text", width: 26 },
];

const cellsOf = (r: UsageRow): Row => [
  r.local_sec,
  BigInt(r.subscriber_number),
  r.subscriber,
  r.account,
  r.service,
  r.direction,
  r.source,
  r.destination,
  r.destination_name,
  r.disposition,
  r.duration_sec,
  r.billed_sec,
  BigInt(r.amount),
  r.currency,
  r.reason,
  r.plan,
  r.plan_version,
  r.call_id,
];

type Fragment = postgres.PendingQuery<postgres.Row[]>;
type Cursor = { readonly startedAt: string; readonly key: string };
type Sum = { records: number; durationSec: number; billedSec: number; amountMicros: bigint };

/** Call it inside a transaction that sees one snapshot and `scope.providerId`. */
export async function usageOfPeriod(t: RawTx, scope: ExportScope, request: UsageRequest): Promise<ExportSource> {
  const { providerId } = scope;
  const provider = await providerOf(t, providerId);
  const { from, to } = instantsOf(request, provider.zone);
  const mine = t`
    r.provider_id = ${providerId} and r.started_at >= ${from}::timestamptz and r.started_at < ${to}::timestamptz
    ${request.subscriberId ? t`and r.account_id in (select account_id from app.accounts where provider_id = ${providerId} and subscriber_id = ${request.subscriberId})` : t``}
    ${scope.groupIds === null ? t`` : t`and r.subscriber_id in (select id from app.subscribers where provider_id = ${providerId} and group_id = any(${scope.groupIds as string[]}::uuid[]))`}`;
  const ofOne = request.subscriberId !== undefined;
  const [count] = await t<{ n: string }[]>`select count(*)::text as n from app.usage_records r where ${mine}`;
  const sums = new Map<string, Sum>();

  /** One subscriber's rows are few and found by the account. */
  const pageOfOne = (after: Cursor | undefined) => t`
    select r.* from app.usage_records r where ${mine} ${after ? t`and (r.started_at, r.key) > (${after.startedAt}::timestamptz, ${after.key}::uuid)` : t``}
    order by r.started_at, r.key limit ${CHUNK_ROWS}`;

  /** Those of everybody are taken along the timeline of keys, the one index in the order of time; else each page would sort all that remain. */
  const pageOfAll = (after: Cursor | undefined) => t`
    select r.* from (
      select k.started_at, k.key, k.account_id from app.usage_keys k
      where k.provider_id = ${providerId} and k.account_id is not null and k.started_at < ${to}::timestamptz
        and ${after ? t`(k.started_at, k.key) > (${after.startedAt}::timestamptz, ${after.key}::uuid)` : t`k.started_at >= ${from}::timestamptz`}
        ${
          scope.groupIds === null
            ? t``
            : t`and k.account_id in (select a.account_id from app.accounts a join app.subscribers s on s.provider_id = a.provider_id and s.id = a.subscriber_id
          where a.provider_id = ${providerId} and s.group_id = any(${scope.groupIds as string[]}::uuid[]))`
        }
      order by k.started_at, k.key limit ${CHUNK_ROWS}) k
    join app.usage_records r on r.provider_id = ${providerId} and r.account_id = k.account_id and r.started_at = k.started_at and r.key = k.key`;

  async function* rows() {
    let after: Cursor | undefined;
    for (;;) {
      const chunk = await t<UsageRow[]>`
        with page as materialized (${ofOne ? pageOfOne(after) : pageOfAll(after)})
        select r.started_at, r.key, extract(epoch from r.started_at at time zone ${provider.zone})::float8 as local_sec, s.number::text as subscriber_number,
          s.name as subscriber, a.number as account, v.label as service, r.direction, r.source, r.destination, r.destination_name, r.disposition, r.duration_sec,
          r.billed_sec, r.amount_micros::text as amount, r.currency, r.reason, p.name as plan, r.plan_version, r.call_id
        from page r
        join app.subscribers s on s.provider_id = ${providerId} and s.id = r.subscriber_id
        join app.accounts a on a.provider_id = ${providerId} and a.account_id = r.account_id
        join app.services v on v.provider_id = ${providerId} and v.account_id = r.account_id and v.id = r.service_id
        join app.plans p on p.provider_id = ${providerId} and p.id = r.plan_id
        order by r.started_at, r.key`;
      const last = chunk.at(-1);
      if (!last) return;
      for (const row of chunk) addTo(sums, row);
      yield chunk.map(cellsOf);
      if (chunk.length < CHUNK_ROWS) return;
      after = { startedAt: last.started_at, key: last.key };
    }
  }

  return {
    fileName: `usage_${request.from}_${request.to}.xlsx`,
    sheetName: "Usage",
    columns: columnsIn(provider.zone),
    rowsTotal: Number(count!.n),
    extraRows: 0,
    about: [
      ["Provider", provider.name],
      ["What", "Usage by the time it began"],
      ["From", request.from],
      ["To", `${request.to} (included)`],
      ["Time zone", provider.zone],
    ],
    rows,
    totals: () => [...sums].sort().map(([currency, sum]) => totalRow(currency, sum)),
    control: () => control(t, providerId, mine, { from, to }, sums),
  };
}

function addTo(sums: Map<string, Sum>, row: UsageRow): void {
  const sum = sums.get(row.currency) ?? { records: 0, durationSec: 0, billedSec: 0, amountMicros: 0n };
  sums.set(row.currency, sum);
  sum.records += 1;
  sum.durationSec += row.duration_sec;
  sum.billedSec += row.billed_sec;
  sum.amountMicros += BigInt(row.amount);
}

const totalRow = (currency: string, { records, durationSec, billedSec, amountMicros }: Sum): Row => [
  "Total",
  { as: "integer", value: records },
  ...[records === 1 ? "record" : "records", null, null, null, null, null, null, null],
  durationSec,
  billedSec,
  amountMicros,
  currency,
];

/**
 * The same rows as the ledger has them. A posting carries the usage of a batch, and a batch may reach beyond the period:
 * what its transactions carry outside of the rows is taken off, and what they charge for periods, which is no record's.
 */
async function control(
  t: RawTx,
  providerId: number,
  mine: Fragment,
  { from, to }: { from: string; to: string },
  sums: ReadonlyMap<string, Sum>,
): Promise<ControlTotal[]> {
  const ledger = await t<{ currency: string; amount: string }[]>`
    with carried as materialized (select distinct r.account_id, r.transaction_id from app.usage_records r where ${mine} and r.transaction_id is not null),
    posted as (
      select p.currency, sum(case when p.credit = 'revenue.usage' then p.amount_micros when p.debit = 'revenue.usage' then -p.amount_micros else 0 end) as amount
      from carried c join app.ledger_postings p on p.provider_id = ${providerId} and p.account_id = c.account_id and p.transaction_id = c.transaction_id
      group by p.currency),
    reaching as (
      select c.account_id, c.transaction_id, coalesce((t.details->>'first')::timestamptz, '-infinity') as first, coalesce((t.details->>'last')::timestamptz, 'infinity') as last
      from carried c join app.ledger_transactions t on t.provider_id = ${providerId} and t.account_id = c.account_id and t.id = c.transaction_id),
    outside as (
      select r.currency, sum(r.amount_micros) as amount
      from reaching x join app.usage_records r on r.provider_id = ${providerId} and r.account_id = x.account_id and r.transaction_id = x.transaction_id
        and r.started_at between x.first and x.last
      where (x.first < ${from}::timestamptz or x.last >= ${to}::timestamptz) and not (r.started_at >= ${from}::timestamptz and r.started_at < ${to}::timestamptz)
      group by r.currency),
    periods as (
      select ch.currency, sum(ch.amount_micros) as amount
      from carried c join app.charges ch on ch.provider_id = ${providerId} and ch.account_id = c.account_id and ch.transaction_id = c.transaction_id group by ch.currency)
    select currency, (posted.amount - coalesce(outside.amount, 0) - coalesce(periods.amount, 0))::text as amount
    from posted left join outside using (currency) left join periods using (currency)`;
  const posted = new Map(ledger.map((row) => [row.currency, BigInt(row.amount)]));
  return [...new Set([...sums.keys(), ...posted.keys()])].sort().map((currency) => ({
    currency,
    what: "usage",
    fileMicros: sums.get(currency)?.amountMicros ?? 0n,
    ledgerMicros: posted.get(currency) ?? 0n,
  }));
}
