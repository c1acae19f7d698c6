// The first visitor must be the one who started the server: a one-time link, printed where only they look.
import { eq } from "drizzle-orm";
import type { Db, Tx } from "../../db/client.ts";
import { installation } from "../../db/schema/kernel.ts";
import type { Core } from "../kernel/core.ts";
import { isSetUp } from "../providers/tenants.ts";
import { newToken, tokenHash } from "./token.ts";

const key = "setup_token";

/** A new link, which ends the one before; null once there is an operator. */
export async function setupLink(core: Pick<Core, "db">, publicUrl: string): Promise<string | null> {
  if (await isSetUp(core.db)) return null;
  const token = newToken();
  const value = { hash: tokenHash(token) };
  await core.db.insert(installation).values({ key, value }).onConflictDoUpdate({ target: installation.key, set: { value } });
  return `${publicUrl.replace(/\/+$/, "")}/setup?token=${token}`;
}

/** Whether the link that the token comes from is the latest, and nobody has used it. */
export async function checkSetupToken(db: Db | Tx, token: string): Promise<boolean> {
  const [row] = await db.select({ value: installation.value }).from(installation).where(eq(installation.key, key));
  const hash = (row?.value as { hash?: unknown } | undefined)?.hash;
  // What is compared are digests: how long it takes tells nothing about the token.
  return typeof hash === "string" && hash === tokenHash(token) && !(await isSetUp(db));
}

export async function endSetupToken(tx: Tx): Promise<void> {
  await tx.delete(installation).where(eq(installation.key, key));
}
