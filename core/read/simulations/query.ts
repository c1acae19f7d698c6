// What would a plan's draft have earned, for whom does it change what, and how far is the computation?
import { type SQL, sql } from "drizzle-orm";
import * as v from "valibot";
import type { SimulationState } from "../../../db/schema/simulation.ts";
import type { Scope } from "../../kernel/actor.ts";
import { accept, refuse } from "../../kernel/errors.ts";
import { defineQuery, type QueryContext } from "../../kernel/query.ts";
import { contains, groupSeen, idField, providersIn, searchField } from "../input.ts";
import { afterField, limitField, numberPart, pageOf, providerField, uuidPart } from "../page.ts";
import { pgArray } from "../projection.ts";
import { rows } from "../rows.ts";
import { bucketWidth, mostBuckets } from "./buckets.ts";

export type SimulationRow = {
  providerId: number;
  providerName: string;
  runId: string;
  planId: string;
  planName: string;
  /** What is tried: a version of the plan, or its draft as it was at this revision. */
  version: number | null;
  revision: number | null;
  servicesOf: string;
  servicesOfName: string;
  /** Days of the provider's zone, half-open. */
  periodFrom: string;
  periodTo: string;
  ofSomeGroups: boolean;
  currency: string;
  state: SimulationState;
  parts: number | null;
  partsDone: number;
  problem: string | null;
  requestedBy: string;
  requestedAt: string;
  finishedAt: string | null;
};

const runs = (where: SQL, rest: SQL) => sql`
  select r.provider_id, o.name as provider_name, r.id as run_id, r.plan_id, p.name as plan_name, r.version, r.revision, r.services_of, q.name as services_of_name,
    r.period_from, r.period_to, r.group_ids is not null as of_some_groups, r.currency, r.state, r.parts, r.parts_done, r.problem, r.requested_by, r.requested_at, r.finished_at
  from app.simulations r
  join app.providers o on o.id = r.provider_id
  join app.plans p on p.provider_id = r.provider_id and p.id = r.plan_id
  join app.plans q on q.provider_id = r.provider_id and q.id = r.services_of
  where ${where} ${rest}`;

/** Whoever sees some groups sees what was tried on any of them, and of it their own subscribers. */
const seen = (scope: Scope, providerId?: number) =>
  sql`r.provider_id = any(${providersIn(scope, providerId)})
    ${scope.groupIds === null ? sql`` : sql`and (r.group_ids is null or r.group_ids && ${pgArray(scope.groupIds)}::uuid[])`}`;

/** Newest first. */
export const simulationsList = defineQuery({
  name: "simulations.list",
  summary: "Simulations of plans, with their states",
  permission: "usage:read",
  level: "subscriber",
  input: v.object({ providerId: providerField, planId: v.optional(idField), limit: limitField }),
  run: async ({ tx, scope }, { providerId, planId, limit }) =>
    accept({
      runs: await rows<SimulationRow>(
        tx,
        runs(
          sql`${seen(scope, providerId)} ${planId === undefined ? sql`` : sql`and r.plan_id = ${planId}`}`,
          sql`order by r.id desc limit ${limit}`,
        ),
      ),
    }),
});

export type SimulationTotals = {
  accounts: number;
  accountsDone: number;
  subscribers: number;
  paysMore: number;
  paysLess: number;
  paysSame: number;
  records: number;
  unpriced: number;
  unpricedBefore: number;
  oldMicros: bigint;
  oldTaxMicros: bigint;
  newMicros: bigint;
  newTaxMicros: bigint;
};

/** Net. `code` of a component: "usage:calls", "fee:line"; of the others what they are called. */
export type SimulationSum = { code: string; name: string; records: number; oldMicros: bigint; newMicros: bigint };

export type SimulationSubscriber = {
  subscriberId: string;
  number: number;
  name: string;
  records: number;
  unpriced: number;
  oldMicros: bigint;
  oldTaxMicros: bigint;
  newMicros: bigint;
  newTaxMicros: bigint;
  /** With tax. */
  differenceMicros: bigint;
};

export const orders = ["dearer", "cheaper"] as const;
const MOST_SUMS = 12;

/**
 * Sums over the subscribers that may be seen, where the difference comes from (the biggest first), how it is spread, and a page of subscribers by what they
 * would pay more (`dearer`) or less. Of `spread`: -2 is "from two widths less to one", 0 is exactly none; the outermost are open.
 */
