// What must hold between usage, its keys, its charges and the counts of its batches.
import type { Proof } from "../kernel/proof.ts";
import { chainProofs } from "./chain/proof.ts";
import { counterProofs } from "./counter-proofs.ts";
import { periodProofs } from "./period-proofs.ts";

export const usageProofs: readonly Proof[] = [
  {
    name: "usage.one-net-charge",
    claim:
      "Each usage transaction carries exactly the charges, and the taxes, of its usage records and periods, and each charge is in exactly one",
    async find(t, providerId, limit) {
      const rows = await t`
        with charges as (
          select account_id, transaction_id, currency, sum(amount_micros) as amount, sum(tax_micros) as tax, count(*) as n from (
            select account_id, transaction_id, currency, amount_micros, tax_micros from app.usage_records where provider_id = ${providerId} and transaction_id is not null
            union all select account_id, transaction_id, currency, amount_micros, tax_micros from app.charges
            where provider_id = ${providerId} and kind = 'usage' and not details ? 'countsOn' and transaction_id is not null
            -- What was rated again left its transaction by way of another.
            union all select h.account_id, h.transaction_id, a.currency, h.amount_micros, h.tax_micros from app.rerated_records h
            join app.accounts a on a.provider_id = h.provider_id and a.account_id = h.account_id
            where h.provider_id = ${providerId} and h.correction_id is not null
            union all select h.account_id, h.correction_id, a.currency, -h.amount_micros, -h.tax_micros from app.rerated_records h
            join app.accounts a on a.provider_id = h.provider_id and a.account_id = h.account_id
            where h.provider_id = ${providerId} and h.correction_id is not null) c group by 1, 2, 3),
        postings as (
          select p.account_id, p.transaction_id, p.currency,
            sum(case 'revenue.usage' when p.credit then p.amount_micros when p.debit then -p.amount_micros else 0 end) as amount,
            sum(case 'tax.payable' when p.credit then p.amount_micros when p.debit then -p.amount_micros else 0 end) as tax
          from app.ledger_postings p
          join app.ledger_transactions x on x.provider_id = p.provider_id and x.account_id = p.account_id and x.id = p.transaction_id
          where p.provider_id = ${providerId} and x.template in ('usage.charged', 'usage.charged.reversed') and x.reverses_id is null group by 1, 2, 3)
        select coalesce(c.transaction_id, p.transaction_id) as id, coalesce(c.account_id, p.account_id) as account_id, coalesce(c.n, 0)::text as n,
               coalesce(c.amount, 0)::text as charged, coalesce(p.amount, 0)::text as posted, coalesce(c.tax, 0)::text as taxed, coalesce(p.tax, 0)::text as tax_posted
        from charges c full join postings p on p.account_id = c.account_id and p.transaction_id = c.transaction_id and p.currency = c.currency
        where c.amount is distinct from p.amount or c.tax is distinct from p.tax limit ${limit}`;
      return rows.map(
        (r) =>
          `transaction ${r.id} of account ${r.account_id}: ${r.n} charges come to ${r.charged} and ${r.taxed} of tax, posted are ${r.posted} and ${r.tax_posted} micros`,
      );
    },
  },
  {
    name: "usage.one-record-per-key",
    claim: "Each claimed key has exactly one record, rated or in quarantine, and no record is without its key",
    async find(t, providerId, limit) {
      const rows = await t`
        with held as (
          select key, started_at, account_id from app.usage_records where provider_id = ${providerId}
          union all select key, started_at, null from app.usage_quarantine where provider_id = ${providerId} and resolution is distinct from 'rated')
        select coalesce(k.key, h.key) as key, count(h.key)::int as records, (max(k.key::text) is not null) as claimed,
               bool_and(k.account_id is not distinct from h.account_id and k.started_at = h.started_at) as same_account
        from (select key, started_at, account_id from app.usage_keys where provider_id = ${providerId}) k
        full join held h on h.key = k.key
        group by 1 having count(h.key) <> 1 or max(k.key::text) is null or not bool_and(k.account_id is not distinct from h.account_id and k.started_at = h.started_at) limit ${limit}`;
      return rows.map((r) =>
        !r.claimed
          ? `record ${r.key} has no claim on its key`
          : r.records !== 1
            ? `key ${r.key} has ${r.records} records`
            : `key ${r.key} is claimed for another account or time than its record's`,
      );
    },
  },
  {
    name: "usage.batches-add-up",
    claim: "The counts of the batches equal the records and the quarantine of their agent",
    async find(t, providerId, limit) {
      const rows = await t`
        with counted as (
          select agent_id, sum(rated) as rated, sum(quarantined) as quarantined, sum(discarded) as discarded from app.usage_inbox where provider_id = ${providerId} group by 1),
        rated as (select agent_id, count(*) as n from app.usage_records where provider_id = ${providerId} group by 1),
        held as (select agent_id, count(*) filter (where resolved_at is null) as waiting, count(*) filter (where resolution = 'discarded') as discarded
                 from app.usage_quarantine where provider_id = ${providerId} group by 1)
        select c.agent_id, c.rated::text as rated, coalesce(r.n, 0)::text as records, c.quarantined::text as quarantined, coalesce(h.waiting, 0)::text as waiting,
               c.discarded::text as discarded, coalesce(h.discarded, 0)::text as out
        from counted c left join rated r using (agent_id) left join held h using (agent_id)
        where c.rated <> coalesce(r.n, 0) or c.quarantined <> coalesce(h.waiting, 0) or c.discarded <> coalesce(h.discarded, 0) limit ${limit}`;
      return rows.map(
        (r) =>
          `agent ${r.agent_id}: batches say ${r.rated} rated, ${r.quarantined} waiting, ${r.discarded} discarded; stored are ${r.records}, ${r.waiting}, ${r.out}`,
      );
    },
  },
  {
    name: "usage.sequences-are-whole",
    claim: "An agent's batches don't overlap and, with the rows reported lost, reach its last sequence",
    async find(t, providerId, limit) {
      const rows = await t`
        with batches as (
          select agent_id, first_sequence, rows, lag(first_sequence + rows) over (partition by agent_id order by first_sequence) as expected
          from app.usage_inbox where provider_id = ${providerId}),
        sums as (
          select agent_id, bool_or(first_sequence < expected) as overlaps, sum(rows) as rows, max(first_sequence + rows - 1) as last from batches group by 1)
        select a.id, s.overlaps, s.rows::text as rows, s.last::text as last, a.last_sequence::text as told, a.lost_rows::text as lost
        from app.agents a left join sums s on s.agent_id = a.id
        where a.provider_id = ${providerId} and (coalesce(s.overlaps, false) or coalesce(s.last, 0) <> a.last_sequence or coalesce(s.rows, 0) + a.lost_rows <> a.last_sequence) limit ${limit}`;
      return rows.map(
        (r) =>
          `agent ${r.id}: ${r.rows} rows stored and ${r.lost} lost up to sequence ${r.last}, but the last is ${r.told}${r.overlaps ? "; batches overlap" : ""}`,
      );
    },
  },
  ...counterProofs,
  ...periodProofs,
  ...chainProofs,
];
