// The one function that writes the books: transactions, their postings and the balances, together and once per source key.
import type { PendingQuery, Row } from "postgres";
import type { RawTx } from "../../db/client.ts";
import { coverCharges, isCovered } from "./cover.ts";
import { tellPosted } from "./gl-entries.ts";
import { movePots } from "./pots.ts";
import { asking, type LedgerTransaction, type ProviderTransaction, settlementDelta } from "./templates.ts";

export { lockBalances } from "./balance.ts";

export type Posted = {
  readonly id: string;
  readonly accountId: string;
  /** After it. */
  readonly balanceMicros: bigint;
  /** The balance left the band in which credit control needn't look. */
  readonly creditCheck: boolean;
};

/**
 * Posts transactions, at most one per account in a call, all or none. A source key that the account has already is left out.
 * The caller holds the balances (`lockBalances`). They move along with the entries and may go below zero, since usage that has happened is owed; what is
 * available doesn't, where a template asks. Pots pay as far as there are some, and a payer takes over what is his to pay. Gives those that were posted.
 * Throws when an account has no balance in the transaction's currency; the database refuses (`ledger_transactions_funded`) what isn't funded.
 */
export async function post(
  t: RawTx,
  providerId: number,
  transactions: readonly LedgerTransaction[],
  now: Temporal.Instant,
): Promise<Posted[]> {
  if (transactions.length === 0) return [];
  const written = await write(t, providerId, transactions, now);
  const covers = await coverCharges(
    t,
    providerId,
    written.flatMap(({ transaction, payerAccountId, payerLimitMicros }) =>
      payerAccountId && isCovered(transaction) ? [{ transaction, payerAccountId, payerLimitMicros }] : [],
    ),
    now,
  );
  const takenOver = covers.filter(({ template }) => template === "charge.covered");
  const coveredOf = new Map(takenOver.map((cover) => [cover.accountId, settlementDelta(cover.postings)]));
  const withPots = written.filter(({ transaction, grantedMicros }) => grantedMicros > 0n || transaction.pot || transaction.reversesId);
  await movePots(
    t,
    providerId,
    withPots.map((one) => ({ ...one, coveredMicros: coveredOf.get(one.accountId) ?? 0n })),
    now,
  );
  if (covers.length === 0) return written;
  const after = new Map((await post(t, providerId, covers, now)).map((one) => [one.accountId, one]));
  // Whoever posts tells only what it posted itself.
  await tellPosted(t, providerId, covers, now);
  return written.map((one) => ({ ...one, ...pick(after.get(one.accountId)) }));
}

const pick = (one: Posted | undefined) => (one ? { balanceMicros: one.balanceMicros, creditCheck: one.creditCheck } : {});

type Written = Posted & {
  readonly transaction: LedgerTransaction;
  /** What remained in its pots before. */
  readonly grantedMicros: bigint;
  readonly payerAccountId: string | null;
  readonly payerLimitMicros: bigint | null;
};

/**
 * Three statements one after another, each on what the one before it gave: joined in one, the planner, which can't know how many rows are given, may
 * compare each with each (1,000 transactions: 900 ms instead of 60).
 */
async function write(t: RawTx, providerId: number, transactions: readonly LedgerTransaction[], now: Temporal.Instant): Promise<Written[]> {
  if (new Set(transactions.map((x) => x.accountId)).size !== transactions.length)
    throw new Error("post: more than one transaction for an account in one call");
  const available = await availableAfter(t, providerId, transactions);
  const fresh = await insertTransactions(t, providerId, transactions, available, now);
  const written = await moveBalances(t, providerId, fresh, now);
  await insertPostings(t, providerId, written);
  return written;
}

