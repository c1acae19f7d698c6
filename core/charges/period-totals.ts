// What usage cost in billing periods, by component: what the minimum and the discounts of a period are made from.
import type { RawTx } from "../../db/client.ts";
import { startOfDay } from "../kernel/period.ts";
import type { BillingPart } from "../rating/charges/billing-part.ts";
import type { CodeTotal } from "../rating/charges/period-end.ts";

export type PartOfService = { readonly accountId: string; readonly serviceId: string; readonly part: BillingPart };

/** What usage of a quarter of an hour would cost more, or less: a re-rating that isn't done yet. */
export type UsageShift = {
  readonly serviceId: string;
  readonly planId: string;
  readonly code: string;
  readonly atMs: number;
  readonly amountMicros: bigint;
  readonly taxMicros: bigint;
};

/**
 * In the order of the parts. A record belongs to the period in which it began, by the plan's zone. A record of a closed month counts with its
 * adjustments; `shifts` count as if they had happened.
 */
export async function usageTotals(
  t: RawTx,
  providerId: number,
  parts: readonly PartOfService[],
  shifts: readonly UsageShift[] = [],
): Promise<CodeTotal[][]> {
  if (parts.length === 0) return [];
  const asked = parts.map(({ accountId, serviceId, part: { from, to, stay } }, i) => ({
    ...{ i, account_id: accountId, service_id: serviceId, plan_id: stay.plan.planId, day_from: from, day_to: to },
    ...{ at_from: startOfDay(from, stay.plan.zone), at_to: startOfDay(to, stay.plan.zone) },
  }));
  const rows = await t<{ i: number; code: string; amount: string; tax: string }[]>`
    with part as materialized (
      select * from jsonb_to_recordset(${JSON.stringify(asked)}::text::jsonb) as p(i int, account_id uuid, service_id uuid, plan_id uuid, day_from date, day_to date, at_from timestamptz, at_to timestamptz)),
    cost as (
      select p.i, c.code, c.amount_micros, c.tax_micros from part p
      join app.charges c on c.provider_id = ${providerId} and c.account_id = p.account_id and c.service_id = p.service_id and c.plan_id = p.plan_id
        and c.period_from < p.day_to and c.period_to > p.day_from and c.kind = 'usage' and not c.details ? 'countsOn'
      union all
      select p.i, u.code, 0, 0 from part p
      join app.usage_counters u on u.provider_id = ${providerId} and u.account_id = p.account_id and u.service_id = p.service_id and u.plan_id = p.plan_id
        and u.kind = 'total' and u.period_from < p.day_to and u.period_from >= p.day_from
      union all
      select p.i, coalesce(l.line ->> 'code', 'calls'), coalesce((l.line ->> 'amountMicros')::bigint, r.amount_micros), coalesce((l.line ->> 'taxMicros')::bigint, r.tax_micros) from part p
      join app.usage_records r on r.provider_id = ${providerId} and r.account_id = p.account_id and r.started_at >= p.at_from and r.started_at < p.at_to
        and r.service_id = p.service_id and r.plan_id = p.plan_id
      left join lateral jsonb_array_elements(r.details -> 'lines') as l(line) on true
      union all
      select p.i, a.code, a.amount, a.tax from part p
      join app.rerated_records h on h.provider_id = ${providerId} and h.account_id = p.account_id and h.adjusted and h.started_at >= p.at_from and h.started_at < p.at_to
        and not exists (select from app.rerated_records n where n.provider_id = h.provider_id and n.account_id = h.account_id and n.key = h.key and n.adjusted
          and (n.rerated_at, n.run_id) > (h.rerated_at, h.run_id))
      join app.usage_records r on r.provider_id = ${providerId} and r.account_id = h.account_id and r.started_at = h.started_at and r.key = h.key and r.service_id = p.service_id
      cross join lateral (
        select 1 as sign, h.new_plan_id as plan_id, h.new_amount_micros as amount, h.new_tax_micros as tax, h.new_details as details
        union all select -1, r.plan_id, r.amount_micros, r.tax_micros, r.details) s
      cross join lateral (
        select coalesce(l.line ->> 'code', 'calls') as code, s.sign * coalesce((l.line ->> 'amountMicros')::bigint, s.amount) as amount, s.sign * coalesce((l.line ->> 'taxMicros')::bigint, s.tax) as tax
        from (select) one left join lateral jsonb_array_elements(s.details -> 'lines') as l(line) on true
        union all
        select l.line ->> 'code', s.sign * (l.line ->> 'amountMicros')::bigint, s.sign * (l.line ->> 'taxMicros')::bigint from jsonb_array_elements(s.details -> 'period') as l(line)) a
      where s.plan_id = p.plan_id)
    select i, code, sum(amount_micros)::text as amount, sum(tax_micros)::text as tax from cost group by 1, 2 order by 1, 2`;
  const totals: CodeTotal[][] = parts.map(() => []);
  for (const { i, code, amount, tax } of rows)
    totals[i]!.push({ kind: "usage", code, amountMicros: BigInt(amount), taxMicros: BigInt(tax) });
  for (const [i, { serviceId, part }] of parts.entries()) totals[i] = shifted(totals[i]!, shiftsIn(shifts, serviceId, part));
  return totals;
}

function shiftsIn(shifts: readonly UsageShift[], serviceId: string, { from, to, stay }: BillingPart): UsageShift[] {
  const [fromMs, toMs] = [from, to].map((day) => startOfDay(day, stay.plan.zone).epochMilliseconds) as [number, number];
  return shifts.filter((one) => one.serviceId === serviceId && one.planId === stay.plan.planId && one.atMs >= fromMs && one.atMs < toMs);
}

function shifted(totals: CodeTotal[], shifts: readonly UsageShift[]): CodeTotal[] {
  const all = new Map(totals.map((one) => [one.code, one]));
  for (const { code, amountMicros, taxMicros } of shifts) {
    const before = all.get(code) ?? { kind: "usage" as const, code, amountMicros: 0n, taxMicros: 0n };
    all.set(code, { ...before, amountMicros: before.amountMicros + amountMicros, taxMicros: before.taxMicros + taxMicros });
  }
  return [...all.values()];
}
