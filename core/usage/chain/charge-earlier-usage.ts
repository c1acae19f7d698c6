// What a partner had used, and rated, before it was written down that it is charged from then on.
import type { RawTx } from "../../../db/client.ts";
import { rawOf } from "../../../db/client.ts";
import { inTenant, useProviders } from "../../../db/tenant.ts";
import type { Core } from "../../kernel/core.ts";
import { recordOfStored, type StoredFact } from "../fact.ts";
import { recordKey } from "../record-key.ts";
import { handOn, readCharged, type Used } from "./charge-parent.ts";
import { wholesaleRecord } from "./wholesale-record.ts";

const pageSize = 5000;
type Place = { readonly startedAt: string; readonly key: string };

/**
 * Hands on the partner's rated usage since the instant that the parent doesn't know yet, a page in each transaction; gives how many records. Run twice, or beside
 * itself, it may hand on a record twice: the parent counts the second as a duplicate.
 */
export async function chargeEarlierUsage(
  core: Core,
  { providerId: parentId, partnerId, from }: { providerId: number; partnerId: number; from: string },
): Promise<number> {
  let handed = 0;
  for (let after: Place | undefined = { startedAt: from, key: "00000000-0000-0000-0000-000000000000" }; after; ) {
    const page: { handed: number; next: Place | undefined } = await inTenant(core.db, [partnerId], async (tx) => {
      const t = rawOf(tx);
      const { used, next } = await ratedAfter(t, partnerId, after!);
      if (used.length === 0) return { handed: 0, next };
      await useProviders(tx, [parentId]);
      const charged = (await readCharged(t, parentId, partnerId)) ?? (() => false);
      const missing = await withoutKnown(
        t,
        { parentId, partnerId },
        used.filter(({ record }) => charged(record.startedAt)),
      );
      await handOn(core, tx, { parentId, partnerId }, missing);
      return { handed: missing.length, next };
    });
    handed += page.handed;
    after = page.next;
  }
  return handed;
}

type Row = StoredFact & { readonly key: string; readonly place: string; readonly partner_id: number | null };

/** The next page of the provider's timeline: what is rated of it, with where the page after it begins. */
async function ratedAfter(t: RawTx, providerId: number, { startedAt, key }: Place): Promise<{ used: Used[]; next: Place | undefined }> {
  const keys = await t<{ key: string; place: string; account_id: string | null }[]>`
    select key, started_at::text as place, account_id from app.usage_keys
    where provider_id = ${providerId} and (started_at, key) > (${startedAt}::timestamptz, ${key}::uuid) order by started_at, key limit ${pageSize}`;
  const rated = keys.filter((k) => k.account_id !== null);
  const rows = await t<Row[]>`
    select r.key, to_char(r.started_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as started_at,
           to_char(r.answered_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as answered_at, r.kind, r.call_id, r.direction, r.source, r.destination,
           r.disposition, r.duration_sec, r.billable_sec, r.facts, a.partner_id
    from unnest(${rated.map((k) => k.account_id)}::uuid[], ${rated.map((k) => k.place)}::text[]::timestamptz[], ${rated.map((k) => k.key)}::uuid[]) as k(account_id, started_at, key)
    join app.usage_records r on r.provider_id = ${providerId} and r.account_id = k.account_id and r.started_at = k.started_at and r.key = k.key
    join app.agents a on a.provider_id = r.provider_id and a.id = r.agent_id`;
  const used = rows.map((row) => {
    const record = recordOfStored(row);
    return { key: row.key, record: row.partner_id === null ? record : { ...record, fromPartner: row.partner_id } };
  });
  const last = keys.at(-1);
  return { used, next: last && keys.length === pageSize ? { startedAt: last.place, key: last.key } : undefined };
}

async function withoutKnown(
  t: RawTx,
  { parentId, partnerId }: { parentId: number; partnerId: number },
  used: readonly Used[],
): Promise<Used[]> {
  const keyed = used.map((one) => ({ one, key: recordKey(wholesaleRecord(partnerId, one.key, one.record)) }));
  const found = await t<
    { key: string }[]
  >`select key from app.usage_keys where provider_id = ${parentId} and key = any(${keyed.map((k) => k.key)}::uuid[])`;
  const known = new Set(found.map((row) => row.key));
  return keyed.filter((k) => !known.has(k.key)).map((k) => k.one);
}
