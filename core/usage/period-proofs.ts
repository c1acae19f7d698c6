// What must hold between the totals of periods, their five-minute samples, and the records that they are made from: all is added up again.
import type { RawTx } from "../../db/client.ts";
import { startOfDay } from "../kernel/period.ts";
import type { Proof } from "../kernel/proof.ts";
import type { CompiledPlan } from "../rating/compile-plan.ts";
import { figureOf, metricOf } from "../rating/figures.ts";
import { inItsTime } from "../rating/period-totals.ts";
import { spreadOver } from "../rating/shapes/percentile-95.ts";
import { type PeriodTotal, type Sample, totalFromJson } from "../rating/usage-state.ts";
import { type Figures, merged, withFact } from "../rating/version-totals.ts";
import { factOfStored, type StoredFact } from "./fact.ts";
import { planVersion } from "./plans-in-force.ts";
import type { RatedDetails } from "./price-fact.ts";

type Row = StoredFact & {
  readonly account_id: string;
  readonly service_id: string;
  readonly plan_id: string;
  readonly plan_version: number;
  readonly details: RatedDetails;
};
/** What records come to. `exact`: none of them was paid by a bundle in part, or came in slices, so that its figure is what counts of it. */
type AddedUp = { total: PeriodTotal | undefined; exact: boolean; readonly samples: Map<number, Sample> };

const CHUNK = 2000;
const DIRECTIONS = ["prevailing_direction", "percentile_95"];

export const periodProofs: readonly Proof[] = [
  {
    name: "usage.totals-are-of-records",
    claim: "The totals of periods, and their five-minute samples, are what their records add up to",
    async find(t, providerId, limit) {
      const [provider] = await t<{ zone: string }[]>`select zone from app.providers where id = ${providerId}`;
      const findings: string[] = [];
      for await (const { accountId, ofRecords } of byAccount(t, providerId, provider!.zone)) {
        findings.push(...(await compare(t, providerId, accountId, ofRecords)));
        if (findings.length >= limit) break;
      }
      const lonely = await t<{ account_id: string }[]>`
        select distinct account_id from (select account_id from app.usage_counters where provider_id = ${providerId} and ${ofPeriods(t)}
          union all select account_id from app.usage_samples where provider_id = ${providerId}) c
        where not exists (select from app.usage_records r where r.provider_id = ${providerId} and r.account_id = c.account_id
          and jsonb_array_length(r.details -> 'period') > 0) limit ${limit}`;
      findings.push(...lonely.map((one) => `account ${one.account_id}: it has totals of periods, and no record that was added up`));
      return findings.slice(0, limit);
    },
  },
];

/** A record of a closed month as its last adjustment made it. A record that lost its price keeps its charge, and is in no total any more. */
async function* byAccount(t: RawTx, providerId: number, zone: string) {
  const records = t<Row[]>`
    select r.account_id, r.service_id, coalesce(h.new_plan_id, r.plan_id) as plan_id, coalesce(h.new_plan_version, r.plan_version) as plan_version,
      case when h.key is null then r.details else h.new_details end as details, r.kind, r.direction, r.destination, r.disposition, r.duration_sec, r.billable_sec, r.facts,
      '' as call_id, '' as source, to_char(r.started_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as started_at,
      to_char(r.answered_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as answered_at
    from app.usage_records r left join (
      select distinct on (account_id, key) account_id, key, new_plan_id, new_plan_version, new_details from app.rerated_records
      where provider_id = ${providerId} and adjusted order by account_id, key, rerated_at desc, run_id desc) h on h.account_id = r.account_id and h.key = r.key
    where r.provider_id = ${providerId} and jsonb_array_length(case when h.key is null then r.details else h.new_details end -> 'period') > 0
      and not exists (select from app.rerating_problems p where p.provider_id = r.provider_id and p.account_id = r.account_id and p.key = r.key)
    order by r.account_id`;
  let accountId = "";
  let ofRecords = new Map<string, AddedUp>();
  for await (const rows of records.cursor(CHUNK))
    for (const row of rows) {
      if (row.account_id !== accountId) {
        if (accountId !== "") yield { accountId, ofRecords };
        accountId = row.account_id;
        ofRecords = new Map();
      }
      addUp(ofRecords, row, await planVersion(t, providerId, zone, row.plan_id, row.plan_version));
    }
  if (accountId !== "") yield { accountId, ofRecords };
}

/** Not the counts of events that are charged one by one, the first of them free. */
const ofPeriods = (t: RawTx) => t`kind = 'total' and (plan_id, code) in (
  select v.plan_id, u ->> 'code' from app.plan_versions v, jsonb_array_elements(v.document -> 'usage') u where jsonb_typeof(v.document -> 'usage') = 'array' and u ->> 'per' = 'period')`;

