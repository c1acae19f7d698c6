// What was rated again, why, how far is it, and what does it change for whom? Those of a run that was made with a wider scope are not shown.
import { type SQL, sql } from "drizzle-orm";
import * as v from "valibot";
import type { RunState } from "../../../db/schema/rerating.ts";
import type { Scope } from "../../kernel/actor.ts";
import { accept, refuse } from "../../kernel/errors.ts";
import { defineQuery } from "../../kernel/query.ts";
import { idField, providersIn } from "../input.ts";
import { afterField, limitField, numberPart, pageOf, providerField, uuidPart } from "../page.ts";
import { pgArray } from "../projection.ts";
import { rows } from "../rows.ts";

export type RunRow = {
  providerId: number;
  providerName: string;
  runId: string;
  state: RunState;
  selection: { planId?: string; destination?: string; from?: string; to?: string; subscriberId?: string; partners?: boolean };
  planName: string | null;
  subscriberName: string | null;
  subscriberNumber: number | null;
  why: string;
  parts: number | null;
  partsDone: number;
  problem: string | null;
  requestedBy: string;
  requestedAt: string;
  previewedAt: string | null;
  runBy: string | null;
  runAt: string | null;
  finishedAt: string | null;
};

const runs = (where: SQL, rest: SQL) => sql`
  select r.provider_id, o.name as provider_name, r.id as run_id, r.state, r.selection, p.name as plan_name, s.name as subscriber_name, s.number as subscriber_number, r.why, r.parts, r.parts_done,
    r.problem, r.requested_by, r.requested_at, r.previewed_at, r.run_by, r.run_at, r.finished_at
  from app.reratings r
  join app.providers o on o.id = r.provider_id
  left join app.plans p on p.provider_id = r.provider_id and p.id = (r.selection ->> 'planId')::uuid
  left join app.subscribers s on s.provider_id = r.provider_id and s.id = (r.selection ->> 'subscriberId')::uuid
  where ${where} ${rest}`;

const seen = (scope: Scope, providerId?: number) =>
  sql`r.provider_id = any(${providersIn(scope, providerId)}) ${scope.groupIds === null ? sql`` : sql`and r.group_ids <@ ${pgArray(scope.groupIds)}::uuid[]`}`;

/** Newest first; with the months that are closed. */
export const reratingsList = defineQuery({
  name: "reratings.list",
  summary: "Re-ratings with their reasons and states, and which months are closed",
  permission: "usage:rerate",
  level: "subscriber",
  input: v.object({ providerId: providerField, limit: limitField }),
  async run({ tx, scope }, { providerId, limit }) {
    const closed = await rows<{ providerId: number; month: string; closedAt: string; closedBy: string }>(
      tx,
      sql`select m.provider_id, m.month, m.closed_at, m.closed_by from app.closed_months m where m.provider_id = any(${providersIn(scope, providerId)}) order by m.provider_id, m.month desc limit 24`,
    );
    return accept({
      runs: await rows<RunRow>(tx, runs(seen(scope, providerId), sql`order by r.id desc, cardinality(o.path), o.id limit ${limit}`)),
      closedMonths: closed,
    });
  },
});

export type RunTotals = {
  currency: string;
  accounts: number;
  changedAccounts: number;
  records: number;
  changed: number;
  adjusted: number;
  vanished: number;
  oldMicros: bigint;
  oldTaxMicros: bigint;
  newMicros: bigint;
  newTaxMicros: bigint;
  differenceMicros: bigint;
  /** What minimum and discounts of billing periods that were added up change by, net and tax together. */
  followsMicros: bigint;
};

export type RunAccount = {
  accountId: string;
  number: string;
  subscriberId: string;
  subscriberName: string;
  currency: string;
  records: number;
  changed: number;
  adjusted: number;
  vanished: number;
  oldMicros: bigint;
  oldTaxMicros: bigint;
  newMicros: bigint;
  newTaxMicros: bigint;
  differenceMicros: bigint;
  followsMicros: bigint;
  done: boolean;
};

export const orders = ["dearer", "cheaper"] as const;

