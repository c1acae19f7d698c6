// How many cards of which series are where, and in which state? Folded from what moved, so that no redemption waits for a row that all of them share.
import { sql } from "drizzle-orm";
import type { Projection } from "../projection.ts";
import { merge, type ReadTable } from "../read-table.ts";

const nobody = sql.raw("'00000000-0000-0000-0000-000000000000'::uuid");

const table: ReadTable = {
  name: "card_stock",
  columns: { provider_id: "key", series_id: "key", dealer_id: "key", state: "key", blocked: "key", cards: "add" },
  // A place that became empty stays as a row of nothing.
  facts: (providerId) => sql`
    select ${providerId}::int, s.series_id, coalesce(s.dealer_id, ${nobody}), s.state, s.blocked, sum(s.cards)::bigint from (
      select m.series_id, m.to_dealer as dealer_id, m.to_state as state, m.to_blocked as blocked, m.cards from app.card_movements m where m.provider_id = ${providerId}
      union all select m.series_id, m.from_dealer, m.from_state, m.from_blocked, -m.cards from app.card_movements m where m.provider_id = ${providerId} and m.from_state is not null) s
    group by 2, 3, 4, 5`,
};

export const cardStock: Projection = {
  name: "card-stock",
  version: 1,
  tables: [table],

  async apply(tx, events) {
    await tx.execute(
      merge(
        table,
        sql`select e.provider_id, g."seriesId", g."dealerId", g.state, g.blocked, sum(g.cards)
          from (${events("cards.moved")}) e,
               jsonb_to_recordset(e.data -> 'stock') as g("seriesId" uuid, "dealerId" uuid, state text, blocked boolean, cards bigint)
          group by 1, 2, 3, 4, 5`,
      ),
    );
  },
};
