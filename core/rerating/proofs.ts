// What must hold between adjustments of closed months, the books and the records that they are about.
import type { Proof } from "../kernel/proof.ts";

export const reratingProofs: readonly Proof[] = [
  {
    name: "rerating.adjustments-are-posted",
    claim: "Each adjustment of closed months carries exactly its charges, and the taxes on them",
    async find(t, providerId, limit) {
      const rows = await t`
        with charged as (
          select account_id, transaction_id, sum(amount_micros) as amount, sum(tax_micros) as tax from app.charges
          where provider_id = ${providerId} and kind = 'adjustment' group by 1, 2),
        posted as (
          select p.account_id, p.transaction_id,
            sum(case 'revenue.adjustments' when p.credit then p.amount_micros when p.debit then -p.amount_micros else 0 end) as amount,
            sum(case 'tax.payable' when p.credit then p.amount_micros when p.debit then -p.amount_micros else 0 end) as tax
          from app.ledger_postings p
          join app.ledger_transactions x on x.provider_id = p.provider_id and x.account_id = p.account_id and x.id = p.transaction_id
          where p.provider_id = ${providerId} and x.template in ('usage.adjusted', 'usage.adjusted.reversed') and x.reverses_id is null group by 1, 2)
        select coalesce(c.transaction_id, p.transaction_id) as id, coalesce(c.amount, 0)::text as charged, coalesce(p.amount, 0)::text as posted
        from charged c full join posted p on p.account_id = c.account_id and p.transaction_id = c.transaction_id
        where c.amount is distinct from p.amount or c.tax is distinct from p.tax limit ${limit}`;
      return rows.map((r) => `transaction ${r.id}: adjustments come to ${r.charged}, posted are ${r.posted} micros`);
    },
  },
  {
    name: "rerating.adjustments-are-of-records",
    claim: "What each run adjusted in an account is what the prices of its records in closed months changed by",
    async find(t, providerId, limit) {
      const rows = await t`
        with parts as (
          select h.account_id, h.run_id, h.new_amount_micros - h.amount_micros as amount, h.new_tax_micros - h.tax_micros as tax from app.rerated_records h
          where h.provider_id = ${providerId} and h.adjusted
          union all select h.account_id, h.run_id, p."amountMicros", p."taxMicros" from app.rerated_records h,
            jsonb_to_recordset(h.new_details -> 'period') as p("amountMicros" numeric, "taxMicros" numeric)
          where h.provider_id = ${providerId} and h.adjusted and jsonb_typeof(h.new_details -> 'period') = 'array'
          union all select h.account_id, h.run_id, -p."amountMicros", -p."taxMicros" from app.rerated_records h,
            jsonb_to_recordset(h.details -> 'period') as p("amountMicros" numeric, "taxMicros" numeric)
          where h.provider_id = ${providerId} and h.adjusted and jsonb_typeof(h.details -> 'period') = 'array'),
        said as (select account_id, run_id, sum(amount) as amount, sum(tax) as tax from parts group by 1, 2),
        charged as (
          select account_id, (details ->> 'rerating')::uuid as run_id, sum(amount_micros) as amount, sum(tax_micros) as tax from app.charges
          where provider_id = ${providerId} and kind = 'adjustment' group by 1, 2)
        select coalesce(s.account_id, c.account_id) as account_id, coalesce(s.run_id, c.run_id) as run_id, coalesce(s.amount, 0)::text as said, coalesce(c.amount, 0)::text as charged
        from said s full join charged c using (account_id, run_id)
        where coalesce(s.amount, 0) <> coalesce(c.amount, 0) or coalesce(s.tax, 0) <> coalesce(c.tax, 0) limit ${limit}`;
      return rows.map(
        (r) => `account ${r.account_id}, run ${r.run_id}: ${r.charged} were adjusted, its records changed by ${r.said} micros`,
      );
    },
  },
];