export const simulationsDetail = defineQuery({
  name: "simulations.detail",
  summary: "One simulation: its progress, sums, where the difference comes from, and what each subscriber would pay",
  permission: "usage:read",
  level: "subscriber",
  input: v.object({
    runId: idField,
    order: v.optional(v.picklist(orders), "dearer"),
    search: v.optional(searchField, ""),
    limit: limitField,
    after: afterField(numberPart, uuidPart),
  }),
  async run(context, { runId, order, search, limit, after }) {
    const { tx, scope } = context;
    const [run] = await rows<SimulationRow>(tx, runs(sql`${seen(scope)} and r.id = ${runId}`, sql``));
    if (!run) return refuse("not_found");
    const per = perSubscriber(scope, run);
    const words = search.split(/\s+/).filter(Boolean).slice(0, 8);
    const found = words.map((word) => sql` and ${contains(sql`lower(d.name || ' ' || d.number)`, word)}`);
    const [less, direction] = order === "dearer" ? [sql`<`, sql`desc`] : [sql`>`, sql`asc`];
    const behind = after ? sql`and (d.difference_micros, d.subscriber_id) ${less} (${after[0]}::bigint, ${after[1]}::uuid)` : sql``;
    const page = await rows<SimulationSubscriber>(
      tx,
      sql`select d.subscriber_id, d.number, d.name, d.records, d.unpriced, d.old_micros, d.old_tax_micros, d.new_micros, d.new_tax_micros, d.difference_micros
          from (${per}) d where true ${sql.join(found)} ${behind} order by d.difference_micros ${direction}, d.subscriber_id ${direction} limit ${limit + 1}`,
    );
    return accept({
      run,
      totals: await totalsOf(context, per),
      ...(await spreadOf(context, per)),
      ...(await sumsOf(context, run)),
      ...pageOf(page, limit, (row) => [String(row.differenceMicros), row.subscriberId]),
    });
  },
});

/** A row for each subscriber that may be seen; sums over accounts fit in 64 bits as theirs do. */
const perSubscriber = (scope: Scope, { providerId, runId }: SimulationRow): SQL => sql`
  select a.subscriber_id, s.number, s.name, count(*) as accounts, count(a.done_at) as accounts_done, sum(a.records)::int8 as records, sum(a.unpriced)::int8 as unpriced,
    sum(a.unpriced_before)::int8 as unpriced_before, sum(a.old_micros)::int8 as old_micros, sum(a.old_tax_micros)::int8 as old_tax_micros,
    sum(a.new_micros)::int8 as new_micros, sum(a.new_tax_micros)::int8 as new_tax_micros, sum(a.difference_micros)::int8 as difference_micros
  from app.simulation_accounts a join app.subscribers s on s.provider_id = a.provider_id and s.id = a.subscriber_id
  where a.provider_id = ${providerId} and a.run_id = ${runId} and ${groupSeen(scope, sql`s.group_id`)} group by 1, 2, 3`;

async function totalsOf({ tx }: QueryContext, per: SQL): Promise<SimulationTotals> {
  const [totals] = await rows<SimulationTotals>(
    tx,
    sql`select coalesce(sum(d.accounts), 0) as accounts, coalesce(sum(d.accounts_done), 0) as accounts_done, count(*) as subscribers,
          count(*) filter (where d.difference_micros > 0) as pays_more, count(*) filter (where d.difference_micros < 0) as pays_less,
          count(*) filter (where d.difference_micros = 0) as pays_same, coalesce(sum(d.records), 0) as records, coalesce(sum(d.unpriced), 0) as unpriced,
          coalesce(sum(d.unpriced_before), 0) as unpriced_before, coalesce(sum(d.old_micros), 0) as old_micros, coalesce(sum(d.old_tax_micros), 0) as old_tax_micros,
          coalesce(sum(d.new_micros), 0) as new_micros, coalesce(sum(d.new_tax_micros), 0) as new_tax_micros
        from (${per}) d`,
  );
  return totals!;
}

export type Spread = { readonly bucket: number; readonly subscribers: number };

/** How many subscribers differ by how much. A few who differ by far more than the others stand in the outermost buckets. */
async function spreadOf({ tx }: QueryContext, per: SQL): Promise<{ widthMicros: bigint; spread: Spread[] }> {
  const [usual] = await rows<{ mostMicros: bigint | null }>(
    tx,
    sql`select percentile_disc(0.95) within group (order by abs(d.difference_micros)) as most_micros from (${per}) d where d.difference_micros <> 0`,
  );
  const widthMicros = bucketWidth(usual?.mostMicros ?? 0n);
  const width = sql`${String(widthMicros)}::numeric`;
  const bucket = sql`case when d.difference_micros > 0 then ceil(d.difference_micros / ${width}) else floor(d.difference_micros / ${width}) end`;
  const spread = await rows<Spread>(
    tx,
    sql`select greatest(least(b.bucket, ${mostBuckets}), ${-mostBuckets})::int as bucket, count(*) as subscribers from (select ${bucket} as bucket from (${per}) d) b group by 1 order by 1`,
  );
  return { widthMicros, spread };
}

async function sumsOf({ tx, scope }: QueryContext, { providerId, runId }: SimulationRow) {
  const of = (what: string, order: SQL) =>
    rows<SimulationSum>(
      tx,
      sql`select m.code, max(m.name) as name, sum(m.records) as records, sum(m.old_micros) as old_micros, sum(m.new_micros) as new_micros from app.simulation_sums m
          where m.provider_id = ${providerId} and m.run_id = ${runId} and m.what = ${what} and ${groupSeen(scope, sql`m.group_id`)}
          group by 1 order by ${order} desc, 1 limit ${MOST_SUMS}`,
    );
  const difference = sql`abs(sum(m.new_micros) - sum(m.old_micros))`;
  return {
    components: await of("component", difference),
    destinations: await of("destination", difference),
    unpriced: await of("unpriced", sql`sum(m.records)`),
  };
}
