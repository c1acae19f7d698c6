// What does a partner sell, and what is it charged for that by the provider above it?
import { type SQL, sql } from "drizzle-orm";
import * as v from "valibot";
import { accept, refuse } from "../../kernel/errors.ts";
import { defineQuery } from "../../kernel/query.ts";
import { providersIn } from "../input.ts";
import { rows } from "../rows.ts";

export type Partner = {
  providerId: number;
  name: string;
  code: string;
  currency: string;
  zone: string;
  createdAt: string;
  /** Null for whoever may not see the provider above. */
  parentId: number | null;
  parentName: string | null;
};

/** A stretch in which the partner's usage is charged on a service of the parent's, half-open. `plan…`: the plan now. */
export type PartnerCharge = {
  serviceId: string;
  label: string;
  subscriberId: string;
  subscriberName: string;
  currency: string;
  planId: string | null;
  planName: string | null;
  from: string;
  until: string | null;
};

/** `month`: its first day. `sold…`: to the partner's subscribers; `charged…`: to the partner; `marginMicros` is null when one of the two is missing. */
export type PartnerMonth = {
  month: string;
  currency: string;
  soldRecords: number;
  soldMicros: bigint;
  chargedRecords: number;
  chargedMicros: bigint;
  marginMicros: bigint | null;
};

/** Amounts are of usage, net of taxes; each side's months are of its own zone. Twelve months, newest first. */
export const providersPartner = defineQuery({
  name: "providers.partner",
  summary: "One partner: on which service it is charged for its subscribers' usage, and what that came to by month",
  permission: "providers:write",
  level: "provider",
  input: v.object({ partnerId: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(2_147_483_647)) }),
  async run({ tx, scope, now }, { partnerId }) {
    const [partner] = await rows<Partner>(
      tx,
      sql`select p.id as provider_id, p.name, p.code, p.currency, p.zone, p.created_at, o.id as parent_id, o.name as parent_name
          from app.providers p left join app.providers o on o.id = p.parent_id and o.id = any(${providersIn(scope)})
          where p.id = ${partnerId} and p.id = any(${providersIn(scope)})`,
    );
    if (!partner) return refuse("not_found");
    const { parentId } = partner;
    if (parentId === null) return accept({ partner, charges: [] as PartnerCharge[], months: [] as PartnerMonth[] });
    const held = sql`i.provider_id = ${parentId} and i.kind = 'partner' and i.value = ${String(partnerId)}`;
    const charges = await rows<PartnerCharge>(
      tx,
      sql`select v.id as service_id, v.label, s.id as subscriber_id, s.name as subscriber_name, a.currency, pl.id as plan_id, pl.name as plan_name,
            lower(i.valid) as "from", upper(i.valid) as until
          from app.identifiers i
          join app.services v on v.provider_id = i.provider_id and v.account_id = i.account_id and v.id = i.service_id
          join app.accounts a on a.provider_id = v.provider_id and a.account_id = v.account_id
          join app.subscribers s on s.provider_id = v.provider_id and s.id = v.subscriber_id
          left join lateral (
            select c.plan_id from app.service_plans c
            where c.provider_id = v.provider_id and c.account_id = v.account_id and c.service_id = v.id and c.valid_from <= ${now.toString()}
            order by c.valid_from desc limit 1) sp on true
          left join app.plans pl on pl.provider_id = v.provider_id and pl.id = sp.plan_id
          where ${held} order by lower(i.valid) desc limit 100`,
    );
    // A month more than is shown, since the two sides' days begin at different hours.
    const since = sql`(${now.toString()}::timestamptz - interval '12 months')::date`;
    const months = await rows<PartnerMonth>(
      tx,
      sql`with sold as (
            select ${monthOf} as month, d.currency, sum(${counted}) as records, sum(d.amount_micros) as micros from read.provider_daily d
            where d.provider_id = ${partnerId} and d.day >= ${since} group by 1, 2),
          charged as (
            select ${monthOf} as month, d.currency, sum(${counted}) as records, sum(d.amount_micros) as micros from read.usage_daily d
            where d.provider_id = ${parentId} and d.day >= ${since}
              and (d.account_id, d.service_id) in (select i.account_id, i.service_id from app.identifiers i where ${held}) group by 1, 2)
          select month::text as month, currency, coalesce(s.records, 0)::bigint as sold_records, coalesce(s.micros, 0)::bigint as sold_micros,
            coalesce(c.records, 0)::bigint as charged_records, coalesce(c.micros, 0)::bigint as charged_micros, (s.micros - c.micros)::bigint as margin_micros
          from sold s full join charged c using (month, currency) order by 1 desc, 2 limit 24`,
    );
    return accept({ partner, charges, months });
  },
});

const monthOf: SQL = sql`date_trunc('month', d.day)::date`;
/** Traffic is counted in octets only. */
const counted: SQL = sql`d.calls + d.sessions + d.messages + d.events`;
