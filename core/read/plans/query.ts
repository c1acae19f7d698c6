// Which plans are there, and what does each version say?
import { sql } from "drizzle-orm";
import * as v from "valibot";
import type { ServiceKind } from "../../../db/schema/subscribers.ts";
import { accept, refuse } from "../../kernel/errors.ts";
import { defineQuery } from "../../kernel/query.ts";
import { idField, providersIn } from "../input.ts";
import { limitField, providerField } from "../page.ts";
import { deckField } from "../plan-deck/query.ts";
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
  draft: "draft" | "preview" | null;
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
              (select count(*)::int from app.plan_versions n where n.provider_id = p.provider_id and n.plan_id = p.id) as versions,
              (select d.state from app.plan_drafts d where d.provider_id = p.provider_id and d.plan_id = p.id) as draft
            from app.plans p join app.providers o on o.id = p.provider_id
            left join lateral (
              select w.version, w.valid_from from app.plan_versions w where w.provider_id = p.provider_id and w.plan_id = p.id and w.valid_from <= ${now.toString()}
              order by w.valid_from desc limit 1) c on true
            where p.provider_id = any(${providersIn(scope, providerId)}) order by p.provider_id, p.code limit ${limit}`,
      ),
    }),
});

export type VersionRow = {
  version: number;
  /** Until `validTo`, when the next one begins; null: none does. */
  validFrom: string;
  validTo: string | null;
  publishedAt: string;
  state: "to come" | "in force" | "superseded";
};
export type DraftRow = {
  state: "draft" | "preview";
  revision: number;
  basedOn: number | null;
  follows: number;
  rates: number;
  /** Days on which the deck changes, and by how many lines. */
  days: { from: string; lines: number }[];
  contentHash: string | null;
  startedBy: string;
  startedAt: string;
  savedBy: string;
  savedAt: string;
};

/** Without documents, which may be long: plans.document gives one. Versions newest first. */
export const plansDetail = defineQuery({
  name: "plans.detail",
  summary: "One plan with its versions and its draft",
  permission: "plans:read",
  level: "subscriber",
  input: v.object({ planId: idField }),
  async run({ tx, scope, now }, { planId }) {
    const [plan] = await rows<Omit<PlanRow, "version" | "validFrom" | "versions" | "draft">>(
      tx,
      sql`select p.provider_id, o.name as provider_name, p.id as plan_id, p.code, p.name, p.kind, p.currency, p.created_at
          from app.plans p join app.providers o on o.id = p.provider_id where p.provider_id = any(${providersIn(scope)}) and p.id = ${planId}`,
    );
    if (!plan) return refuse("not_found");
    const versions = await rows<VersionRow>(
      tx,
      sql`select version, valid_from, valid_to, published_at,
            case when valid_from > ${now.toString()} then 'to come' when valid_to <= ${now.toString()} then 'superseded' else 'in force' end as state
          from (select version, valid_from, lead(valid_from) over (order by version) as valid_to, published_at
                from app.plan_versions where provider_id = ${plan.providerId} and plan_id = ${planId}) v
          order by version desc limit 200`,
    );
    const [draft] = await rows<DraftRow>(
      tx,
      sql`select state, revision, based_on, follows, content_hash, started_by, started_at, saved_by, saved_at,
            case when jsonb_typeof(document -> 'rates') = 'array' then jsonb_array_length(document -> 'rates') else 0 end as rates,
            (select coalesce(jsonb_agg(jsonb_build_object('from', c ->> 'from', 'lines', jsonb_array_length(c -> 'lines'))), '[]') from jsonb_array_elements(changes) c) as days
          from app.plan_drafts where provider_id = ${plan.providerId} and plan_id = ${planId}`,
    );
    return accept({ ...plan, versions, draft: draft ?? null });
  },
});

/**
 * `of`: a version's number or "draft"; the latest version unless told, or the draft of a plan that has only that. `deck`: "all" its rates, or "none"
 * (the document has no `rates` then), or those that a `number` may match.
 */
export const plansDocument = defineQuery({
  name: "plans.document",
  summary: "The document of a plan's version or draft",
  permission: "plans:read",
  level: "subscriber",
  input: v.object({
    planId: idField,
    of: v.optional(deckField),
    deck: v.optional(v.picklist(["all", "none", "number"]), "all"),
    number: v.optional(v.pipe(v.string(), v.maxLength(40)), ""),
  }),
  async run({ tx, scope }, { planId, of, deck, number }) {
    const columns =
      deck === "all"
        ? sql`document`
        : deck === "none"
          ? sql`document - 'rates' as document`
          : sql`document - 'rates' || jsonb_build_object('rates', coalesce((select jsonb_agg(r) from
              jsonb_array_elements(case jsonb_typeof(document -> 'rates') when 'array' then document -> 'rates' else '[]' end) r
              where starts_with(${number.replaceAll(/\D/g, "")}::text, r ->> 'prefix')), '[]')) as document`;
    const ofPlan = sql`where provider_id = any(${providersIn(scope)}) and plan_id = ${planId}`;
    const version = of === "draft" ? sql`and false` : of === undefined ? sql`` : sql`and version = ${of}`;
    const [found] = await rows<{ version: number | null; revision: number | null; document: Record<string, unknown> }>(
      tx,
      sql`select * from (
            (select version, null::int as revision, ${columns} from app.plan_versions ${ofPlan} ${version} order by version desc limit 1)
            union all (select null, revision, ${columns} from app.plan_drafts ${ofPlan} ${of === undefined || of === "draft" ? sql`` : sql`and false`})) d order by version nulls last limit 1`,
    );
    return found ? accept(found) : refuse("not_found");
  },
});
