// What transactions add to the general ledger, for the read side: it folds sums by day, and no posting waits for a row that all share.
import type { RawTx } from "../../db/client.ts";
import { jsonText } from "../kernel/json.ts";
import type { LedgerTransaction, ProviderTransaction } from "./templates.ts";

export type GlEntry = {
  /** Null in the provider's own books. */
  readonly accountId: string | null;
  readonly debit: string;
  readonly credit: string;
  readonly currency: string;
  /** The quarter of an hour (UTC) in which it takes effect: days of every zone begin at one. */
  readonly at: string;
  amountMicros: bigint;
};

type Source = Pick<LedgerTransaction | ProviderTransaction, "currency" | "effectiveAt" | "postings"> & { readonly accountId?: string };

const QUARTER_MS = 900_000;
const quarterOf = (instant: string): string => new Date(Math.floor(Date.parse(instant) / QUARTER_MS) * QUARTER_MS).toISOString();

/** The postings summed up, per account, pair of general-ledger accounts, currency and quarter of an hour. */
export function entriesOf(transactions: readonly Source[]): GlEntry[] {
  const sums = new Map<string, GlEntry>();
  for (const { accountId = null, currency, effectiveAt, postings } of transactions) {
    const at = quarterOf(effectiveAt);
    for (const { debit, credit, amountMicros } of postings) {
      const key = `${accountId} ${debit} ${credit} ${currency} ${at}`;
      const sum = sums.get(key);
      if (sum) sum.amountMicros += amountMicros;
      else sums.set(key, { accountId, debit, credit, currency, at, amountMicros });
    }
  }
  return [...sums.values()];
}

/** What the event `ledger.posted` says of these transactions. */
export const postedData = (transactions: readonly Source[]) => ({
  accountIds: [...new Set(transactions.flatMap(({ accountId }) => accountId ?? []))],
  gl: entriesOf(transactions),
});

/** Tells the read side that these were posted; commands do it with `emit("ledger.posted", postedData(…))`. */
export async function tellPosted(t: RawTx, providerId: number, transactions: readonly Source[], now: Temporal.Instant): Promise<void> {
  if (transactions.length > 0)
    await t`insert into app.events (provider_id, type, at, data)
      values (${providerId}, 'ledger.posted', ${now.toString()}::timestamptz, ${jsonText(postedData(transactions))}::text::jsonb)`;
}
