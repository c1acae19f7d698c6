// What came by each channel on each day, and what went back? Added up from what happened to payments.
import { type SQL, sql } from "drizzle-orm";
import type { Projection } from "../projection.ts";
import { merge, type ReadTable } from "../read-table.ts";

/** A payment counts on the day it was received, and is taken out on the day it was cancelled; what went back counts on the day it did. */
const figures = (kind: SQL, amount: SQL): SQL => sql`
  sum(case when ${kind} in ('received', 'suspended') then 1 when ${kind} = 'cancelled' then -1 else 0 end)::bigint,
  sum(case when ${kind} in ('received', 'suspended') then ${amount} when ${kind} = 'cancelled' then -${amount} else 0 end),
  sum(case when ${kind} in ('refunded', 'returned', 'charged-back') then ${amount} when ${kind} in ('refund-reversed', 'charge-back-reversed') then -${amount} else 0 end)`;

const moved = sql`('received', 'suspended', 'cancelled', 'refunded', 'returned', 'charged-back', 'refund-reversed', 'charge-back-reversed')`;

const table: ReadTable = {
  name: "payments_daily",
  columns: {
    provider_id: "key",
    channel_id: "key",
    day: "key",
    currency: "key",
    payments: "add",
    amount_micros: "add",
    refunded_micros: "add",
  },
  facts: (providerId) => sql`
    select m.provider_id, m.channel_id, m.day, m.currency, ${figures(sql`m.kind`, sql`m.amount_micros`)}
    from app.payment_movements m where m.provider_id = ${providerId} and m.kind in ${moved} group by 1, 2, 3, 4`,
};

export const paymentsDaily: Projection = {
  name: "payments-daily",
  version: 1,
  tables: [table],

  async apply(tx, events) {
    await tx.execute(
      merge(
        table,
        sql`select e.provider_id, (e.data ->> 'channelId')::uuid, (e.data ->> 'day')::date, e.data ->> 'currency',
            ${figures(sql`e.data ->> 'kind'`, sql`(e.data ->> 'amountMicros')::bigint`)}
          from (${events("payment.moved")}) e where e.data ->> 'kind' in ${moved} group by 1, 2, 3, 4`,
      ),
    );
  },
};
