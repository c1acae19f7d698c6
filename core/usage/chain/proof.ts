// What must hold between a partner's usage and what its parent charges for it.
import type { RawTx } from "../../../db/client.ts";
import { chargePartnerEarlier } from "../../kernel/charge-partner-job.ts";
import type { Proof } from "../../kernel/proof.ts";
import type { SourceRecord } from "../normal-form.ts";
import { recordKey } from "../record-key.ts";

type Compared = { missing: { used: string; key: string }[] | null; foreign: string[] | null; waiting: Uint8Array[] | null };

export const chainProofs: readonly Proof[] = [
  {
    name: "usage.partners-charged-once",
    claim: "What a partner rated while its parent charges it is at the parent once, rated or in quarantine, and nothing else of it is",
    async find(t, providerId, limit) {
      const [partner] = await t<{ parent_id: number | null }[]>`select parent_id from app.providers where id = ${providerId}`;
      if (!partner?.parent_id) return [];
      // Nobody but this proof ever sees both sides at once.
      await t`select app.use_providers(${`{${partner.parent_id},${providerId}}`}::int[])`;
      const { missing, foreign, waiting } = await compare(t, partner.parent_id, providerId);
      await t`select app.use_providers(${`{${providerId}}`}::int[])`;
      const onTheWay = new Set((waiting ?? []).flatMap(keysOf));
      return [
        ...(missing ?? [])
          .filter(({ key }) => !onTheWay.has(key))
          .map(({ used }) => `record ${used} of the partner isn't charged by its parent`),
        ...(foreign ?? []).map((key) => `record ${key} is charged to the partner by its parent, and the partner has no such record`),
      ].slice(0, limit);
    },
  },
];

/** A batch of the inbox that isn't rated yet. */
const keysOf = (packed: Uint8Array): string[] =>
  (JSON.parse(new TextDecoder().decode(Bun.zstdDecompressSync(packed))) as SourceRecord[]).map(recordKey);

/** One statement, so that it sees one moment. The parent's key of a partner's record is made as `recordKey` makes it. */
async function compare(t: RawTx, parentId: number, partnerId: number): Promise<Compared> {
  const [compared] = await t<Compared[]>`
    with earlier as (
      -- Usage before the link was written down, which the job has still to hand on.
      select max(created_on) as until from pgboss.job
      where name = ${chargePartnerEarlier.name} and state in ('created', 'retry', 'active') and (data ->> 'providerId')::int = ${parentId} and (data ->> 'partnerId')::int = ${partnerId}),
    used as materialized (
      select r.key, r.started_at, r.rated_at, substr(encode(sha256(convert_to(${`chain\n${partnerId}\n`} || r.key::text, 'UTF8')), 'hex'), 1, 32)::uuid as parents_key
      from app.usage_records r where r.provider_id = ${partnerId}),
    charged as materialized (
      select h.key from app.agents a join (
        select agent_id, key from app.usage_records where provider_id = ${parentId}
        union all select agent_id, key from app.usage_quarantine where provider_id = ${parentId} and resolution is distinct from 'rated') h on h.agent_id = a.id
      where a.provider_id = ${parentId} and a.partner_id = ${partnerId})
    select
      (select jsonb_agg(jsonb_build_object('used', u.key, 'key', u.parents_key)) from used u
        where exists (select from app.identifiers i where i.provider_id = ${parentId} and i.kind = 'partner' and i.value = ${String(partnerId)} and i.valid @> u.started_at)
          and u.rated_at >= coalesce((select until from earlier), '-infinity') and not exists (select from charged c where c.key = u.parents_key)) as missing,
      (select array_agg(c.key::text) from charged c where not exists (select from used u where u.parents_key = c.key)) as foreign,
      (select array_agg(b.records) from app.usage_inbox b join app.agents a on a.provider_id = b.provider_id and a.id = b.agent_id
        where b.provider_id = ${parentId} and a.partner_id = ${partnerId} and b.processed_at is null) as waiting`;
  return compared!;
}
