// What must be decided one at a time inside a provider waits here. The lock lets rows that refer to the provider be added meanwhile.
import { eq } from "drizzle-orm";
import type { Tx } from "../../db/client.ts";
import { providers } from "../../db/schema/rights.ts";
import type { Provider } from "./tenants.ts";

export async function lockProvider(tx: Tx, providerId: number): Promise<Provider | undefined> {
  const [row] = await tx.select().from(providers).where(eq(providers.id, providerId)).for("no key update");
  return row;
}
