// Which plan versions price a service's usage, from an instant on, and what else its price depends on.
import type { RawTx } from "../../db/client.ts";
import { parsePlanDocument } from "../catalog/plan-document.ts";
import { dayOf } from "../kernel/period.ts";
import { type CompiledPlan, compilePlan } from "../rating/compile-plan.ts";
import type { Attributes } from "../rating/usage.ts";
import type { ServiceTerms } from "../rating/usage-rating.ts";
import type { PlanSegment } from "../rating/walk-increments.ts";
import { readFormerAttributes } from "../services/former-attributes.ts";
import { readFormerExemptions } from "../subscribers/former-exemptions.ts";

/** A plan version while a service is on it. */
export type PlanInForce = PlanSegment & {
  readonly planId: string;
  readonly version: number;
  readonly currency: string;
  /** When the service came to the plan, in milliseconds since 1970. */
  readonly assignedMs: number;
};

/** What is in force at an instant, and after it: the first is the one that decides. */
export type Terms = Omit<ServiceTerms, "segments"> & { readonly segments: readonly [PlanInForce, ...PlanInForce[]] };

export type PlansOf = {
  /** The plan of the service at the instant, with what replaces it later; nothing when it has none that is published. */
  segmentsAt(serviceId: string, atMs: number): readonly [PlanInForce, ...PlanInForce[]] | undefined;
  /** Whether the service ever is on a plan that is more than a deck. */
  someBeyondDeck(serviceId: string): boolean;
};

type Assignment = { service_id: string; from_ms: number; plan_id: string };
type Version = { plan_id: string; version: number; from_ms: number };

// A published version never changes, so it is compiled once per process and zone.
const compiledVersions = new Map<string, CompiledPlan>();
const maxCompiledVersions = 500;

export async function readPlans(t: RawTx, providerId: number, zone: string, serviceIds: readonly string[]): Promise<PlansOf> {
  const assignments = await t<Assignment[]>`
    select service_id, ceil(extract(epoch from valid_from) * 1000)::float8 as from_ms, plan_id from app.service_plans
    where provider_id = ${providerId} and service_id = any(${serviceIds as string[]}::uuid[]) order by valid_from`;
  const planIds = [...new Set(assignments.map((a) => a.plan_id))];
  const versions = await t<Version[]>`
    select plan_id, version, ceil(extract(epoch from valid_from) * 1000)::float8 as from_ms from app.plan_versions
    where provider_id = ${providerId} and plan_id = any(${planIds}::uuid[]) order by valid_from`;
  const compiled = new Map<Version, CompiledPlan>();
  for (const version of versions) compiled.set(version, await compiledVersion(t, providerId, zone, version));

  const assignmentsOf = Map.groupBy(assignments, (a) => a.service_id);
  const versionsOf = Map.groupBy(versions, (x) => x.plan_id);
  const timelines = new Map<string, readonly Stretch[]>();
  const timelineOf = (serviceId: string) => {
    const known = timelines.get(serviceId);
    if (known) return known;
    const made = timeline(assignmentsOf.get(serviceId) ?? [], versionsOf, compiled);
    timelines.set(serviceId, made);
    return made;
  };
  return {
    someBeyondDeck: (serviceId) => timelineOf(serviceId).some((one) => one.segments && !one.segments[0].plan.plain),
    segmentsAt(serviceId, atMs) {
      const all = timelineOf(serviceId);
      for (let i = all.length - 1; i >= 0; i--) if (all[i]!.fromMs <= atMs) return all[i]!.segments;
      return undefined;
    },
  };
}

/** From `fromMs` to the next one's: the version in force and those after it; none while the plan has no published version yet. */
type Stretch = { readonly fromMs: number; readonly segments: Terms["segments"] | undefined };

function timeline(
  assignments: readonly Assignment[],
  versionsOf: ReadonlyMap<string, readonly Version[]>,
  compiled: ReadonlyMap<Version, CompiledPlan>,
): Stretch[] {
  const found: (PlanInForce | { readonly fromMs: number; readonly plan?: undefined })[] = [];
  let assignedMs = 0;
  for (const [i, { plan_id: planId, from_ms: fromMs }] of assignments.entries()) {
    const untilMs = assignments[i + 1]?.from_ms ?? Number.POSITIVE_INFINITY;
    if (planId !== assignments[i - 1]?.plan_id) assignedMs = fromMs;
    const versions = versionsOf.get(planId) ?? [];
    const first = versions.findLastIndex((version) => version.from_ms <= fromMs);
    if (first < 0) found.push({ fromMs });
    for (const version of versions.slice(Math.max(0, first))) {
      if (version.from_ms >= untilMs) break;
      const plan = compiled.get(version)!;
      const segment = {
        fromMs: Math.max(fromMs, version.from_ms),
        planId,
        version: version.version,
        currency: plan.currency,
        assignedMs,
        plan,
      };
      found.push(segment);
    }
  }
  return found.map((first, i) => {
    if (!first.plan) return { fromMs: first.fromMs, segments: undefined };
    const later = found.slice(i + 1);
    const gap = later.findIndex((one) => !one.plan);
    return { fromMs: first.fromMs, segments: [first, ...((gap < 0 ? later : later.slice(0, gap)) as PlanInForce[])] };
  });
}

