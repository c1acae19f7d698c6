// What must hold between what usage has used up and the records that did.
import type { Proof } from "../kernel/proof.ts";

export const counterProofs: readonly Proof[] = [
  {
    name: "usage.bundles-used-by-records",
    claim: "What is used of each bundle is the sum of what records took out of it",
    async find(t, providerId, limit) {
      // A quantity is exact text in the bundle's units, "30" or "61/60"; the counter is in 10^-9 of what is measured.
      const rows = await t`
        with drawn as (
          select r.account_id, r.service_id, r.plan_id, r.plan_version, d.code, d.pooled, d."from" as period_from,
            sum(split_part(d.quantity, '/', 1)::numeric(60, 20) / coalesce(nullif(split_part(d.quantity, '/', 2), ''), '1')::numeric(60, 20)) as units
          from (
            -- What adjustments of a closed month made of a record.
            select r.account_id, r.service_id, coalesce(h.new_plan_id, r.plan_id) as plan_id, coalesce(h.new_plan_version, r.plan_version) as plan_version,
              case when h.key is null then r.details else h.new_details end as details
            from app.usage_records r left join (
              select distinct on (account_id, key) account_id, key, new_plan_id, new_plan_version, new_details from app.rerated_records
              where provider_id = ${providerId} and adjusted order by account_id, key, rerated_at desc, run_id desc) h on h.account_id = r.account_id and h.key = r.key
            where r.provider_id = ${providerId}) r, jsonb_to_recordset(r.details -> 'drawn') as d(code text, pooled boolean, "from" date, quantity text)
          where jsonb_array_length(r.details -> 'drawn') > 0 group by 1, 2, 3, 4, 5, 6, 7),
        sizes as (
          select v.plan_id, v.version, b ->> 'code' as code, coalesce(b -> 'unit' ->> 'size', '1')::numeric as size
          from app.plan_versions v, jsonb_array_elements(v.document -> 'bundles') b
          where v.provider_id = ${providerId} and jsonb_typeof(v.document -> 'bundles') = 'array'),
        said as (
          select d.account_id, case when d.pooled then '00000000-0000-0000-0000-000000000000' else d.service_id end as service_id, d.plan_id, d.code, d.period_from,
            round(sum(d.units * s.size) * 1000000000) as used
          from drawn d join sizes s on s.plan_id = d.plan_id and s.version = d.plan_version and s.code = d.code group by 1, 2, 3, 4, 5),
        kept as (
          -- A counter with "+" is the part that was used after the bundle's own period.
          select account_id, service_id, plan_id, rtrim(code, '+') as code, period_from, sum(used) as used
          from app.usage_counters where provider_id = ${providerId} and kind = 'bundle' group by 1, 2, 3, 4, 5)
        select coalesce(s.account_id, k.account_id) as account_id, coalesce(s.code, k.code) as code, coalesce(s.period_from, k.period_from)::text as period_from,
          coalesce(s.used, 0)::text as said, coalesce(k.used, 0)::text as kept
        from said s full join kept k using (account_id, service_id, plan_id, code, period_from)
        where coalesce(s.used, 0) <> coalesce(k.used, 0) limit ${limit}`;
      return rows.map(
        (r) =>
          `account ${r.account_id}: ${r.kept} (10^-9) of bundle ${r.code} of ${r.period_from} are said to be used, its records took ${r.said}`,
      );
    },
  },
  {
    name: "usage.periods-charged-once",
    claim: "The charges of each period are the sum of what records changed its price by",
    async find(t, providerId, limit) {
      const rows = await t`
        with changed as (
          select r.account_id, r.service_id, r.plan_id, p.code, p."from" as period_from, sum(p."amountMicros") as amount, sum(p."taxMicros") as tax
          from app.usage_records r, jsonb_to_recordset(r.details -> 'period') as p(code text, "from" date, "amountMicros" numeric, "taxMicros" numeric)
          where r.provider_id = ${providerId} and jsonb_array_length(r.details -> 'period') > 0 group by 1, 2, 3, 4, 5),
        charged as (
          select account_id, service_id, plan_id, code, period_from, sum(amount_micros) as amount, sum(tax_micros) as tax
          from app.charges where provider_id = ${providerId} and kind = 'usage' and usage_at is not null group by 1, 2, 3, 4, 5)
        select coalesce(a.account_id, b.account_id) as account_id, coalesce(a.code, b.code) as code, coalesce(a.period_from, b.period_from)::text as period_from,
          coalesce(a.amount, 0)::text as said, coalesce(b.amount, 0)::text as charged
        from changed a full join charged b using (account_id, service_id, plan_id, code, period_from)
        where coalesce(a.amount, 0) <> coalesce(b.amount, 0) or coalesce(a.tax, 0) <> coalesce(b.tax, 0) limit ${limit}`;
      return rows.map(
        (r) =>
          `account ${r.account_id}: ${r.code} of the period from ${r.period_from} is charged ${r.charged}, its records changed its price by ${r.said} micros`,
      );
    },
  },
];
