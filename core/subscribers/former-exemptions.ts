// Whether an account paid taxes at an instant. What is now stands in the account; what was before a change, up to which instant, is kept here: rating
// looks it up as of the time of the usage, and finds nothing to read for the many that never changed.
import { and, eq, gt } from "drizzle-orm";
import { type RawTx, rawOf, type Tx } from "../../db/client.ts";
import { type accounts, formerTaxExemptions } from "../../db/schema/subscribers.ts";

/** Until when it was so, oldest first. */
export type FormerExemption = { readonly untilMs: number; readonly taxExempt: boolean };

/** By account; those that never changed have none. */
export async function readFormerExemptions(
  t: RawTx,
  providerId: number,
  accountIds: readonly string[],
): Promise<ReadonlyMap<string, readonly FormerExemption[]>> {
  if (accountIds.length === 0) return new Map();
  const rows = await t<{ account_id: string; until_ms: number; tax_exempt: boolean }[]>`
    select account_id, ceil(extract(epoch from until) * 1000)::float8 as until_ms, tax_exempt from app.former_tax_exemptions
    where provider_id = ${providerId} and account_id = any(${accountIds as string[]}::uuid[]) order by until`;
  const former = rows.map((row) => ({ accountId: row.account_id, untilMs: row.until_ms, taxExempt: row.tax_exempt }));
  return Map.groupBy(former, (one) => one.accountId);
}

/** From the instant on it is `taxExempt`, whatever was said before about the time since then. */
export async function keepExemption(
  tx: Tx,
  providerId: number,
  account: Pick<typeof accounts.$inferSelect, "accountId" | "taxExempt">,
  taxExempt: boolean,
  from: Temporal.Instant,
): Promise<void> {
  const { accountId } = account;
  const former = (await readFormerExemptions(rawOf(tx), providerId, [accountId])).get(accountId) ?? [];
  const before = former.find((one) => one.untilMs > from.epochMilliseconds)?.taxExempt ?? account.taxExempt;
  const since = and(
    eq(formerTaxExemptions.providerId, providerId),
    eq(formerTaxExemptions.accountId, accountId),
    gt(formerTaxExemptions.until, from.toString()),
  );
  await tx.delete(formerTaxExemptions).where(since);
  if (before !== taxExempt)
    await tx.insert(formerTaxExemptions).values({ providerId, accountId, until: from.toString(), taxExempt: before }).onConflictDoNothing();
}
