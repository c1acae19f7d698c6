// One service: on which plans it was and will be, and by what it was, is and will be recognised.
import { sql } from "drizzle-orm";
import * as v from "valibot";
import type { ServiceKind } from "../../../db/schema/subscribers.ts";
import { accept, refuse } from "../../kernel/errors.ts";
import { defineQuery } from "../../kernel/query.ts";
import { groupSeen, idField, providersIn } from "../input.ts";
import { rows } from "../rows.ts";

export type ServiceDetail = {
  providerId: number;
  zone: string;
  serviceId: string;
  label: string;
  kind: ServiceKind;
  status: "active" | "terminated";
  activatedAt: string;
  terminatedAt: string | null;
  accountId: string;
  accountNumber: string;
  currency: string;
  subscriberId: string;
  subscriberName: string;
};
/** In force from `from` until the next one's `from`. */
export type ServicePlan = { planId: string; code: string; name: string; from: string };
/** `value` of kind "partner": the name of the partner whose usage is charged on the service. */
export type HeldIdentifier = {
  identifierId: string;
  kind: "telephone" | "login" | "partner";
  value: string;
  from: string;
  until: string | null;
};

/** Plans and identifiers newest first, those to come among them. */
export const servicesDetail = defineQuery({
  name: "services.detail",
  summary: "One service with the history of its plans and identifiers",
  permission: "subscribers:read",
  level: "subscriber",
  input: v.object({ serviceId: idField }),
  async run({ tx, scope }, { serviceId }) {
    const [service] = await rows<ServiceDetail>(
      tx,
      sql`select v.provider_id, p.zone, v.id as service_id, v.label, v.kind, v.status, v.activated_at, v.terminated_at,
            v.account_id, a.number as account_number, a.currency, v.subscriber_id, s.name as subscriber_name
          from app.services v
          join app.providers p on p.id = v.provider_id
          join app.accounts a on a.provider_id = v.provider_id and a.account_id = v.account_id
          join app.subscribers s on s.provider_id = v.provider_id and s.id = v.subscriber_id
          where v.provider_id = any(${providersIn(scope)}) and v.id = ${serviceId} and ${groupSeen(scope, sql`s.group_id`)}`,
    );
    if (!service) return refuse("not_found");
    const { providerId, accountId } = service;
    const plans = await rows<ServicePlan>(
      tx,
      sql`select c.plan_id, pl.code, pl.name, c.valid_from as "from" from app.service_plans c
          join app.plans pl on pl.provider_id = c.provider_id and pl.id = c.plan_id
          where c.provider_id = ${providerId} and c.account_id = ${accountId} and c.service_id = ${serviceId} order by c.valid_from desc limit 200`,
    );
    const identifiers = await rows<HeldIdentifier>(
      tx,
      sql`select i.id as identifier_id, i.kind, coalesce(p.name, i.value) as value, lower(i.valid) as "from", upper(i.valid) as until from app.identifiers i
          left join app.providers p on i.kind = 'partner' and p.id::text = i.value
          where i.provider_id = ${providerId} and i.service_id = ${serviceId} order by upper(i.valid) desc nulls first, value limit 1000`,
    );
    return accept({ service, plans, identifiers });
  },
});
