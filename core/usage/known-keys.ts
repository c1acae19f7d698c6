// Which records have been here before: asked by doors that answer per record. The claim on a key is still made where it is charged.
import type { Db } from "../../db/client.ts";
import { rawOf } from "../../db/client.ts";
import { inTenant } from "../../db/tenant.ts";

/** Those of the keys that were charged or wait in quarantine. */
export function knownKeys(db: Db, providerId: number, keys: readonly string[]): Promise<ReadonlySet<string>> {
  if (keys.length === 0) return Promise.resolve(new Set());
  return inTenant(
    db,
    [providerId],
    async (tx) => {
      const rows = await rawOf(tx)<
        { key: string }[]
      >`select key from app.usage_keys where provider_id = ${providerId} and key = any(${keys as string[]}::uuid[])`;
      return new Set(rows.map((row) => row.key));
    },
    "read",
  );
}
