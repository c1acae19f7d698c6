// The charges of services that this slice has made, read back into what they were made from. What usage adds to a period's price is read elsewhere.
import type { RawTx } from "../../db/client.ts";
import type { DueCharge, FeeTerms } from "../rating/charges/due.ts";
import { feeCodes, type Made } from "../rating/charges/fees.ts";
import { earlier, type Stay } from "../rating/charges/timeline.ts";
import type { TraceLine } from "../rating/trace.ts";

export type MadeCharge = Made;

/** Stored with a charge: how it came about, and what a later credit is made from. */
export type ChargeDetails = {
  readonly trace: readonly TraceLine[];
  readonly key: string;
  readonly countsOn: string;
  readonly terms?: FeeTerms;
  readonly credits?: string;
};

export const detailsOf = ({ trace, key, countsOn, terms, credits }: DueCharge): ChargeDetails => ({
  trace,
  key,
  countsOn: countsOn.toString(),
  ...(terms ? { terms } : {}),
  ...(credits === undefined ? {} : { credits }),
});

type Row = {
  service_id: string;
  kind: DueCharge["kind"];
  code: string;
  name: string;
  period_from: string;
  period_to: string;
  quantity: string;
  amount_micros: string;
  tax_micros: string;
  plan_id: string;
  plan_version: number;
  key: string;
  counts_on: string;
  terms:
    | { kind: "recurring"; exempt: boolean; basis: { whole: { from: string; to: string } } }
    | { kind: "once"; at: "start" | "end" }
    | null;
  credits: string | null;
};

/** A service, and from which day on all its charges are wanted; of those before, the last of each fee in each stay. None: all there are. */
export type Asked = {
  readonly accountId: string;
  readonly serviceId: string;
  readonly since: Temporal.PlainDate | undefined;
  readonly stays: readonly Stay[];
};

/** By service. What was given back is always there. */
export async function madeCharges(t: RawTx, providerId: number, asked: readonly Asked[]): Promise<Map<string, MadeCharge[]>> {
  if (asked.length === 0) return new Map();
  const services = asked.map(({ accountId, serviceId, since }) => ({ account_id: accountId, service_id: serviceId, since: since ?? null }));
  const fees = asked.flatMap(({ accountId, serviceId, since, stays }) =>
    since === undefined
      ? []
      : stays.flatMap((stay) =>
          [...feeCodes(stay)].map((code) => ({
            ...{ account_id: accountId, service_id: serviceId, plan_id: stay.plan.planId, code },
            before: earlier(since, stay.to),
          })),
        ),
  );
  const columns = t`c.id, c.service_id, c.kind, c.code, c.name, c.period_from::text, c.period_to::text, c.quantity, c.amount_micros::text, c.tax_micros::text, c.plan_id, c.plan_version,
      c.details ->> 'key' as key, c.details ->> 'countsOn' as counts_on, c.details -> 'terms' as terms, c.details ->> 'credits' as credits`;
  const rows = await t<Row[]>`
    with asked as materialized (select * from jsonb_to_recordset(${JSON.stringify(services)}::text::jsonb) as a(account_id uuid, service_id uuid, since date)),
    fee as materialized (
      select distinct * from jsonb_to_recordset(${JSON.stringify(fees)}::text::jsonb) as f(account_id uuid, service_id uuid, plan_id uuid, code text, before date))
    select ${columns} from asked a
    join app.charges c on c.provider_id = ${providerId} and c.account_id = a.account_id and c.service_id = a.service_id and c.period_from >= coalesce(a.since, '-infinity')
    where c.details ? 'countsOn'
    union
    select ${columns} from asked a join app.charges c on c.provider_id = ${providerId} and c.account_id = a.account_id and c.service_id = a.service_id and c.details ? 'credits'
    union
    select ${columns} from fee f cross join lateral (
      select * from app.charges c
      where c.provider_id = ${providerId} and c.account_id = f.account_id and c.service_id = f.service_id and c.plan_id = f.plan_id and c.code = f.code
        and c.details ? 'countsOn' and not c.details ? 'credits' and c.period_from < f.before order by c.period_from desc fetch first row with ties) c
    order by id`;
  return new Map([...Map.groupBy(rows, (row) => row.service_id)].map(([serviceId, of]) => [serviceId, of.map(madeOf)]));
}

const madeOf = (row: Row): MadeCharge => {
  const terms = termsOf(row.terms);
  return {
    ...{ key: row.key, kind: row.kind, code: row.code, name: row.name, planId: row.plan_id, planVersion: row.plan_version },
    ...{ from: Temporal.PlainDate.from(row.period_from), to: Temporal.PlainDate.from(row.period_to) },
    ...{ countsOn: Temporal.PlainDate.from(row.counts_on), quantity: row.quantity },
    ...{ amountMicros: BigInt(row.amount_micros), taxMicros: BigInt(row.tax_micros) },
    ...(terms ? { terms } : {}),
    ...(row.credits === null ? {} : { credits: row.credits }),
  };
};

function termsOf(terms: Row["terms"]): FeeTerms | undefined {
  if (terms === null || terms.kind === "once") return terms ?? undefined;
  const { from, to } = terms.basis.whole;
  const whole = { from: Temporal.PlainDate.from(from), to: Temporal.PlainDate.from(to) };
  return { ...terms, basis: { ...terms.basis, whole } } as FeeTerms;
}