/** What is available after those that ask, by account. The caller holds the balances, so nothing moves them before we do. */
async function availableAfter(t: RawTx, providerId: number, transactions: readonly LedgerTransaction[]): Promise<Map<string, string>> {
  const asks = transactions.filter(({ template }) => asking.has(template));
  if (asks.length === 0) return new Map();
  const rows = await t<{ account_id: string; currency: string; available: string }[]>`
    select account_id, currency, (balance_micros + credit_limit_micros - held_micros)::text as available from app.balances
    where provider_id = ${providerId} and account_id = any(${asks.map((x) => x.accountId)}::uuid[])`;
  const available = new Map(rows.map((r) => [`${r.account_id} ${r.currency}`, BigInt(r.available)]));
  return new Map(
    asks.flatMap(({ accountId, currency, postings }) => {
      const before = available.get(`${accountId} ${currency}`);
      return before === undefined ? [] : [[accountId, String(before + settlementDelta(postings))] as const];
    }),
  );
}

/** Gives those whose source key was new, in the order of their accounts. */
async function insertTransactions(
  t: RawTx,
  providerId: number,
  transactions: readonly LedgerTransaction[],
  available: ReadonlyMap<string, string>,
  now: Temporal.Instant,
): Promise<LedgerTransaction[]> {
  const inOrder = transactions.toSorted((a, b) => (a.accountId < b.accountId ? -1 : 1));
  const rows = inOrder.map((x) => ({
    ...{
      id: x.id,
      account_id: x.accountId,
      template: x.template,
      source_key: x.sourceKey,
      effective_at: x.effectiveAt,
      details: x.details,
    },
    ...{ reverses_id: x.reversesId, available: available.get(x.accountId) },
  }));
  const inserted = await asWriter(
    t,
    () => t<{ id: string }[]>`
    insert into app.ledger_transactions (provider_id, account_id, id, template, source_key, effective_at, posted_at, details, reverses_id, available_after_micros)
    select ${providerId}::int, account_id, id, template, source_key, effective_at, ${now.toString()}::timestamptz, details, reverses_id, available
    from json_to_recordset(${JSON.stringify(rows)}::text::json) as g(id uuid, account_id uuid, template text, source_key text, effective_at timestamptz, details jsonb,
      reverses_id uuid, available bigint)
    on conflict (provider_id, account_id, source_key) do nothing returning id`,
  );
  if (inserted.length === inOrder.length) return inOrder;
  const ids = new Set(inserted.map(({ id }) => id));
  return inOrder.filter(({ id }) => ids.has(id));
}

async function moveBalances(
  t: RawTx,
  providerId: number,
  transactions: readonly LedgerTransaction[],
  now: Temporal.Instant,
): Promise<Written[]> {
  if (transactions.length === 0) return [];
  const rows = transactions.map((x) => ({ account_id: x.accountId, currency: x.currency, delta: settlementDelta(x.postings).toString() }));
  const moved = await t<MovedRow[]>`
    update app.balances b set balance_micros = b.balance_micros + g.delta,
      owed_since = case when b.balance_micros + g.delta < 0 then coalesce(b.owed_since, ${now.toString()}::timestamptz) end,
      check_credit_at = case when b.balance_micros + g.delta < b.watch_below_micros or b.balance_micros + g.delta >= b.watch_above_micros
        then least(b.check_credit_at, ${now.toString()}::timestamptz) else b.check_credit_at end
    from json_to_recordset(${JSON.stringify(rows)}::text::json) as g(account_id uuid, currency text, delta bigint)
    where b.provider_id = ${providerId} and b.account_id = g.account_id and b.currency = g.currency
    returning b.account_id, b.balance_micros::text as balance, b.granted_micros::text as granted, b.payer_account_id, b.payer_limit_micros::text as payer_limit,
      coalesce(b.balance_micros < b.watch_below_micros or b.balance_micros >= b.watch_above_micros, false) as credit_check`;
  const byAccount = new Map(moved.map((row) => [row.account_id, row]));
  return transactions.map((transaction) => {
    const row = byAccount.get(transaction.accountId);
    if (!row) throw new Error("post: an account has no balance in the currency of its transaction");
    return {
      id: transaction.id,
      accountId: transaction.accountId,
      transaction,
      balanceMicros: BigInt(row.balance),
      grantedMicros: BigInt(row.granted),
      payerAccountId: row.payer_account_id,
      payerLimitMicros: row.payer_limit === null ? null : BigInt(row.payer_limit),
      creditCheck: row.credit_check,
    };
  });
}

