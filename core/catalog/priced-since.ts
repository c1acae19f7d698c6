// A version that begins in the past doesn't price again what was priced: whoever publishes it is told how much that is.
import { sql } from "drizzle-orm";
import type { Tx } from "../../db/client.ts";

/** `from`: when the first of them began. */
export type Rerating = { readonly from: string; readonly records: number };

/** Usage that was rated on the plan and began at or after the instant; null when there is none. */
export async function pricedSince(tx: Tx, providerId: number, planId: string, from: Temporal.Instant): Promise<Rerating | null> {
  const [row] = await tx.execute<{ records: number; first: string | null }>(
    sql`select count(*)::int as records, min(started_at)::text as first from app.usage_records
        where provider_id = ${providerId} and plan_id = ${planId} and started_at >= ${from.toString()}`,
  );
  return row!.first === null ? null : { from: Temporal.Instant.from(row!.first).toString(), records: row!.records };
}