/** Of a run that is made at partners below too: theirs. */
export type RunBelow = Pick<RunRow, "providerId" | "providerName" | "state"> & {
  sums: { currency: string; differenceMicros: bigint }[];
};

/** Of several providers' runs with this id the highest one's, unless `providerId` is told. Accounts that it changes, or that have records without a price: by the difference, the largest (`dearer`) or the smallest first. */
export const reratingsDetail = defineQuery({
  name: "reratings.detail",
  summary: "One re-rating: its progress, what it changes in sum and per account, and records whose price vanished",
  permission: "usage:rerate",
  level: "subscriber",
  input: v.object({
    runId: idField,
    providerId: providerField,
    order: v.optional(v.picklist(orders), "dearer"),
    limit: limitField,
    after: afterField(numberPart, uuidPart),
  }),
  async run({ tx, scope }, { runId, providerId, order, limit, after }) {
    const all = await rows<RunRow>(tx, runs(sql`${seen(scope)} and r.id = ${runId}`, sql`order by cardinality(o.path), o.id`));
    const run = all.find((one) => providerId === undefined || one.providerId === providerId);
    if (!run) return refuse("not_found");
    const of = sql`a.provider_id = ${run.providerId} and a.run_id = ${runId}`;
    const totals = await rows<RunTotals>(
      tx,
      sql`select a.currency, count(*) as accounts, count(*) filter (where a.changed > 0) as changed_accounts, sum(a.records) as records, sum(a.changed) as changed,
            sum(a.adjusted) as adjusted, sum(a.vanished) as vanished, sum(a.old_micros) as old_micros, sum(a.old_tax_micros) as old_tax_micros, sum(a.new_micros) as new_micros,
            sum(a.new_tax_micros) as new_tax_micros, sum(a.difference_micros) as difference_micros, sum(a.follows_micros)::bigint as follows_micros
          from app.rerating_accounts a where ${of} group by 1 order by 1`,
    );
    const down = order === "dearer";
    const behind = after
      ? sql`and (a.difference_micros, a.account_id) ${down ? sql`<` : sql`>`} (${after[0]}::bigint, ${after[1]}::uuid)`
      : sql``;
    const found = await rows<RunAccount>(
      tx,
      sql`select a.account_id, n.number, a.subscriber_id, s.name as subscriber_name, a.currency, a.records, a.changed, a.adjusted, a.vanished, a.old_micros,
            a.old_tax_micros, a.new_micros, a.new_tax_micros, a.difference_micros, a.follows_micros, a.done_at is not null as done
          from app.rerating_accounts a
          join app.accounts n on n.provider_id = a.provider_id and n.account_id = a.account_id
          join app.subscribers s on s.provider_id = a.provider_id and s.id = a.subscriber_id
          where ${of} and (a.changed > 0 or a.vanished > 0) ${behind}
          order by a.difference_micros ${down ? sql`desc` : sql`asc`}, a.account_id ${down ? sql`desc` : sql`asc`} limit ${limit + 1}`,
    );
    const problems = await rows<{ accountId: string; key: string; startedAt: string; reason: string; destination: string }>(
      tx,
      sql`select p.account_id, p.key, p.started_at, p.reason, p.destination from app.rerating_problems p where p.provider_id = ${run.providerId} and p.run_id = ${runId}
          order by p.started_at, p.key limit 50`,
    );
    const below = run.selection.partners ? all.filter((one) => one !== run) : [];
    const sums = await rows<{ providerId: number; currency: string; differenceMicros: bigint }>(
      tx,
      sql`select a.provider_id, a.currency, sum(a.difference_micros + a.follows_micros)::bigint as difference_micros from app.rerating_accounts a
          where a.provider_id = any(${pgArray(below.map((one) => one.providerId))}::int[]) and a.run_id = ${runId} group by 1, 2 order by 1, 2`,
    );
    const partners = below.map(
      (one): RunBelow => ({
        ...{ providerId: one.providerId, providerName: one.providerName, state: one.state },
        sums: sums.filter((sum) => sum.providerId === one.providerId),
      }),
    );
    return accept({ run, partners, totals, problems, ...pageOf(found, limit, (row) => [String(row.differenceMicros), row.accountId]) });
  },
});
