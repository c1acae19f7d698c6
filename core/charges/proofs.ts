// What must hold between fees, the days they are for, and the books.
import type { Proof } from "../kernel/proof.ts";

export const chargeProofs: readonly Proof[] = [
  {
    name: "charges.equal-their-postings",
    claim: "Each transaction of fees carries exactly the charges, and the taxes, that name it",
    async find(t, providerId, limit) {
      const rows = await t`
        with made as (
          select account_id, transaction_id, currency, sum(amount_micros) as amount, sum(tax_micros) as tax from app.charges
          where provider_id = ${providerId} and details ? 'countsOn' and transaction_id is not null group by 1, 2, 3),
        posted as (
          select p.account_id, p.transaction_id, p.currency,
            sum(case when 'tax.payable' in (p.debit, p.credit) then 0 else case when p.debit = 'settlement' then p.amount_micros else -p.amount_micros end end) as amount,
            sum(case when 'tax.payable' in (p.debit, p.credit) then case when p.debit = 'settlement' then p.amount_micros else -p.amount_micros end else 0 end) as tax
          from app.ledger_transactions x
          join app.ledger_postings p on p.provider_id = x.provider_id and p.account_id = x.account_id and p.transaction_id = x.id
          where x.provider_id = ${providerId} and x.template = 'fee.charged' group by 1, 2, 3)
        select coalesce(m.transaction_id, p.transaction_id) as id, coalesce(m.account_id, p.account_id) as account_id, coalesce(m.amount, 0)::text as made, coalesce(m.tax, 0)::text as made_tax,
          coalesce(p.amount, 0)::text as posted, coalesce(p.tax, 0)::text as posted_tax
        from made m full join posted p on p.account_id = m.account_id and p.transaction_id = m.transaction_id and p.currency = m.currency
        where m.amount is distinct from p.amount or m.tax is distinct from p.tax limit ${limit}`;
      return rows.map(
        (r) =>
          `transaction ${r.id} of account ${r.account_id}: its charges come to ${r.made} and ${r.made_tax} of tax, posted are ${r.posted} and ${r.posted_tax} micros`,
      );
    },
  },
  {
    name: "charges.no-day-twice",
    claim: "No recurring fee of a plan is charged twice to a service for a day, less what was given back",
    async find(t, providerId, limit) {
      const rows = await t`
        with charged as (
          select c.account_id, c.service_id, c.plan_id, c.code, c.period_from, least(c.period_to, min(b.period_from)) as live_to
          from app.charges c
          left join app.charges b on b.provider_id = c.provider_id and b.account_id = c.account_id and b.service_id = c.service_id and b.details ->> 'credits' = c.details ->> 'key'
          where c.provider_id = ${providerId} and c.kind = 'fee' and c.amount_micros > 0 and c.details #>> '{terms,kind}' = 'recurring' and c.details #>> '{terms,basis,proration}' <> 'none'
          group by c.account_id, c.id, c.service_id, c.plan_id, c.code, c.period_from, c.period_to),
        days as (
          select *, max(live_to) over (partition by account_id, service_id, plan_id, code order by period_from rows between unbounded preceding and 1 preceding) as charged_to
          from charged where live_to > period_from)
        select service_id, code, period_from::text as day from days where charged_to > period_from limit ${limit}`;
      return rows.map((r) => `service ${r.service_id}: fee ${r.code} is charged twice for ${r.day}`);
    },
  },
  {
    name: "charges.pauses-are-free",
    claim: "No recurring fee that is divided by days is charged for a day of a pause, once the pause has been looked at",
    async find(t, providerId, limit) {
      // A plan may have days of another zone than the provider: the first and the last day are left out.
      const rows = await t`
        with paused as (
          select s.account_id, (s.from_at at time zone p.zone)::date + 1 as from_day, (s.until_at at time zone p.zone)::date - 1 as to_day, s.from_at from app.suspensions s
          join app.providers p on p.id = s.provider_id where s.provider_id = ${providerId}),
        charged as (
          select c.account_id, c.service_id, c.code, c.period_from, least(c.period_to, min(b.period_from)) as live_to from app.charges c
          left join app.charges b on b.provider_id = c.provider_id and b.account_id = c.account_id and b.service_id = c.service_id and b.details ->> 'credits' = c.details ->> 'key'
          where c.provider_id = ${providerId} and c.account_id in (select account_id from paused) and c.kind = 'fee' and c.amount_micros > 0
            and c.details #>> '{terms,kind}' = 'recurring' and c.details #>> '{terms,basis,proration}' <> 'none'
          group by c.account_id, c.id, c.service_id, c.code, c.period_from, c.period_to)
        select c.service_id, c.code, greatest(c.period_from, p.from_day)::text as day from charged c
        join paused p on p.account_id = c.account_id and p.from_day < least(c.live_to, p.to_day) and c.period_from < least(c.live_to, p.to_day)
        join app.charge_schedules d on d.provider_id = ${providerId} and d.account_id = c.account_id and d.service_id = c.service_id
          and coalesce(d.next_due, 'infinity') > p.from_at + interval '1 day'
        where c.live_to > c.period_from limit ${limit}`;
      return rows.map((r) => `service ${r.service_id}: fee ${r.code} is charged for ${r.day}, on which it is paused`);
    },
  },
];
