// What a plan costs from some instant on. A published version is never edited: charges are pinned to it.
import { and, desc, eq } from "drizzle-orm";
import * as v from "valibot";
import { plans, planVersions } from "../../db/schema/subscribers.ts";
import { defineCommand } from "../kernel/command.ts";
import { accept, type Outcome, refuse } from "../kernel/errors.ts";
import { idField, instantField } from "../kernel/input-fields.ts";
import { releaseWaiting } from "../kernel/waiting-usage-job.ts";
import { documentField, outline, planFrom } from "./published-version.ts";

export type Latest = { readonly version: number; readonly validFrom: Temporal.Instant; readonly currency: string };

/** The number of a version that follows `latest` from `validFrom`. Pure. */
export function decide(latest: Latest, validFrom: Temporal.Instant, currency: string): Outcome<{ version: number }> {
  if (currency !== latest.currency)
    return refuse("plan_invalid", { issues: [{ path: "document.currency", message: `must be ${latest.currency}, the plan's currency` }] });
  if (Temporal.Instant.compare(validFrom, latest.validFrom) <= 0)
    return refuse("version_starts_in_past", { after: latest.validFrom.toString() });
  return accept({ version: latest.version + 1 });
}

export const publishVersion = defineCommand({
  name: "catalog.publish-version",
  summary: "Publish a new version of a plan from an instant on",
  permission: "plans:write",
  level: "provider",
  input: v.strictObject({ planId: idField, document: documentField, validFrom: v.optional(instantField) }),

  async run({ tx, providerId, now, enqueue, audit }, { planId, document, validFrom = now }) {
    // Two versions published at once must not get one number.
    const [plan] = await tx
      .select()
      .from(plans)
      .where(and(eq(plans.providerId, providerId), eq(plans.id, planId)))
      .for("no key update");
    if (!plan) return refuse("not_found");
    const parsed = planFrom(document);
    if (!parsed.ok) return parsed;
    const [last] = await tx
      .select({ version: planVersions.version, validFrom: planVersions.validFrom, document: planVersions.document })
      .from(planVersions)
      .where(and(eq(planVersions.providerId, providerId), eq(planVersions.planId, planId)))
      .orderBy(desc(planVersions.version))
      .limit(1);
    if (!last) throw new Error(`Plan ${planId} has no version.`);
    const decision = decide(
      { version: last.version, validFrom: Temporal.Instant.from(last.validFrom), currency: plan.currency },
      validFrom,
      parsed.value.currency,
    );
    if (!decision.ok) return decision;
    const { version } = decision.value;
    const from = validFrom.toString();
    await tx
      .insert(planVersions)
      .values({ providerId, planId, version, validFrom: from, document: parsed.value, publishedAt: now.toString() });
    // Usage that waited for a price is looked at again.
    await enqueue(releaseWaiting, { providerId }, { key: String(providerId) });
    const before = planFrom(last.document);
    audit({
      before: { version: last.version, validFrom: last.validFrom, document: before.ok ? outline(before.value) : null },
      after: { planId, version, validFrom: from, document: outline(parsed.value) },
    });
    return accept({ planId, version });
  },
});
