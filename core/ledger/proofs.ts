// What must hold in the books.
import type { Proof } from "../kernel/proof.ts";

export const ledgerProofs: readonly Proof[] = [
  {
    name: "ledger.transactions-sum-to-zero",
    claim: "Each transaction has postings, and they sum to zero per currency",
    async find(t, providerId, limit) {
      const rows = await t`
        with entries as (
          select account_id, transaction_id, currency, debit as gl, -amount_micros as amount from app.ledger_postings where provider_id = ${providerId}
          union all select account_id, transaction_id, currency, credit, amount_micros from app.ledger_postings where provider_id = ${providerId})
        select x.id, x.template, e.currency, sum(e.amount)::text as sum from app.ledger_transactions x
        left join entries e on e.account_id = x.account_id and e.transaction_id = x.id
        where x.provider_id = ${providerId} group by 1, 2, 3 having sum(e.amount) is distinct from 0 limit ${limit}`;
      return rows.map((r) =>
        r.sum === null
          ? `transaction ${r.id} (${r.template}) has no postings`
          : `transaction ${r.id} (${r.template}) sums to ${r.sum} micros of ${r.currency}`,
      );
    },
  },
  {
    name: "ledger.balances-equal-entries",
    claim: "Each settlement balance equals the sum of its entries",
    async find(t, providerId, limit) {
      const rows = await t`
        with entries as (
          select account_id, currency, sum(case when credit = 'settlement' then amount_micros else 0 end - case when debit = 'settlement' then amount_micros else 0 end) as sum
          from app.ledger_postings where provider_id = ${providerId} group by 1, 2)
        select coalesce(b.account_id, e.account_id) as account_id, coalesce(b.currency, e.currency) as currency, b.balance_micros::text as balance, coalesce(e.sum, 0)::text as sum
        from (select * from app.balances where provider_id = ${providerId}) b full join entries e on e.account_id = b.account_id and e.currency = b.currency
        where b.balance_micros is distinct from coalesce(e.sum, 0) limit ${limit}`;
      return rows.map(
        (r) => `account ${r.account_id}: the balance is ${r.balance ?? "missing"}, its entries sum to ${r.sum} micros of ${r.currency}`,
      );
    },
  },
  {
    name: "ledger.reversals-mirror",
    claim: "Each reversal moves the same amounts as what it reverses, the other way round",
    async find(t, providerId, limit) {
      const rows = await t`
        with net as (
          select account_id, transaction_id, currency, gl, sum(amount) as amount from (
            select account_id, transaction_id, currency, debit as gl, -amount_micros as amount from app.ledger_postings where provider_id = ${providerId}
            union all select account_id, transaction_id, currency, credit, amount_micros from app.ledger_postings where provider_id = ${providerId}) e group by 1, 2, 3, 4)
        select x.id from app.ledger_transactions x where x.provider_id = ${providerId} and x.reverses_id is not null and exists (
          select from (select currency, gl, amount from net n where n.account_id = x.account_id and n.transaction_id = x.id) a
          full join (select currency, gl, amount from net n where n.account_id = x.account_id and n.transaction_id = x.reverses_id) b on a.gl = b.gl and a.currency = b.currency
          where coalesce(a.amount, 0) + coalesce(b.amount, 0) <> 0) limit ${limit}`;
      return rows.map((r) => `transaction ${r.id} does not mirror the one it reverses`);
    },
  },
];
