// Which records have been here before: asked by doors that answer per record. The claim on a key is still made where it is charged.
import type { Db } from "../../db/client.ts";
import { rawOf } from "../../db/client.ts";
import { inTenant } from "../../db/tenant.ts";

/** Those of the keys that were charged or wait in quarantine. `startedAt` is the call's: keys are found by both. */
export function knownKeys(
  db: Db,
  providerId: number,
  calls: readonly { readonly key: string; readonly startedAt: string }[],
): Promise<ReadonlySet<string>> {
  if (calls.length === 0) return Promise.resolve(new Set());
  return inTenant(
    db,
    [providerId],
    async (tx) => {
      const rows = await rawOf(tx)<{ key: string }[]>`
        select k.key from unnest(${calls.map((c) => c.startedAt)}::text[], ${calls.map((c) => c.key)}::uuid[]) as c(started_at, key)
        join app.usage_keys k on k.provider_id = ${providerId} and k.started_at = c.started_at::timestamptz and k.key = c.key`;
      return new Set(rows.map((row) => row.key));
    },
    "read",
  );
}
