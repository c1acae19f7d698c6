// The plan that is tried, compiled, in place of the one that services are on.
import type { RawTx } from "../../db/client.ts";
import { applyLines, type DatedLines } from "../catalog/deck/deck-line.ts";
import { type PlanDocument, parsePlanDocument } from "../catalog/plan-document.ts";
import { startOfDay } from "../kernel/period.ts";
import type { ServiceTimeline } from "../rating/charges/timeline.ts";
import { type CompiledPlan, compilePlan } from "../rating/compile-plan.ts";
import type { PlanSegment } from "../rating/walk-increments.ts";
import { type PlanInForce, planVersion, type Terms } from "../usage/plans-in-force.ts";
import type { Pricing } from "../usage/price-fact.ts";
import type { Run } from "./runs.ts";

/** The plan as it begins, and with each change of its deck from the start of the day that the change is for; oldest first. */
export type TriedPlan = { readonly plan: CompiledPlan; readonly later: readonly PlanSegment[] };

// What a run tries never changes: it is compiled once per process.
const compiledDrafts = new Map<string, TriedPlan>();
const maxCompiled = 4;

export async function triedPlan(t: RawTx, run: Run, zone: string): Promise<TriedPlan> {
  const { providerId, id, planId, version } = run;
  if (version !== null) return { plan: await planVersion(t, providerId, zone, planId, version), later: [] };
  const known = compiledDrafts.get(id);
  if (known) return known;
  // One that an older release began has the document alone.
  const [row] = await t<{ document: unknown; changes: readonly DatedLines[] }[]>`
    select coalesce(document -> 'document', document) as document, coalesce(document -> 'changes', '[]') as changes
    from app.simulations where provider_id = ${providerId} and id = ${id}`;
  const { document, changes } = row!;
  const parsed = parsePlanDocument(document);
  if (!parsed.ok) throw new Error(`the draft of simulation ${id} can't be read: ${JSON.stringify(parsed.issues)}`);
  if (compiledDrafts.size >= maxCompiled) compiledDrafts.delete(compiledDrafts.keys().next().value!);
  const plan = compilePlan(parsed.plan, { zone });
  const later: PlanSegment[] = [];
  let { rates } = parsed.plan;
  for (const change of changes) {
    if (change.from >= run.periodTo) break;
    rates = applyLines(rates, change);
    const fromMs = startOfDay(Temporal.PlainDate.from(change.from), plan.zone).epochMilliseconds;
    later.push({ fromMs, plan: compilePlan({ ...parsed.plan, rates }, { zone }) });
  }
  const compiled = { plan, later };
  compiledDrafts.set(id, compiled);
  return compiled;
}

export type Tried = TriedPlan & { readonly servicesOf: string };

/** Prices as if the plan had said this ever since the service came to it, its deck as it is on each day. */
export function pricingWith({ segmentsAt, termsOf }: Pricing, { servicesOf, plan, later }: Tried): Pricing {
  // The same stretch has the same lists each time: from each of its versions on.
  const known = new WeakMap<readonly PlanInForce[], readonly Terms["segments"][]>();
  return {
    termsOf,
    segmentsAt(serviceId, atMs) {
      const real = segmentsAt(serviceId, atMs);
      if (!real) return undefined;
      const made = known.get(real) ?? replaced(real);
      known.set(real, made);
      return made.findLast(([first]) => first.fromMs <= atMs) ?? made[0];
    },
  };

  function replaced(real: Terms["segments"]): Terms["segments"][] {
    const segments: PlanInForce[] = [];
    for (const one of real) {
      if (one.planId !== servicesOf) segments.push(one);
      // Of its versions on one stay there is but this one.
      else if (segments.at(-1)?.planId !== servicesOf || segments.at(-1)?.assignedMs !== one.assignedMs) {
        const next = real.find(
          ({ fromMs, assignedMs, planId }) => fromMs > one.fromMs && (planId !== servicesOf || assignedMs !== one.assignedMs),
        );
        const tried = { ...one, version: 0, currency: plan.currency };
        segments.push({ ...tried, fromMs: one.assignedMs, plan });
        for (const change of later) {
          // Changes of days before the service came hold from its first moment.
          if (change.fromMs <= one.assignedMs) segments.splice(-1, 1, { ...tried, fromMs: one.assignedMs, plan: change.plan });
          else if (change.fromMs < (next?.fromMs ?? Number.POSITIVE_INFINITY)) segments.push({ ...tried, ...change });
        }
      }
    }
    return segments.map((_, i) => segments.slice(i) as unknown as Terms["segments"]);
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
