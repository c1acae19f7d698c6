// How old are the figures on a page? Every page says so.
import { sql } from "drizzle-orm";
import type { Tx } from "../../db/client.ts";

/** Seconds since the oldest event that a read model of these providers hasn't applied yet; 0 when they are up to date. */
export async function freshness(tx: Tx, now: Temporal.Instant): Promise<number> {
  const [row] = await tx.execute<{ behind_since: string | null }>(sql`select behind_since from read.freshness`);
  if (!row?.behind_since) return 0;
  return Math.max(0, Math.ceil(now.since(Temporal.Instant.from(row.behind_since)).total("seconds")));
}
