// One event is charged along the chain: what a partner rates goes on to its parent, which rates it by the plan that it sells to the partner.
import type { RawTx, Tx } from "../../../db/client.ts";
import { rawOf } from "../../../db/client.ts";
import { useProviders } from "../../../db/tenant.ts";
import type { Core } from "../../kernel/core.ts";
import type { UsageRecord } from "../normal-form.ts";
import { receiveIn } from "../receive-batch.ts";
import { wholesaleRecord } from "./wholesale-record.ts";

/** A record of the partner, with its key there. */
export type Used = { readonly key: string; readonly record: UsageRecord };

/** Whether the partner's usage of that instant is charged on to its parent. */
type Charged = (startedAt: string) => boolean;

/**
 * Hands usage that was rated now to the parent's inbox, as far as the partner is charged there at the time of the usage. In the transaction that rates:
 * what is rated is handed on, once, and nothing waits for a job that may be lost. The last thing it does, since the transaction then sees the parent's
 * rows and no more the partner's: at no time both. Another batch of the partner waits here for this one's commit, and for nothing else.
 */
export async function chargeParent(core: Core, tx: Tx, providerId: number, rated: readonly Used[]): Promise<void> {
  const t = rawOf(tx);
  if (rated.length === 0) return;
  // Held with `chargePartner`: usage is either handed on here, or rated before the partner was charged and found by `chargeEarlierUsage`.
  const [provider] = await t<{ parent_id: number | null }[]>`select parent_id from app.providers where id = ${providerId} for key share`;
  const parentId = provider?.parent_id;
  if (parentId === null || parentId === undefined) return;
  await useProviders(tx, [parentId]);
  const charged = await readCharged(t, parentId, providerId);
  if (charged)
    await handOn(
      core,
      tx,
      { parentId, partnerId: providerId },
      rated.filter(({ record }) => charged(record.startedAt)),
    );
  await useProviders(tx, [providerId]);
}

/** Nothing when the partner has never been charged. In a transaction that sees the parent's rows. */
export async function readCharged(t: RawTx, parentId: number, partnerId: number): Promise<Charged | undefined> {
  const ranges = await t<{ from_ms: number; to_ms: number }[]>`
    select coalesce(ceil(extract(epoch from lower(valid)) * 1000), '-infinity')::float8 as from_ms,
           coalesce(ceil(extract(epoch from upper(valid)) * 1000), 'infinity')::float8 as to_ms
    from app.identifiers where provider_id = ${parentId} and kind = 'partner' and value = ${String(partnerId)}`;
  if (ranges.length === 0) return undefined;
  return (startedAt) => {
    const at = Date.parse(startedAt);
    return ranges.some((range) => range.from_ms <= at && at < range.to_ms);
  };
}

/** Stores the usage as a batch of the partner's agent at the parent. */
export async function handOn(
  core: Core,
  tx: Tx,
  { parentId, partnerId }: { parentId: number; partnerId: number },
  used: readonly Used[],
): Promise<void> {
  if (used.length === 0) return;
  const [agent] = await rawOf(tx)<
    { id: string }[]
  >`select id from app.agents where provider_id = ${parentId} and partner_id = ${partnerId}`;
  if (!agent) throw new Error(`partner ${partnerId} is charged by ${parentId}, but has no agent there`);
  const records = used.map(({ key, record }) => wholesaleRecord(partnerId, key, record));
  const receipt = await receiveIn(core, tx, { providerId: parentId, agentId: agent.id }, { firstSequence: "next", records });
  if (!receipt.ok) throw new Error(`partner ${partnerId}'s agent at ${parentId} is revoked`);
}
