// What must hold between payments and the books.
import type { Proof } from "../kernel/proof.ts";

/** What each payment's entries sum to: on accounts, and in suspense. */
const sums = `
  with own as (
    select m.payment_id, m.account_id, m.transaction_id, m.provider_transaction_id from app.payment_movements m where m.provider_id = $1),
  on_accounts as (
    select o.payment_id, sum(case when p.credit = 'settlement' then p.amount_micros else -p.amount_micros end) as micros,
      sum(case when p.credit = 'settlement' then p.amount_micros else -p.amount_micros end) filter (where p.account_id = y.account_id) as on_its
    from own o join app.payments y on y.provider_id = $1 and y.id = o.payment_id
    join app.ledger_postings p on p.provider_id = $1 and p.account_id = o.account_id and p.transaction_id = o.transaction_id group by 1),
  suspended as (
    select payment_id, sum(micros) as micros from (
      select o.payment_id, case when p.credit = 'suspense.payments' then p.amount_micros when p.debit = 'suspense.payments' then -p.amount_micros else 0 end as micros
      from own o join app.provider_postings p on p.provider_id = $1 and p.transaction_id = o.provider_transaction_id
      union all
      select o.payment_id, case when p.credit = 'suspense.payments' then p.amount_micros when p.debit = 'suspense.payments' then -p.amount_micros else 0 end
      from own o join app.ledger_postings p on p.provider_id = $1 and p.account_id = o.account_id and p.transaction_id = o.transaction_id) s group by 1)`;

export const paymentProofs: readonly Proof[] = [
  {
    name: "payments.entries-equal-state",
    claim: "Each payment's entries sum to what is left of it, on its account or in suspense as its state says",
    async find(t, providerId, limit) {
      const rows = await t.unsafe(
        `${sums}
        select y.id, y.receipt_number::text as receipt, y.state, coalesce(a.micros, 0)::text as on_accounts, coalesce(s.micros, 0)::text as suspended,
          (y.amount_micros - y.refunded_micros - y.charged_back_micros)::text as rest
        from app.payments y left join on_accounts a on a.payment_id = y.id left join suspended s on s.payment_id = y.id
        where y.provider_id = $1 and (
          coalesce(s.micros, 0) <> case when y.state = 'unmatched' then y.amount_micros - y.refunded_micros - y.charged_back_micros else 0 end
          or coalesce(a.micros, 0) <> case when y.state = 'credited' then y.amount_micros - y.refunded_micros - y.charged_back_micros else 0 end
          or (y.state = 'credited' and coalesce(a.on_its, 0) <> a.micros))
        limit ${limit}`,
        [providerId],
      );
      return rows.map(
        (r) =>
          `payment ${r.id} (receipt ${r.receipt}) is ${r.state} with ${r.rest} micros left, but its entries leave ${r.on_accounts} on accounts and ${r.suspended} in suspense`,
      );
    },
  },
  {
    name: "payments.suspense-is-what-waits",
    claim: "The balance of suspense equals the sum of the payments that wait for their account, per currency",
    async find(t, providerId, limit) {
      const rows = await t`
        with books as (
          select currency, sum(case when credit = 'suspense.payments' then amount_micros else -amount_micros end) as micros from (
            select debit, credit, amount_micros, currency from app.provider_postings where provider_id = ${providerId} and 'suspense.payments' in (debit, credit)
            union all
            select debit, credit, amount_micros, currency from app.ledger_postings where provider_id = ${providerId} and 'suspense.payments' in (debit, credit)) p group by 1),
        waiting as (
          select currency, sum(amount_micros - refunded_micros - charged_back_micros) as micros from app.payments where provider_id = ${providerId} and state = 'unmatched' group by 1)
        select coalesce(b.currency, w.currency) as currency, coalesce(b.micros, 0)::text as books, coalesce(w.micros, 0)::text as waiting
        from books b full join waiting w on w.currency = b.currency where coalesce(b.micros, 0) <> coalesce(w.micros, 0) limit ${limit}`;
      return rows.map((r) => `suspense holds ${r.books} micros of ${r.currency}, payments that wait sum to ${r.waiting}`);
    },
  },
  {
    name: "payments.receipts-without-gaps",
    claim: "Receipts are numbered from 1 without gaps",
    async find(t, providerId) {
      const [row] =
        await t`select count(*)::text as n, coalesce(max(receipt_number), 0)::text as last from app.payments where provider_id = ${providerId}`;
      return row!.n === row!.last ? [] : [`${row!.n} payments have receipts up to ${row!.last}`];
    },
  },
];
