// The one place that tells the database whose rows a transaction may see. Without it there are none.
import { sql } from "drizzle-orm";
import type { Db, Tx } from "./client.ts";

/** Runs `work` in a transaction that sees the rows of these providers and no others. */
export function inTenant<T>(
  db: Db,
  providerIds: readonly number[],
  work: (tx: Tx) => Promise<T>,
  mode: "read" | "write" = "write",
): Promise<T> {
  const body = async (tx: Tx) => {
    await useProviders(tx, providerIds);
    return work(tx);
  };
  return mode === "read" ? db.transaction(body, { accessMode: "read only" }) : db.transaction(body);
}

export async function useProviders(tx: Tx, providerIds: readonly number[]): Promise<void> {
  await tx.execute(sql`select app.use_providers(${`{${providerIds.join(",")}}`}::int[])`);
}