/** A version that was published, compiled. Throws when there is none. */
export const planVersion = (t: RawTx, providerId: number, zone: string, planId: string, version: number): Promise<CompiledPlan> =>
  compiledVersion(t, providerId, zone, { plan_id: planId, version });

async function compiledVersion(
  t: RawTx,
  providerId: number,
  zone: string,
  { plan_id, version }: Pick<Version, "plan_id" | "version">,
): Promise<CompiledPlan> {
  const name = `${providerId}:${plan_id}:${version}:${zone}`;
  const known = compiledVersions.get(name);
  if (known) return known;
  const [row] =
    await t`select document from app.plan_versions where provider_id = ${providerId} and plan_id = ${plan_id} and version = ${version}`;
  const parsed = parsePlanDocument(row!.document);
  if (!parsed.ok) throw new Error(`plan ${plan_id} version ${version} can't be read: ${JSON.stringify(parsed.issues)}`);
  if (compiledVersions.size >= maxCompiledVersions) compiledVersions.delete(compiledVersions.keys().next().value!);
  const compiled = compilePlan(parsed.plan, { zone });
  compiledVersions.set(name, compiled);
  return compiled;
}

type Service = { attributes: Attributes; activatedMs: number; terminatedMs: number };
/** As it is now; who pays taxes is looked up as of the time of the usage, where it changed. */
export type Payer = { readonly billingDay: number | null; readonly taxExempt: boolean };

/** What prices depend on beside the plan, of all services of these accounts: read for plans that are more than a deck. */
export type TermsOf = (service: { accountId: string; serviceId: string } & Payer, segments: Terms["segments"], atMs: number) => Terms;

export async function readTerms(t: RawTx, providerId: number, zone: string, accountIds: readonly string[]): Promise<TermsOf> {
  // A call over two versions of a deck, or usage that a deck can't price, needs nothing that is read here.
  const found =
    accountIds.length === 0
      ? []
      : await t<{ id: string; account_id: string; attributes: Attributes; activated_ms: number; terminated_ms: number }[]>`
    select id, account_id, attributes, ceil(extract(epoch from activated_at) * 1000)::float8 as activated_ms,
           coalesce(ceil(extract(epoch from terminated_at) * 1000), 'infinity')::float8 as terminated_ms
    from app.services where provider_id = ${providerId} and account_id = any(${accountIds as string[]}::uuid[])`;
  const services = new Map<string, Service>();
  for (const s of found) services.set(s.id, { attributes: s.attributes, activatedMs: s.activated_ms, terminatedMs: s.terminated_ms });
  const servicesOf = Map.groupBy(found, (s) => s.account_id);
  const ids = found.map((s) => s.id);
  const plans = ids.length === 0 ? undefined : await readPlans(t, providerId, zone, ids);
  const formerAttributes = await readFormerAttributes(t, providerId, accountIds);
  const formerExemptions = await readFormerExemptions(t, providerId, accountIds);
  const former = <T extends { readonly untilMs: number }>(all: readonly T[] | undefined, atMs: number) =>
    all?.find(({ untilMs }) => atMs < untilMs);

  const onPlan = (serviceId: string, planId: string, atMs: number) => {
    const { activatedMs, terminatedMs } = services.get(serviceId)!;
    return activatedMs <= atMs && atMs < terminatedMs && plans?.segmentsAt(serviceId, atMs)?.[0].planId === planId;
  };
  return ({ accountId, serviceId, billingDay, taxExempt }, segments, atMs) => {
    const [{ plan, planId, assignedMs }] = segments;
    const others = plan.document.bundles.some((bundle) => bundle.pooled)
      ? (servicesOf.get(accountId) ?? []).filter((s) => s.id !== serviceId && onPlan(s.id, planId, atMs)).length
      : 0;
    return {
      segments,
      startedOn: dayOf(Temporal.Instant.fromEpochMilliseconds(assignedMs), plan.zone),
      ...(billingDay === null ? {} : { billingDay }),
      attributes: (former(formerAttributes.get(serviceId), atMs) ?? services.get(serviceId))?.attributes ?? {},
      pooledServices: others + 1,
      taxExempt: former(formerExemptions.get(accountId), atMs)?.taxExempt ?? taxExempt,
    };
  };
}