type MovedRow = {
  account_id: string;
  balance: string;
  granted: string;
  payer_account_id: string | null;
  payer_limit: string | null;
  credit_check: boolean;
};

async function insertPostings(t: RawTx, providerId: number, written: readonly Written[]): Promise<void> {
  const rows = written.flatMap(({ transaction: x, balanceMicros }) =>
    x.postings.map((p, i) => ({
      ...{
        account_id: x.accountId,
        transaction_id: x.id,
        line: i + 1,
        debit: p.debit,
        credit: p.credit,
        amount: p.amountMicros.toString(),
        currency: x.currency,
      },
      balance: String(balanceMicros - settlementDelta(x.postings.slice(i + 1))),
    })),
  );
  if (rows.length > 0)
    await asWriter(
      t,
      () => t`
      insert into app.ledger_postings (provider_id, account_id, transaction_id, line, debit, credit, amount_micros, currency, balance_after_micros)
      select ${providerId}::int, account_id, transaction_id, line, debit, credit, amount, currency, balance
      from json_to_recordset(${JSON.stringify(rows)}::text::json) as g(account_id uuid, transaction_id uuid, line smallint, debit text, credit text, amount bigint,
        currency text, balance bigint)`,
    );
}

/**
 * Posts to the provider's own books, all or none. A source key that is there already is left out. Gives the ids of those that were posted.
 */
export async function postProvider(
  t: RawTx,
  providerId: number,
  transactions: readonly ProviderTransaction[],
  now: Temporal.Instant,
): Promise<string[]> {
  if (transactions.length === 0) return [];
  const rows = transactions.map((x) => ({
    ...{ id: x.id, template: x.template, source_key: x.sourceKey },
    ...{ effective_at: x.effectiveAt, details: x.details, reverses_id: x.reversesId },
  }));
  const inserted = await asWriter(
    t,
    () => t<{ id: string }[]>`
      insert into app.provider_transactions (provider_id, id, template, source_key, effective_at, posted_at, details, reverses_id)
      select ${providerId}::int, id, template, source_key, effective_at, ${now.toString()}::timestamptz, details, reverses_id
      from json_to_recordset(${JSON.stringify(rows)}::text::json) as g(id uuid, template text, source_key text, effective_at timestamptz, details jsonb, reverses_id uuid)
      on conflict (provider_id, source_key) do nothing returning id`,
  );
  const ids = new Set(inserted.map(({ id }) => id));
  const lines = transactions
    .filter(({ id }) => ids.has(id))
    .flatMap(({ id, currency, postings }) =>
      postings.map((p, i) => ({
        transaction_id: id,
        line: i + 1,
        debit: p.debit,
        credit: p.credit,
        amount: p.amountMicros.toString(),
        currency,
      })),
    );
  if (lines.length > 0)
    await asWriter(
      t,
      () => t`
        insert into app.provider_postings (provider_id, transaction_id, line, debit, credit, amount_micros, currency)
        select ${providerId}::int, transaction_id, line, debit, credit, amount, currency
        from json_to_recordset(${JSON.stringify(lines)}::text::json) as g(transaction_id uuid, line smallint, debit text, credit text, amount bigint, currency text)`,
    );
  return [...ids];
}

/** The policies of the books let entries in while the transaction says that it is this file that writes. Sent together: no round trip more. */
async function asWriter<T extends readonly Row[]>(t: RawTx, query: () => PendingQuery<T>): Promise<T> {
  const [, result] = await Promise.all([t`set local app.posting = 'on'`, query(), t`set local app.posting = ''`]);
  return result as T;
}
