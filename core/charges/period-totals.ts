// What usage cost in billing periods, by component: what the minimum and the discounts of a period are made from.
import type { RawTx } from "../../db/client.ts";
import { startOfDay } from "../kernel/period.ts";
import type { BillingPart } from "../rating/charges/billing-part.ts";
import type { CodeTotal } from "../rating/charges/period-end.ts";

export type PartOfService = { readonly accountId: string; readonly serviceId: string; readonly part: BillingPart };

/** In the order of the parts. A record belongs to the period in which it began, by the plan's zone. */
export async function usageTotals(t: RawTx, providerId: number, parts: readonly PartOfService[]): Promise<CodeTotal[][]> {
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
      left join lateral jsonb_array_elements(r.details -> 'lines') as l(line) on true)
    select i, code, sum(amount_micros)::text as amount, sum(tax_micros)::text as tax from cost group by 1, 2 order by 1, 2`;
  const totals: CodeTotal[][] = parts.map(() => []);
  for (const { i, code, amount, tax } of rows)
    totals[i]!.push({ kind: "usage", code, amountMicros: BigInt(amount), taxMicros: BigInt(tax) });
  return totals;
}
