// Which plans are there, and what does each version say?
import { sql } from "drizzle-orm";
import * as v from "valibot";
import type { ServiceKind } from "../../../db/schema/subscribers.ts";
import { accept, refuse } from "../../kernel/errors.ts";
import { defineQuery } from "../../kernel/query.ts";
import { idField, providersIn } from "../input.ts";
import { limitField, providerField } from "../page.ts";
import { candidatesOf, deckOf } from "../plan-deck/deck.ts";
import { deckField, rateAt } from "../plan-deck/query.ts";
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
  async run({ tx, scope }, { planId, of: asked, deck: part, number }) {
    const [plan] = await rows<{ providerId: number; latest: number | null }>(
      tx,
      sql`select p.provider_id, (select max(v.version) from app.plan_versions v where v.provider_id = p.provider_id and v.plan_id = p.id) as latest
          from app.plans p where p.provider_id = any(${providersIn(scope)}) and p.id = ${planId}`,
    );
    if (!plan) return refuse("not_found");
    const of = asked ?? plan.latest ?? "draft";
    if (part === "all") {
      const table = of === "draft" ? sql`app.plan_drafts where true` : sql`app.plan_versions where version = ${of}`;
      const [whole] = await rows<{ document: Record<string, unknown> }>(
        tx,
        sql`select document from ${table} and provider_id = ${plan.providerId} and plan_id = ${planId}`,
      );
      return whole ? accept({ of, document: whole.document }) : refuse("not_found");
    }
    const deck = await deckOf(tx, { providerId: plan.providerId, planId, of });
    if (!deck) return refuse("not_found");
    const rates = part === "none" ? {} : { rates: candidatesOf(deck, number.replaceAll(/\D/g, "")).map((i) => rateAt(deck, i)!) };
    return accept({ of, document: { ...deck.document, ...rates } as Record<string, unknown> });
  },
});
