// Finds a plan that is published here: what `mb quote --plan` prices with.
import { and, asc, eq } from "drizzle-orm";
import { plans, planVersions } from "../../db/schema/subscribers.ts";
import { inTenant } from "../../db/tenant.ts";
import { type PlanDocument, parsePlanDocument } from "../catalog/plan-document.ts";
import type { CliContext } from "./command-line.ts";
import { withProvider } from "./with-provider.ts";

export type WantedPlan = {
  /** Of the plan, as its page shows it. */
  readonly code: string;
  /** Whose plan it is; the operator's when not given. */
  readonly provider: string | undefined;
};

/** A version, and the instant from which it is in force; `undefined`: ever since. */
export type PlanVersion = { readonly plan: PlanDocument; readonly from: Temporal.Instant | undefined };
/** `zone`: of the provider, for a plan without its own. */
export type FoundPlan = { readonly versions: readonly PlanVersion[]; readonly zone?: string };

/**
 * All published versions, oldest first; undefined when there is no such plan, or none of its versions is published.
 * @throws Problem when the database can't be reached or there is no such provider
 */
export const storedPlan = (ctx: CliContext, { code, provider }: WantedPlan): Promise<FoundPlan | undefined> =>
  withProvider(ctx, provider, (core, { id: providerId, zone }) =>
    inTenant(
      core.db,
      [providerId],
      async (tx) => {
        const found = await tx
          .select({ document: planVersions.document, validFrom: planVersions.validFrom })
          .from(planVersions)
          .innerJoin(plans, and(eq(plans.providerId, planVersions.providerId), eq(plans.id, planVersions.planId)))
          .where(and(eq(plans.providerId, providerId), eq(plans.code, code)))
          .orderBy(asc(planVersions.validFrom), asc(planVersions.version));
        const versions = found.map(({ document, validFrom }) => {
          const parsed = parsePlanDocument(document);
          if (!parsed.ok) throw new Error(`plan ${code} can't be read: ${JSON.stringify(parsed.issues)}`);
          return { plan: parsed.plan, from: Temporal.Instant.from(validFrom.replace(" ", "T")) };
        });
        // Of two from the same instant on, the later one replaces the other.
        const inForce = versions.filter(({ from }, index) => !versions[index + 1]?.from.equals(from));
        return inForce.length > 0 ? { versions: inForce, zone } : undefined;
      },
      "read",
    ),
  );
