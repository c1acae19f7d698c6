// What transactions add to the general ledger, for the read side: it folds sums, and no posting waits for a row that all share.
import type { LedgerTransaction } from "./templates.ts";

export type GlEntry = { readonly debit: string; readonly credit: string; readonly currency: string; amountMicros: bigint };

/** The postings summed up, per pair of accounts and currency. */
export function entriesOf(transactions: readonly LedgerTransaction[]): GlEntry[] {
  const sums = new Map<string, GlEntry>();
  for (const { currency, postings } of transactions)
    for (const { debit, credit, amountMicros } of postings) {
      const key = `${debit} ${credit} ${currency}`;
      const sum = sums.get(key);
      if (sum) sum.amountMicros += amountMicros;
      else sums.set(key, { debit, credit, currency, amountMicros });
    }
  return [...sums.values()];
}
