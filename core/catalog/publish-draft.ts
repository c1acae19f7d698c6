// A reviewed draft becomes a version, and one more for each later day on which its deck changes: pricing and re-rating know only versions.
import { and, eq, sql } from "drizzle-orm";
import * as v from "valibot";
import type { Tx } from "../../db/client.ts";
import { planDrafts } from "../../db/schema/catalog-drafts.ts";
import { plans, planVersions } from "../../db/schema/subscribers.ts";
import { chargeDue } from "../kernel/charge-due-job.ts";
import { defineCommand } from "../kernel/command.ts";
import { accept, refuse } from "../kernel/errors.ts";
import { idField, instantField } from "../kernel/input-fields.ts";
import { pause } from "../kernel/turns.ts";
import { releaseWaiting } from "../kernel/waiting-usage-job.ts";
import { applyLines, type DatedLines } from "./deck/deck-line.ts";
import { draftOutline, endDraft, latestVersion, lockDraft, ofPlan, revisionField } from "./draft.ts";
import type { PlanDocument } from "./plan-document.ts";
import { pricedSince } from "./priced-since.ts";
import { decide } from "./publish-version.ts";
import { outline } from "./published-version.ts";

/** So many versions at once are more than anybody meant. */
const MAX_VERSIONS = 60;

/** When versions begin, and up to which day their decks hold the changes; undefined: none of them. */
export type Beginning = { readonly validFrom: Temporal.Instant; readonly upTo: string | undefined };

/** The first from `validFrom` with every change of that day and earlier, then one from the start of each later day in the zone. Pure. */
export function beginningsOf(days: readonly string[], validFrom: Temporal.Instant, zone: string): Beginning[] {
  const startOf = (day: string) => Temporal.PlainDate.from(day).toZonedDateTime(zone).toInstant();
  const later = days.filter((day) => Temporal.Instant.compare(startOf(day), validFrom) > 0);
  const first = { validFrom, upTo: days[days.length - later.length - 1] };
  return [first, ...later.map((day) => ({ validFrom: startOf(day), upTo: day }))];
}

/**
 * Gives the versions, and `rerating` when usage from `validFrom` on was priced already by what holds until now: that stays as it is until it is
 * rated again. Refuses with `version_starts_in_past` and, when another version came in between, `draft_outdated`.
 */
export const publishDraft = defineCommand({
  name: "catalog.publish-draft",
  summary: "Publish a plan's reviewed draft from an instant on",
  permission: "plans:write",
  level: "provider",
  input: v.strictObject({ planId: idField, revision: revisionField, validFrom: v.optional(instantField) }),

  async run({ tx, providerId, now, enqueue, audit }, { planId, revision, validFrom = now }) {
    const found = await lockDraft(tx, providerId, planId, "publish", revision);
    if (!found.ok) return found;
    const draft = found.value;
    const latest = await latestVersion(tx, providerId, planId);
    if ((latest?.version ?? 0) !== draft.follows)
      return refuse("draft_outdated", { follows: draft.follows, latest: latest?.version ?? null, basedOn: draft.basedOn });
    const [stored] = await tx
      .select({ document: planDrafts.document, changes: planDrafts.changes, contentHash: planDrafts.contentHash })
      .from(planDrafts)
      .where(ofPlan(providerId, planId));
    const document = stored!.document as PlanDocument;
    const first = decide(
      // The preview held the draft to the plan's currency.
      { ...(latest && { version: latest.version, validFrom: Temporal.Instant.from(latest.validFrom) }), currency: document.currency },
      validFrom,
      document.currency,
    );
    if (!first.ok) return first;
    const changes = stored!.changes as DatedLines[];
    const beginnings = beginningsOf(
      changes.map(({ from }) => from),
      validFrom,
      document.zone ?? (await zoneOf(tx, providerId)),
    );
    if (beginnings.length > MAX_VERSIONS)
      return refuse("plan_invalid", {
        issues: [
          { path: "changes", message: `must have at most ${MAX_VERSIONS - 1} days after that instant, not ${beginnings.length - 1}` },
        ],
      });
    const versions: { version: number; validFrom: string; rates: number }[] = [];
    const later = [...changes];
    let { rates } = document;
    for (const { validFrom, upTo } of beginnings) {
      while (upTo !== undefined && later[0] && later[0].from <= upTo) {
        await pause();
        rates = applyLines(rates, later.shift()!);
      }
      const published = { ...document, rates };
      const version = first.value.version + versions.length;
      await tx.insert(planVersions).values({
        ...{ providerId, planId, version, validFrom: validFrom.toString(), document: published, publishedAt: now.toString() },
      });
      versions.push({ version, validFrom: validFrom.toString(), rates: published.rates.length });
    }
    if (!latest) await namePlan(tx, providerId, planId, document);
    await endDraft(tx, providerId, draft);
    // Usage that waited for a price is looked at again.
    await enqueue(releaseWaiting, { providerId }, { key: String(providerId) });
    await enqueue(chargeDue, { providerId, planId });
    const rerating = await pricedSince(tx, providerId, planId, validFrom);
    audit({
      before: { planId, ...draftOutline(draft) },
      after: { contentHash: stored!.contentHash, versions, document: outline(document), rerating },
    });
    return accept({ versions, rerating });
  },
});

async function zoneOf(tx: Tx, providerId: number): Promise<string> {
  const [row] = await tx.execute<{ zone: string }>(sql`select zone from app.providers where id = ${providerId}`);
  return row!.zone;
}

/** A plan that had only a draft is called what was published. */
const namePlan = (tx: Tx, providerId: number, planId: string, { kind, currency }: PlanDocument) =>
  tx
    .update(plans)
    .set({ kind, currency })
    .where(and(eq(plans.providerId, providerId), eq(plans.id, planId)));