const nameOf = (of: { service_id: string; plan_id: string }, code: string, from: string) =>
  `${of.service_id} ${of.plan_id} ${code} ${from}`;

function addUp(all: Map<string, AddedUp>, row: Row, { document, zone }: CompiledPlan): void {
  const fact = factOfStored(row);
  for (const { code, from, to } of row.details.period) {
    const component = document.usage.find((one) => one.code === code);
    if (component?.per !== "period") continue;
    const name = nameOf(row, code, from);
    const sum = all.get(name) ?? { total: undefined, exact: true, samples: new Map<number, Sample>() };
    all.set(name, sum);
    const sliced = "slice" in fact && fact.slice !== undefined;
    if (sliced || (row.details.drawn.length > 0 && !DIRECTIONS.includes(component.aggregate))) sum.exact = false;
    sum.total = withFact(sum.total, 0, component, fact, { nano: figureOf(fact, metricOf(component)) ?? 0n });
    if (component.aggregate !== "percentile_95" || !("octetsIn" in fact)) continue;
    const day = (text: string) => startOfDay(Temporal.PlainDate.from(text), zone).epochMilliseconds;
    for (const { atMs, sample } of spreadOver({ fromMs: day(from), toMs: day(to) }, inItsTime(fact))) {
      const before = sum.samples.get(atMs) ?? { octetsIn: 0n, octetsOut: 0n };
      sum.samples.set(atMs, { octetsIn: before.octetsIn + sample.octetsIn, octetsOut: before.octetsOut + sample.octetsOut });
    }
  }
}

async function compare(t: RawTx, providerId: number, accountId: string, ofRecords: ReadonlyMap<string, AddedUp>): Promise<string[]> {
  const kept = await t<{ service_id: string; plan_id: string; code: string; period_from: string; total: unknown }[]>`
    select service_id, plan_id, code, period_from::text, total from app.usage_counters
    where provider_id = ${providerId} and account_id = ${accountId} and ${ofPeriods(t)}`;
  const samples = await t<
    { service_id: string; plan_id: string; code: string; period_from: string; at_ms: number; octets_in: string; octets_out: string }[]
  >`
    select service_id, plan_id, code, period_from::text, (extract(epoch from at) * 1000)::float8 as at_ms, octets_in::text, octets_out::text from app.usage_samples
    where provider_id = ${providerId} and account_id = ${accountId}`;
  const keptOf = new Map(kept.map((one) => [nameOf(one, one.code, one.period_from), merged(totalFromJson(one.total).versions)]));
  const samplesOf = Map.groupBy(samples, (one) => nameOf(one, one.code, one.period_from));
  const findings: string[] = [];
  for (const name of new Set([...ofRecords.keys(), ...keptOf.keys(), ...samplesOf.keys()])) {
    const [service, , code, from] = name.split(" ");
    const where = `account ${accountId}: ${code} of service ${service} in the period from ${from}`;
    const sum = ofRecords.get(name);
    const [said, is] = [figuresText(keptOf.get(name), sum?.exact), figuresText(sum?.total && merged(sum.total.versions), sum?.exact)];
    if (said !== is) findings.push(`${where} is kept as ${said}, its records add up to ${is}`);
    const known = new Map((samplesOf.get(name) ?? []).map((one) => [one.at_ms, `${one.octets_in} ${one.octets_out}`]));
    const wrong = [...new Set([...known.keys(), ...(sum?.samples.keys() ?? [])])].find(
      (at) => (known.get(at) ?? NO_OCTETS) !== sampleText(sum?.samples.get(at)),
    );
    if (wrong !== undefined)
      findings.push(
        `${where}: the five minutes of ${new Date(wrong).toISOString()} are kept as ${known.get(wrong) ?? NO_OCTETS} octets, its records have ${sampleText(sum?.samples.get(wrong))}`,
      );
  }
  return findings;
}

const NO_OCTETS = "0 0";
const sampleText = (sample: Sample | undefined) => (sample ? `${sample.octetsIn} ${sample.octetsOut}` : NO_OCTETS);

function figuresText(figures: Figures | undefined, exact = true): string {
  if (!figures) return "nothing";
  const { count, sum, most, octetsIn, octetsOut, priced = "" } = figures;
  return exact
    ? `${count} records, ${sum} (most ${most}), ${octetsIn} in, ${octetsOut} out ${priced}`.trim()
    : `${octetsIn} in, ${octetsOut} out`;
}
