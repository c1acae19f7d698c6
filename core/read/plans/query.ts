// Which plans are there, and what does each version say?
import { sql } from "drizzle-orm";
import * as v from "valibot";
import type { ServiceKind } from "../../../db/schema/subscribers.ts";
import { accept, refuse } from "../../kernel/errors.ts";
import { defineQuery } from "../../kernel/query.ts";
import { idField, providersIn } from "../input.ts";
import { limitField, providerField } from "../page.ts";
import { rows } from "../rows.ts";

export type PlanRow = {
  providerId: number;
  providerName: string;
  planId: string;
  code: string;
  name: string;
  kind: ServiceKind;
  currency: string;
  createdAt: string;
  /** In force now; null when none is yet. */
  version: number | null;
  validFrom: string | null;
  versions: number;
};

/** Plans belong to a provider and not to a group, so a manager of groups sees all of them. */
export const plansList = defineQuery({
  name: "plans.list",
  summary: "Plans with the version in force",
  permission: "plans:read",
  level: "subscriber",
  input: v.object({ providerId: providerField, limit: limitField }),
  run: async ({ tx, scope, now }, { providerId, limit }) =>
    accept({
      plans: await rows<PlanRow>(
        tx,
        sql`select p.provider_id, o.name as provider_name, p.id as plan_id, p.code, p.name, p.kind, p.currency, p.created_at, c.version, c.valid_from,
              (select count(*)::int from app.plan_versions n where n.provider_id = p.provider_id and n.plan_id = p.id) as versions
            from app.plans p join app.providers o on o.id = p.provider_id
            left join lateral (
              select w.version, w.valid_from from app.plan_versions w where w.provider_id = p.provider_id and w.plan_id = p.id and w.valid_from <= ${now.toString()}
              order by w.valid_from desc limit 1) c on true
            where p.provider_id = any(${providersIn(scope, providerId)}) order by p.provider_id, p.code limit ${limit}`,
      ),
    }),
});

/** `document` as it was published; versions newest first. `services`: how many services have the plan as their latest. */
export const plansDetail = defineQuery({
  name: "plans.detail",
  summary: "One plan with all its versions",
  permission: "plans:read",
  level: "subscriber",
  input: v.object({ planId: idField }),
  async run({ tx, scope }, { planId }) {
    const [plan] = await rows<Omit<PlanRow, "version" | "validFrom" | "versions">>(
      tx,
      sql`select p.provider_id, o.name as provider_name, p.id as plan_id, p.code, p.name, p.kind, p.currency, p.created_at
          from app.plans p join app.providers o on o.id = p.provider_id where p.provider_id = any(${providersIn(scope)}) and p.id = ${planId}`,
    );
    if (!plan) return refuse("not_found");
    const versions = await rows<{ version: number; validFrom: string; publishedAt: string; document: unknown }>(
      tx,
      sql`select version, valid_from, published_at, document from app.plan_versions where provider_id = ${plan.providerId} and plan_id = ${planId} order by version desc limit 100`,
    );
    return accept({ ...plan, versions });
  },
});
