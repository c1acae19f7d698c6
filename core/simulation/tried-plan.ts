// The plan that is tried, compiled, in place of the one that services are on.
import type { RawTx } from "../../db/client.ts";
import { type PlanDocument, parsePlanDocument } from "../catalog/plan-document.ts";
import type { ServiceTimeline } from "../rating/charges/timeline.ts";
import { type CompiledPlan, compilePlan } from "../rating/compile-plan.ts";
import { type PlanInForce, planVersion, type Terms } from "../usage/plans-in-force.ts";
import type { Pricing } from "../usage/price-fact.ts";
import type { Run } from "./runs.ts";

// What a run tries never changes: it is compiled once per process.
const compiledDrafts = new Map<string, CompiledPlan>();
const maxCompiled = 4;

export async function triedPlan(t: RawTx, run: Run, zone: string): Promise<CompiledPlan> {
  const { providerId, id, planId, version } = run;
  if (version !== null) return planVersion(t, providerId, zone, planId, version);
  const known = compiledDrafts.get(id);
  if (known) return known;
  const [row] = await t<{ document: unknown }[]>`select document from app.simulations where provider_id = ${providerId} and id = ${id}`;
  const parsed = parsePlanDocument(row!.document);
  if (!parsed.ok) throw new Error(`the draft of simulation ${id} can't be read: ${JSON.stringify(parsed.issues)}`);
  if (compiledDrafts.size >= maxCompiled) compiledDrafts.delete(compiledDrafts.keys().next().value!);
  const compiled = compilePlan(parsed.plan, { zone });
  compiledDrafts.set(id, compiled);
  return compiled;
}

export type Tried = { readonly servicesOf: string; readonly plan: CompiledPlan };

/** Prices as if the plan had said this ever since the service came to it. */
export function pricingWith({ segmentsAt, termsOf }: Pricing, { servicesOf, plan }: Tried): Pricing {
  // The same stretch has the same list each time.
  const known = new WeakMap<readonly PlanInForce[], Terms["segments"]>();
  return {
    termsOf,
    segmentsAt(serviceId, atMs) {
      const real = segmentsAt(serviceId, atMs);
      if (!real) return undefined;
      const made = known.get(real) ?? replaced(real);
      known.set(real, made);
      return made;
    },
  };

  function replaced(real: Terms["segments"]): Terms["segments"] {
    const segments: PlanInForce[] = [];
    for (const one of real) {
      if (one.planId !== servicesOf) segments.push(one);
      // Of its versions on one stay there is but this one.
      else if (segments.at(-1)?.planId !== servicesOf || segments.at(-1)?.assignedMs !== one.assignedMs)
        segments.push({ ...one, fromMs: one.assignedMs, version: 0, currency: plan.currency, plan });
    }
    return segments as unknown as Terms["segments"];
  }
}

/** The same for what is charged without usage. */
export function timelineWith(timeline: ServiceTimeline, { servicesOf, plan: { document, zone } }: Tried): ServiceTimeline {
  return {
    ...timeline,
    stays: timeline.stays.map((stay) =>
      stay.plan.planId === servicesOf
        ? { ...stay, plan: { planId: servicesOf, zone, versions: [{ version: 0, from: stay.from, document }] } }
        : stay,
    ),
  };
}

/** What a part of a plan is called. */
export function nameOf({ document }: { readonly document: Omit<PlanDocument, "rates"> }, code: string): string {
  if (code === "calls") return "Calls";
  return [...document.usage, ...document.bundles].find((one) => one.code === code)?.name ?? code;
}
