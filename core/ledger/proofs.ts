// What must hold in the books.
import type { Proof } from "../kernel/proof.ts";
import { allowedPairs } from "./template-sides.ts";

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
        with pairs as (
          select x.account_id, x.id, v.part from app.ledger_transactions x cross join lateral (values (x.id), (x.reverses_id)) v(part)
          where x.provider_id = ${providerId} and x.reverses_id is not null),
        moved as (
          select r.id, p.currency, p.debit, p.credit, p.amount_micros from pairs r
          join app.ledger_postings p on p.provider_id = ${providerId} and p.account_id = r.account_id and p.transaction_id = r.part)
        select distinct id from (
          select id, currency, debit as gl, -amount_micros as amount from moved union all select id, currency, credit, amount_micros from moved) e
        group by id, currency, gl having sum(amount) <> 0 limit ${limit}`;
      return rows.map((r) => `transaction ${r.id} does not mirror the one it reverses`);
    },
  },
  {
    name: "ledger.closed-months-stand",
    claim: "Nothing that is posted after a month was closed takes effect in it",
    async find(t, providerId, limit) {
      // Whoever closes a month waits for what is being posted, which may have begun a little later.
      const rows = await t`
        select x.id, x.template, min(m.month)::text as month from app.ledger_transactions x
        join app.closed_months m on m.provider_id = x.provider_id
        join app.providers p on p.id = m.provider_id
        where x.provider_id = ${providerId} and x.posted_at > m.closed_at + interval '15 minutes' and x.effective_at < (m.month + interval '1 month') at time zone p.zone
        group by 1, 2 limit ${limit}`;
      return rows.map(
        (r) => `transaction ${r.id} (${r.template}) was posted when ${r.month.slice(0, 7)} was closed, and takes effect in it or before`,
      );
    },
  },
  {
    name: "ledger.nothing-is-loose",
    claim: "Each posting belongs to a transaction, and each transaction to an account",
    async find(t, providerId, limit) {
      const rows = await t`
        select 'posting ' || p.line || ' of transaction ' || p.transaction_id || ' has no transaction' as message from app.ledger_postings p
        where p.provider_id = ${providerId} and not exists (
          select from app.ledger_transactions x where x.provider_id = p.provider_id and x.account_id = p.account_id and x.id = p.transaction_id)
        union all
        select 'transaction ' || x.id || ' (' || x.template || ') has no account' from app.ledger_transactions x
        where x.provider_id = ${providerId} and not exists (select from app.accounts a where a.provider_id = x.provider_id and a.account_id = x.account_id)
        limit ${limit}`;
      return rows.map((r) => r.message);
    },
  },
  {
    name: "ledger.postings-fit-their-templates",
    claim: "Each posting moves money between accounts that its template names",
    async find(t, providerId, limit) {
      const pairs = JSON.stringify(allowedPairs);
      const rows = await t`
        select x.id, x.template, p.debit, p.credit from app.ledger_postings p
        join app.ledger_transactions x on x.provider_id = p.provider_id and x.account_id = p.account_id and x.id = p.transaction_id
        where p.provider_id = ${providerId} and (x.template, p.debit, p.credit) not in (
          select a.template, a.debit, a.credit from jsonb_to_recordset(${pairs}::text::jsonb) as a(template text, debit text, credit text)) limit ${limit}`;
      return rows.map((r) => `transaction ${r.id} (${r.template}) moves money from ${r.debit} to ${r.credit}`);
    },
  },
  {
    name: "ledger.clearing-comes-to-nothing",
    claim: "What one account sends another receives, and what is paid for one account another pays",
    async find(t, providerId, limit) {
      const rows = await t`
        select currency, sum(case when debit = 'clearing.transfers' then amount_micros else -amount_micros end)::text as sum from app.ledger_postings
        where provider_id = ${providerId} and 'clearing.transfers' in (debit, credit) group by 1 having sum(case when debit = 'clearing.transfers' then amount_micros else -amount_micros end) <> 0
        limit ${limit}`;
      return rows.map((r) => `clearing.transfers comes to ${r.sum} micros of ${r.currency}`);
    },
  },
  {
    name: "ledger.pots-equal-their-draws",
    claim: "What remains in each pot is what was granted less what was drawn",
    async find(t, providerId, limit) {
      const rows = await t`
        select p.account_id, p.id, p.remaining_micros::text as remaining, (p.granted_micros - coalesce(sum(d.amount_micros), 0))::text as reckoned from app.pots p
        left join app.pot_draws d on d.provider_id = p.provider_id and d.account_id = p.account_id and d.pot_id = p.id
        where p.provider_id = ${providerId} group by p.provider_id, p.account_id, p.id
        having p.remaining_micros <> p.granted_micros - coalesce(sum(d.amount_micros), 0) limit ${limit}`;
      return rows.map((r) => `pot ${r.id} of account ${r.account_id} has ${r.remaining} micros left, its draws leave ${r.reckoned}`);
    },
  },
  {
    name: "ledger.granted-equals-pots",
    claim: "What an account has beside cash is what remains in its pots",
    async find(t, providerId, limit) {
      const rows = await t`
        select b.account_id, b.granted_micros::text as granted, coalesce(sum(p.remaining_micros), 0)::text as remaining from app.balances b
        left join app.pots p on p.provider_id = b.provider_id and p.account_id = b.account_id
        where b.provider_id = ${providerId} group by b.provider_id, b.account_id, b.currency having b.granted_micros <> coalesce(sum(p.remaining_micros), 0) limit ${limit}`;
      return rows.map((r) => `account ${r.account_id}: ${r.granted} micros are granted, its pots have ${r.remaining}`);
    },
  },
];
