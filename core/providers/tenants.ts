// Who the tenants are. The table of providers is under no row-level security, so nothing of it is shown to anybody unfiltered:
// callers ask for one provider, or for the subtree that an actor's scope is made of.
import { arrayContains, eq, type InferSelectModel } from "drizzle-orm";
import type { Db, Tx } from "../../db/client.ts";
import { providers } from "../../db/schema/rights.ts";

export type Provider = InferSelectModel<typeof providers>;

/** The operator is always the first provider. */
export const ROOT_PROVIDER_ID = 1;

/** The provider itself and everything below it, itself first. */
export async function subtreeIds(db: Db | Tx, providerId: number): Promise<number[]> {
  const rows = await db
    .select({ id: providers.id, path: providers.path })
    .from(providers)
    .where(arrayContains(providers.path, [providerId]));
  return rows.sort((a, b) => a.path.length - b.path.length || a.id - b.id).map((row) => row.id);
}

export async function allProviderIds(db: Db | Tx): Promise<number[]> {
  const rows = await db.select({ id: providers.id }).from(providers).orderBy(providers.id);
  return rows.map((row) => row.id);
}

export async function providerById(db: Db | Tx, id: number): Promise<Provider | undefined> {
  const [row] = await db.select().from(providers).where(eq(providers.id, id));
  return row;
}

/** Whether the operator has been named: before that there is nothing to sign in to. */
export async function isSetUp(db: Db | Tx): Promise<boolean> {
  return (await providerById(db, ROOT_PROVIDER_ID)) !== undefined;
}

/** The provider that is called so; the operator when no code is given. */
export async function providerByCode(db: Db | Tx, code: string | undefined): Promise<Provider | undefined> {
  const [row] = await db
    .select()
    .from(providers)
    .where(code === undefined ? eq(providers.id, ROOT_PROVIDER_ID) : eq(providers.code, code));
  return row;
}
