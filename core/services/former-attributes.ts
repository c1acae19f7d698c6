// A service's attributes as of an instant. What is now stands in the service; what was before a change, up to which instant, is kept here.
import { and, eq, gt } from "drizzle-orm";
import { type RawTx, rawOf, type Tx } from "../../db/client.ts";
import { formerServiceAttributes, type services } from "../../db/schema/subscribers.ts";

type Attributes = Readonly<Record<string, string>>;
/** Until when it had them, oldest first. */
export type FormerAttributes = { readonly untilMs: number; readonly attributes: Attributes };

/** By service; those that never changed have none. */
export async function readFormerAttributes(
  t: RawTx,
  providerId: number,
  accountIds: readonly string[],
): Promise<ReadonlyMap<string, readonly FormerAttributes[]>> {
  if (accountIds.length === 0) return new Map();
  const rows = await t<{ service_id: string; until_ms: number; attributes: Attributes }[]>`
    select service_id, ceil(extract(epoch from until) * 1000)::float8 as until_ms, attributes from app.former_service_attributes
    where provider_id = ${providerId} and account_id = any(${accountIds as string[]}::uuid[]) order by until`;
  const former = rows.map((row) => ({ serviceId: row.service_id, untilMs: row.until_ms, attributes: row.attributes }));
  return Map.groupBy(former, (one) => one.serviceId);
}

/** What it had up to the instant; what was said before about the time since then is gone. */
export async function keepAttributes(
  tx: Tx,
  { providerId, accountId, id: serviceId, attributes }: typeof services.$inferSelect,
  from: Temporal.Instant,
): Promise<void> {
  const former = (await readFormerAttributes(rawOf(tx), providerId, [accountId])).get(serviceId) ?? [];
  const before = former.find((one) => one.untilMs > from.epochMilliseconds)?.attributes ?? attributes;
  const since = and(
    eq(formerServiceAttributes.providerId, providerId),
    eq(formerServiceAttributes.accountId, accountId),
    eq(formerServiceAttributes.serviceId, serviceId),
    gt(formerServiceAttributes.until, from.toString()),
  );
  await tx.delete(formerServiceAttributes).where(since);
  const kept = { providerId, accountId, serviceId, until: from.toString(), attributes: before };
  await tx.insert(formerServiceAttributes).values(kept).onConflictDoNothing();
}
