// What moved in the books on which day: between which accounts of the general ledger, and on each settlement account?
import { type SQL, sql } from "drizzle-orm";
import type { Projection } from "../projection.ts";
import { merge, type ReadTable } from "../read-table.ts";

/** Entries of the books with the day on which they take effect, out of the facts. */
const entries = (providerId: number): SQL => sql`
  select e.provider_id, e.account_id, (e.effective_at at time zone p.zone)::date as day, e.debit, e.credit, e.currency, e.amount_micros as amount from (
    select x.provider_id, x.account_id, x.effective_at, l.debit, l.credit, l.currency, l.amount_micros from app.ledger_postings l
      join app.ledger_transactions x on x.provider_id = l.provider_id and x.account_id = l.account_id and x.id = l.transaction_id where l.provider_id = ${providerId}
    union all
    select x.provider_id, null, x.effective_at, l.debit, l.credit, l.currency, l.amount_micros from app.provider_postings l
      join app.provider_transactions x on x.provider_id = l.provider_id and x.id = l.transaction_id where l.provider_id = ${providerId}) e
  join app.providers p on p.id = e.provider_id`;

/** The same out of events. */
const told = (events: SQL): SQL => sql`
  select e.provider_id, g."accountId" as account_id, (g.at at time zone p.zone)::date as day, g.debit, g.credit, g.currency, g."amountMicros" as amount
  from (${events}) e join app.providers p on p.id = e.provider_id,
    jsonb_to_recordset(e.data -> 'gl') as g("accountId" uuid, debit text, credit text, currency text, at timestamptz, "amountMicros" bigint)`;

const byPair = (from: SQL): SQL =>
  sql`select provider_id, day, debit, credit, currency, sum(amount) as amount_micros from (${from}) m group by 1, 2, 3, 4, 5`;
const byAccount = (from: SQL): SQL => sql`
  select provider_id, account_id, day, currency, coalesce(sum(amount) filter (where debit = 'settlement'), 0) as charged_micros, coalesce(sum(amount) filter (where credit = 'settlement'), 0) as credited_micros
  from (${from}) m where account_id is not null group by 1, 2, 3, 4`;

export const glDaily: ReadTable = {
  name: "gl_daily",
  columns: { provider_id: "key", day: "key", debit: "key", credit: "key", currency: "key", amount_micros: "add" },
  facts: (providerId) => byPair(entries(providerId)),
};

export const accountDaily: ReadTable = {
  name: "account_daily",
  columns: { provider_id: "key", account_id: "key", day: "key", currency: "key", charged_micros: "add", credited_micros: "add" },
  facts: (providerId) => byAccount(entries(providerId)),
};

export const books: Projection = {
  name: "books",
  version: 1,
  tables: [glDaily, accountDaily],

  async apply(tx, events) {
    const posted = told(events("usage.rated", "usage.rerated", "ledger.posted"));
    await tx.execute(merge(glDaily, byPair(posted)));
    await tx.execute(merge(accountDaily, byAccount(posted)));
  },
};
