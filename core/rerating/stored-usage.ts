// Usage as it is stored, with what was charged for it, on its way to being rated again.
import type postgres from "postgres";
import type { RawTx } from "../../db/client.ts";
import type { UsageFact } from "../rating/usage.ts";
import { factOfStored, type StoredFacts } from "../usage/fact.ts";
import type { RatedDetails } from "../usage/price-fact.ts";

/** A charge of a record. Amounts in `details` are text when they come from the database. */
export type Charged = {
  readonly amountMicros: bigint;
  readonly taxMicros: bigint;
  readonly billedSec: number;
  readonly prefix: string | null;
  readonly destinationName: string | null;
  readonly reason: string | null;
  readonly planId: string;
  readonly planVersion: number;
  readonly details: RatedDetails | null;
};

export type StoredUsage = {
  readonly key: string;
  readonly startedAt: string;
  readonly startedMs: number;
  readonly accountId: string;
  readonly serviceId: string;
  readonly subscriberId: string;
  readonly groupId: string;
  readonly destination: string;
  readonly fact: UsageFact;
  /** What is charged by now: of a closed month, with the adjustments that there were. */
  readonly charged: Charged;
  /** The ledger transaction that carries the charge. */
  readonly transactionId: string | null;
  /** Whose usage was charged on; nothing for one's own subscribers. */
  readonly partnerId: number | undefined;
  /** Its month is closed. */
  readonly closed: boolean;
};

type Row = {
  account_id: string;
  started_at: string;
  key: string;
  service_id: string;
  subscriber_id: string;
  group_id: string;
  kind: string;
  direction: string;
  destination: string;
  disposition: string;
  duration_sec: number;
  billable_sec: number;
  billed_sec: number;
  prefix: string | null;
  destination_name: string | null;
  amount_micros: string;
  tax_micros: string;
  reason: string | null;
  plan_id: string;
  plan_version: number;
  transaction_id: string | null;
  answered_at: string | null;
  facts: StoredFacts | null;
  details: RatedDetails | null;
  partner_id: number | null;
};

/** What adjustments have made of the charges of records in closed months, by account and key. */
export type Adjusted = ReadonlyMap<string, Pick<Charged, "amountMicros" | "taxMicros" | "planId" | "planVersion" | "details">>;

export const columns = (
  t: RawTx,
) => t`r.account_id, r.started_at, r.key, r.service_id, r.subscriber_id, r.group_id, r.kind, r.direction, r.destination,
  r.disposition, r.duration_sec, r.billable_sec, r.billed_sec, r.prefix, r.destination_name, r.amount_micros, r.tax_micros, r.reason, r.plan_id,
  r.plan_version, r.transaction_id, r.answered_at, r.facts, r.details,
  (select g.partner_id from app.agents g where g.provider_id = r.provider_id and g.id = r.agent_id)`;

/** PostgreSQL's text of an instant, in a session whose zone is UTC, as ISO 8601. */
const isoOf = (text: string) => `${text.slice(0, 10)}T${text.slice(11).replace("+00", "Z")}`;

export function usageOfRow(row: Row, closedBeforeMs: number, adjusted: Adjusted): StoredUsage {
  const startedAt = isoOf(row.started_at);
  const startedMs = Date.parse(startedAt);
  const closed = startedMs < closedBeforeMs;
  const charged: Charged = {
    amountMicros: BigInt(row.amount_micros),
    taxMicros: BigInt(row.tax_micros),
    billedSec: row.billed_sec,
    prefix: row.prefix,
    destinationName: row.destination_name,
    reason: row.reason,
    planId: row.plan_id,
    planVersion: row.plan_version,
    details: row.details,
  };
  const adjustment = closed ? adjusted.get(`${row.account_id} ${row.key}`) : undefined;
  return {
    key: row.key,
    startedAt,
    startedMs,
    accountId: row.account_id,
    serviceId: row.service_id,
    subscriberId: row.subscriber_id,
    groupId: row.group_id,
    destination: row.destination,
    // A fact has neither the record's own id nor its source.
    fact: factOfStored({ ...row, call_id: "", source: "", started_at: startedAt, answered_at: row.answered_at && isoOf(row.answered_at) }),
    charged: adjustment ? { ...charged, ...adjustment } : charged,
    transactionId: row.transaction_id,
    partnerId: row.partner_id ?? undefined,
    closed,
  };
}

const PAGE = 5000;

/** Reads the select `r`, with `columns`, a page at a time: whatever there is, no more than a page is held. */
export async function* pagesOf(
  t: RawTx,
  select: postgres.PendingQuery<postgres.Row[]>,
  toUsage: (row: Row) => StoredUsage,
): AsyncGenerator<StoredUsage[]> {
  await t`declare rerated_usage no scroll cursor for ${select}`;
  for (;;) {
    const rows = await t.unsafe<Row[]>(`fetch ${PAGE} from rerated_usage`);
    if (rows.length > 0) yield rows.map(toUsage);
    if (rows.length < PAGE) break;
  }
  await t`close rerated_usage`;
}

export async function readAdjusted(t: RawTx, providerId: number, accountIds: readonly string[]): Promise<Adjusted> {
  const rows = await t<
    {
      account_id: string;
      key: string;
      new_amount_micros: string;
      new_tax_micros: string;
      new_plan_id: string;
      new_plan_version: number;
      new_details: RatedDetails | null;
    }[]
  >`select distinct on (account_id, key) account_id, key, new_amount_micros, new_tax_micros, new_plan_id, new_plan_version, new_details from app.rerated_records
    where provider_id = ${providerId} and account_id = any(${accountIds as string[]}::uuid[]) and adjusted order by account_id, key, rerated_at desc, run_id desc`;
  return new Map(
    rows.map((r) => [
      `${r.account_id} ${r.key}`,
      {
        amountMicros: BigInt(r.new_amount_micros),
        taxMicros: BigInt(r.new_tax_micros),
        planId: r.new_plan_id,
        planVersion: r.new_plan_version,
        details: r.new_details,
      },
    ]),
  );
}
