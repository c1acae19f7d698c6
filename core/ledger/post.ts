// The one function that writes the books: transactions, their postings and the balances, together and once per source key.
import type { RawTx } from "../../db/client.ts";
import { type LedgerTransaction, settlementDelta } from "./templates.ts";

export type Posted = { readonly id: string; readonly accountId: string };

/**
 * Takes the balances of these accounts for the rest of the transaction, in one order, so that two batches over the same accounts can't wait for
 * each other. Ids of transactions are made after this: then they grow in the order in which an account's balance moves, and its statement reads in order.
 */
export async function lockBalances(t: RawTx, providerId: number, accountIds: Iterable<string>): Promise<void> {
  const ids = [...new Set(accountIds)];
  if (ids.length > 0)
    await t`select from app.balances where provider_id = ${providerId} and account_id = any(${ids}::uuid[]) order by account_id, currency for update`;
}

/**
 * Posts transactions, at most one per account in a call, all or none. A source key that the account has already is left out.
 * The caller holds the balances (`lockBalances`). They move in the same statement and may go below zero, since usage that has happened is owed. Gives those that were posted.
 * Throws when an account has no balance in the transaction's currency.
 */
export async function post(
  t: RawTx,
  providerId: number,
  transactions: readonly LedgerTransaction[],
  now: Temporal.Instant,
): Promise<Posted[]> {
  if (transactions.length === 0) return [];
  const rows = transactions.map((x) => ({
    id: x.id,
    account_id: x.accountId,
    currency: x.currency,
    template: x.template,
    source_key: x.sourceKey,
    effective_at: x.effectiveAt,
    details: x.details,
    reverses_id: x.reversesId ?? null,
    delta: settlementDelta(x.postings).toString(),
    postings: x.postings.map((p, i) => ({
      line: i + 1,
      debit: p.debit,
      credit: p.credit,
      amount: p.amountMicros.toString(),
      after: settlementDelta(x.postings.slice(i + 1)).toString(),
    })),
  }));
  if (new Set(rows.map((r) => r.account_id)).size !== rows.length)
    throw new Error("post: more than one transaction for an account in one call");

  // 1,632 transactions: about 70 ms, 20 of them the foreign keys. Arrays through unnest took as long as this JSON (87 and 88 ms side by side).
  const result = await t<{ id: string; account_id: string; lines: number; balances: number }[]>`
    with given as materialized (
      select * from jsonb_to_recordset(${JSON.stringify(rows)}::text::jsonb) as g(id uuid, account_id uuid, currency text, template text, source_key text,
        effective_at timestamptz, details jsonb, reverses_id uuid, delta bigint, postings jsonb) order by account_id),
    written as (
      insert into app.ledger_transactions (provider_id, account_id, id, template, source_key, effective_at, posted_at, details, reverses_id)
      select ${providerId}, account_id, id, template, source_key, effective_at, ${now.toString()}::timestamptz, details, reverses_id from given
      on conflict (provider_id, account_id, source_key) do nothing returning id, account_id),
    moved as (
      update app.balances b set balance_micros = b.balance_micros + g.delta
      from given g join written w on w.id = g.id
      where b.provider_id = ${providerId} and b.account_id = g.account_id and b.currency = g.currency
      returning b.account_id, b.balance_micros),
    lines as (
      insert into app.ledger_postings (provider_id, account_id, transaction_id, line, debit, credit, amount_micros, currency, balance_after_micros)
      select ${providerId}, g.account_id, g.id, p.line, p.debit, p.credit, p.amount, g.currency, m.balance_micros - p.after
      from given g join moved m on m.account_id = g.account_id, jsonb_to_recordset(g.postings) as p(line int, debit text, credit text, amount bigint, after bigint)
      returning transaction_id)
    select w.id, w.account_id, (select count(*)::int from lines) as lines, (select count(*)::int from moved) as balances from written w`;
  if (result.length > 0 && result[0]!.balances !== result.length)
    throw new Error("post: an account has no balance in the currency of its transaction");
  return result.map((r) => ({ id: r.id, accountId: r.account_id }));
}
