// What a plan costs from some instant on. A published version is never edited: charges are pinned to it.
import * as v from "valibot";
import { planVersions } from "../../db/schema/subscribers.ts";
import { chargeDue } from "../kernel/charge-due-job.ts";
import { defineCommand } from "../kernel/command.ts";
import { accept, type Outcome, refuse } from "../kernel/errors.ts";
import { idField, instantField } from "../kernel/input-fields.ts";
import { releaseWaiting } from "../kernel/waiting-usage-job.ts";
import { latestVersion, lockPlan } from "./draft.ts";
import { pricedSince } from "./priced-since.ts";
import { documentField, outline, planFrom, publishedOutline } from "./published-version.ts";

/** The plan's currency, and its latest version unless it has none. */
export type Latest = { readonly version?: number; readonly validFrom?: Temporal.Instant; readonly currency: string };

/** The number of a version that follows `latest` from `validFrom`. Pure. */
export function decide(latest: Latest, validFrom: Temporal.Instant, currency: string): Outcome<{ version: number }> {
  if (currency !== latest.currency)
    return refuse("plan_invalid", { issues: [{ path: "document.currency", message: `must be ${latest.currency}, the plan's currency` }] });
  if (latest.validFrom && Temporal.Instant.compare(validFrom, latest.validFrom) <= 0)
    return refuse("version_starts_in_past", { after: latest.validFrom.toString() });
  return accept({ version: (latest.version ?? 0) + 1 });
}

/** Gives the number, and `rerating` when usage from `validFrom` on was priced already by what held until now. */
export const publishVersion = defineCommand({
  name: "catalog.publish-version",
  summary: "Publish a new version of a plan from an instant on",
  permission: "plans:write",
  level: "provider",
  input: v.strictObject({ planId: idField, document: documentField, validFrom: v.optional(instantField) }),

  async run({ tx, providerId, now, enqueue, audit }, { planId, document, validFrom = now }) {
    // Two versions published at once must not get one number.
    const plan = await lockPlan(tx, providerId, planId);
    if (!plan) return refuse("not_found");
    const parsed = await planFrom(document);
    if (!parsed.ok) return parsed;
    const last = await latestVersion(tx, providerId, planId);
    const latest = last && { version: last.version, validFrom: Temporal.Instant.from(last.validFrom) };
    const decision = decide({ ...latest, currency: plan.currency }, validFrom, parsed.value.currency);
    if (!decision.ok) return decision;
    const { version } = decision.value;
    const from = validFrom.toString();
    await tx
      .insert(planVersions)
      .values({ providerId, planId, version, validFrom: from, document: parsed.value, publishedAt: now.toString() });
    // Usage that waited for a price is looked at again.
    await enqueue(releaseWaiting, { providerId }, { key: String(providerId) });
    await enqueue(chargeDue, { providerId, planId });
    const rerating = await pricedSince(tx, providerId, planId, validFrom);
    audit({
      before: last
        ? { version: last.version, validFrom: last.validFrom, document: await publishedOutline(tx, providerId, planId, last.version) }
        : null,
      after: { planId, version, validFrom: from, document: outline(parsed.value), rerating },
    });
    return accept({ planId, version, rerating });
  },
});
