// Finds a plan that is published here: what `mb quote --plan` prices with.
import { and, desc, eq, lte } from "drizzle-orm";
import { plans, planVersions } from "../../db/schema/subscribers.ts";
import { inTenant } from "../../db/tenant.ts";
import { type PlanDocument, parsePlanDocument } from "../catalog/plan-document.ts";
import { systemClock } from "../kernel/clock.ts";
import type { CliContext } from "./command-line.ts";
import { withProvider } from "./with-provider.ts";

export type WantedPlan = {
  /** Of the plan, as its page shows it. */
  readonly code: string;
  /** Whose plan it is; the operator's when not given. */
  readonly provider: string | undefined;
  /** The version in force then; now when not given. */
  readonly at: Temporal.Instant | undefined;
};

/**
 * The document of the version in force at that instant; undefined when no version of such a plan is.
 * @throws Problem when the database can't be reached or there is no such provider
 */
export const storedPlan = (ctx: CliContext, { code, provider, at = systemClock() }: WantedPlan): Promise<PlanDocument | undefined> =>
  withProvider(ctx, provider, (core, { id: providerId }) =>
    inTenant(
      core.db,
      [providerId],
      async (tx) => {
        const [version] = await tx
          .select({ document: planVersions.document })
          .from(planVersions)
          .innerJoin(plans, and(eq(plans.providerId, planVersions.providerId), eq(plans.id, planVersions.planId)))
          .where(and(eq(plans.providerId, providerId), eq(plans.code, code), lte(planVersions.validFrom, at.toString())))
          .orderBy(desc(planVersions.validFrom), desc(planVersions.version))
          .limit(1);
        if (!version) return undefined;
        const parsed = parsePlanDocument(version.document);
        if (!parsed.ok) throw new Error(`plan ${code} can't be read: ${JSON.stringify(parsed.issues)}`);
        return parsed.plan;
      },
      "read",
    ),
  );
