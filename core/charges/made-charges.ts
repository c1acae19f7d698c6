// The charges of services that this slice has made, read back into what they were made from. What usage adds to a period's price is read elsewhere.
import type { RawTx } from "../../db/client.ts";
import type { DueCharge, FeeTerms } from "../rating/charges/due.ts";
import type { Made } from "../rating/charges/fees.ts";
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

/** By service. */
export async function madeCharges(
  t: RawTx,
  providerId: number,
  accountIds: readonly string[],
  serviceIds: readonly string[],
): Promise<Map<string, MadeCharge[]>> {
  const rows = await t<Row[]>`
    select service_id, kind, code, name, period_from::text, period_to::text, quantity, amount_micros::text, tax_micros::text, plan_id, plan_version,
      details ->> 'key' as key, details ->> 'countsOn' as counts_on, details -> 'terms' as terms, details ->> 'credits' as credits
    from app.charges
    where provider_id = ${providerId} and account_id = any(${accountIds as string[]}::uuid[]) and service_id = any(${serviceIds as string[]}::uuid[])
      and details ? 'countsOn' order by id`;
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
