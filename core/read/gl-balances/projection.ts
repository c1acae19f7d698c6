// What stands on each account of the general ledger? Folded from events, so that no posting ever waits for a row that all of them share.
import { sql } from "drizzle-orm";
import type { Projection } from "../projection.ts";
import { merge, type ReadTable } from "../read-table.ts";

const table: ReadTable = {
  name: "gl_balances",
  columns: { provider_id: "key", gl_account: "key", currency: "key", debit_micros: "add", credit_micros: "add" },
  facts: (providerId) => sql`
    select p.provider_id, s.gl_account, p.currency, sum(s.debit), sum(s.credit) from (
      select provider_id, currency, debit, credit, amount_micros from app.ledger_postings where provider_id = ${providerId}
      union all select provider_id, currency, debit, credit, amount_micros from app.provider_postings where provider_id = ${providerId}) p
    cross join lateral (values (p.debit, p.amount_micros, 0::bigint), (p.credit, 0::bigint, p.amount_micros)) as s(gl_account, debit, credit)
    group by 1, 2, 3`,
};

export const glBalances: Projection = {
  name: "gl-balances",
  version: 2,
  tables: [table],

  async apply(tx, events) {
    await tx.execute(
      merge(
        table,
        sql`select e.provider_id, s.gl_account, g.currency, sum(s.debit), sum(s.credit)
          from (${events("usage.rated", "usage.rerated", "ledger.posted")}) e,
               jsonb_to_recordset(e.data -> 'gl') as g(debit text, credit text, currency text, "amountMicros" bigint)
          cross join lateral (values (g.debit, g."amountMicros", 0::bigint), (g.credit, 0::bigint, g."amountMicros")) as s(gl_account, debit, credit)
          group by 1, 2, 3`,
      ),
    );
  },
};
