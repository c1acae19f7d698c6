// Who owes how much, and since when? A payment settles the oldest charges first, so a debt consists of the latest ones.
import { type SQL, sql } from "drizzle-orm";
import * as v from "valibot";
import type { Tx } from "../../../db/client.ts";
import type { Scope } from "../../kernel/actor.ts";
import { accept } from "../../kernel/errors.ts";
import { defineQuery } from "../../kernel/query.ts";
import { freshness } from "../freshness.ts";
import { dayField, groupSeen, providersIn } from "../input.ts";
import { rows } from "../rows.ts";
import { accountDays } from "./query.ts";

/** Days since the charge: up to 30, 60, 90, and more. */
export type Aged = { owedMicros: bigint; upTo30Micros: bigint; upTo60Micros: bigint; upTo90Micros: bigint; over90Micros: bigint };
export type ReceivableRow = Aged & {
  providerId: number;
  accountId: string;
  number: string;
  subscriberId: string;
  name: string;
  kind: "prepaid" | "postpaid";
  currency: string;
  /** The oldest charge that isn't paid. */
  since: string;
};
export type ReceivableTotal = Aged & { currency: string; accounts: number };

/** The accounts that owed something at the end of a day, with the age of what they owed. */
const receivables = (scope: Scope, day: string, source: SQL): SQL => sql`
  with daily as (${source}),
  balance as (
    select provider_id, account_id, currency, -sum(credited_micros - charged_micros) as owed from daily
    where day <= ${day}::date group by 1, 2, 3 having sum(credited_micros - charged_micros) < 0),
  charge as (
    select b.*, d.day, d.charged_micros as charged, sum(d.charged_micros) over (partition by b.provider_id, b.account_id, b.currency order by d.day desc) as later
    from balance b join daily d on d.provider_id = b.provider_id and d.account_id = b.account_id and d.currency = b.currency and d.day <= ${day}::date and d.charged_micros > 0),
  unpaid as (select provider_id, account_id, currency, owed, ${day}::date - day as age, day, least(charged, owed - (later - charged)) as part from charge where later - charged < owed),
  aged as (
    select provider_id, account_id, currency, owed, min(day) as since, coalesce(sum(part) filter (where age <= 30), 0) as up_to30_micros,
      coalesce(sum(part) filter (where age between 31 and 60), 0) as up_to60_micros, coalesce(sum(part) filter (where age between 61 and 90), 0) as up_to90_micros,
      coalesce(sum(part) filter (where age > 90), 0) as over90_micros
    from unpaid group by 1, 2, 3, 4)
  select a.provider_id, a.account_id, o.number, o.subscriber_id, s.name, o.kind, a.currency, a.since::text as since, a.owed as owed_micros, a.up_to30_micros as up_to30_micros,
    a.up_to60_micros as up_to60_micros, a.up_to90_micros as up_to90_micros, a.over90_micros as over90_micros
  from aged a join read.account_overview o on o.provider_id = a.provider_id and o.account_id = a.account_id
  join read.subscribers s on s.provider_id = o.provider_id and s.subscriber_id = o.subscriber_id where ${groupSeen(scope, sql`o.group_id`)}`;

export const receivableRows = (tx: Tx, scope: Scope, day: string, source: SQL, limit: number) =>
  rows<ReceivableRow>(tx, sql`${receivables(scope, day, source)} order by a.owed desc, a.account_id limit ${limit}`);

export const receivableTotals = (tx: Tx, scope: Scope, day: string, source: SQL) =>
  rows<ReceivableTotal>(
    tx,
    sql`select currency, count(*)::int as accounts, sum(owed_micros) as owed_micros, sum(up_to30_micros) as up_to30_micros, sum(up_to60_micros) as up_to60_micros,
          sum(up_to90_micros) as up_to90_micros, sum(over90_micros) as over90_micros from (${receivables(scope, day, source)}) r group by 1 order by 1`,
  );

export const booksReceivables = defineQuery({
  name: "books.receivables",
  summary: "Accounts that owe something at the end of a day, the largest debts first, by the age of what they owe",
  permission: "ledger:read",
  level: "subscriber",
  input: v.object({
    providerId: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1))),
    day: dayField,
    limit: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(200)), 200),
  }),
  async run({ tx, scope, now }, { providerId, day, limit }) {
    const source = accountDays(providersIn(scope, providerId));
    return accept({
      accounts: await receivableRows(tx, scope, day, source, limit),
      totals: await receivableTotals(tx, scope, day, source),
      freshnessSec: await freshness(tx, now),
    });
  },
});
