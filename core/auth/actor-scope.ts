// Whom somebody may see and touch. Groups belong to one provider, so whoever is limited to groups sees that provider alone.
import type { Db, Tx } from "../../db/client.ts";
import type { Scope } from "../kernel/actor.ts";
import { subtreeIds } from "../providers/tenants.ts";

export async function scopeOf(db: Db | Tx, providerId: number, groupIds: readonly string[] | null): Promise<Scope> {
  return { providerIds: groupIds === null ? await subtreeIds(db, providerId) : [providerId], groupIds };
}
