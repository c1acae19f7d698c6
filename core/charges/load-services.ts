// The services that have something due: their days on plans, and what was charged for them.
import type { RawTx } from "../../db/client.ts";
import { parsePlanDocument } from "../catalog/plan-document.ts";
import { dayOf, type Period, startOfDay } from "../kernel/period.ts";
import { firstDayFrom, type PricedPlan, type ServiceTimeline, type Stay, type VersionInForce } from "../rating/charges/timeline.ts";
import { type FormerExemption, readFormerExemptions } from "../subscribers/former-exemptions.ts";
import { type MadeCharge, madeCharges } from "./made-charges.ts";

export type DueService = {
  readonly accountId: string;
  readonly serviceId: string;
  readonly subscriberId: string;
  readonly groupId: string;
  readonly currency: string;
  readonly timeline: ServiceTimeline;
  /** From `madeSince` on, and of those before the last of each fee; without that day all there are. */
  readonly made: readonly MadeCharge[];
  readonly madeSince: Temporal.PlainDate | undefined;
  readonly closedTo: Temporal.PlainDate | undefined;
  readonly pinnedTo: Temporal.PlainDate | undefined;
  readonly recheckFrom: Temporal.PlainDate | undefined;
};

type Row = {
  account_id: string;
  service_id: string;
  subscriber_id: string;
  group_id: string;
  currency: string;
  billing_day: number | null;
  tax_exempt: boolean;
  terminated_at: string | null;
  closed_to: string | null;
  pinned_to: string | null;
  recheck_from: string | null;
};

/** Of these accounts, the services with something due by `now`; with `serviceIds`, these, whether or not. */
export async function loadServices(
  t: RawTx,
  providerId: number,
  accountIds: readonly string[],
  now: Temporal.Instant,
  serviceIds?: readonly string[],
): Promise<DueService[]> {
  const rows = await t<Row[]>`
    select s.account_id, s.id as service_id, a.subscriber_id, u.group_id, a.currency, a.billing_day, a.tax_exempt, s.terminated_at::text, c.closed_to::text, c.pinned_to::text, c.recheck_from::text
    from app.services s
    join app.accounts a on a.provider_id = s.provider_id and a.account_id = s.account_id
    join app.subscribers u on u.provider_id = a.provider_id and u.id = a.subscriber_id
    left join app.charge_schedules c on c.provider_id = s.provider_id and c.account_id = s.account_id and c.service_id = s.id
    where s.provider_id = ${providerId} and s.account_id = any(${accountIds as string[]}::uuid[])
      and ${serviceIds ? t`s.id = any(${serviceIds as string[]}::uuid[])` : t`c.next_due <= ${now.toString()}::timestamptz`}
    order by s.account_id, s.id`;
  const stays = await loadStays(t, providerId, accountIds, rows);
  const former = await readFormerExemptions(t, providerId, accountIds);
  const dayIn = (text: string | null) => (text === null ? undefined : Temporal.PlainDate.from(text));
  const asked = rows.map((row) => ({
    ...{ accountId: row.account_id, serviceId: row.service_id, stays: stays.get(row.service_id) ?? [] },
    // Whoever asks for services by name may look at days that were added up; so may a change that is dated back.
    since: serviceIds || row.recheck_from !== null ? undefined : dayIn(row.closed_to),
  }));
  const made = await madeCharges(t, providerId, asked);
  return rows.map((row, i) => ({
    accountId: row.account_id,
    serviceId: row.service_id,
    subscriberId: row.subscriber_id,
    groupId: row.group_id,
    currency: row.currency,
    timeline: {
      stays: stays.get(row.service_id) ?? [],
      billingDay: row.billing_day ?? undefined,
      taxExempt: row.tax_exempt,
      ...formerlyOf(former.get(row.account_id), stays.get(row.service_id)),
    },
    made: made.get(row.service_id) ?? [],
    madeSince: asked[i]!.since,
    closedTo: dayIn(row.closed_to),
    pinnedTo: dayIn(row.pinned_to),
    recheckFrom: dayIn(row.recheck_from),
  }));
}

/** A day is as it begins, as with versions of plans. */
export function formerlyOf(
  former: readonly FormerExemption[] | undefined,
  stays: readonly Stay[] | undefined,
): Pick<ServiceTimeline, "formerly"> {
  const zone = stays?.at(-1)?.plan.zone;
  if (!former || zone === undefined) return {};
  return {
    formerly: former.map(({ untilMs, taxExempt }) => ({
      until: firstDayFrom(Temporal.Instant.fromEpochMilliseconds(untilMs), zone),
      taxExempt,
    })),
  };
}

/** Of these services of the accounts, the days on plans, by service. */
export async function loadStays(
  t: RawTx,
  providerId: number,
  accountIds: readonly string[],
  services: readonly { readonly service_id: string; readonly terminated_at: string | null }[],
): Promise<Map<string, Stay[]>> {
  const serviceIds = services.map((one) => one.service_id);
  const changes = Map.groupBy(
    await t<{ account_id: string; service_id: string; valid_from: string; plan_id: string }[]>`
      select account_id, service_id, valid_from::text, plan_id from app.service_plans
      where provider_id = ${providerId} and account_id = any(${accountIds as string[]}::uuid[]) and service_id = any(${serviceIds}::uuid[]) order by valid_from`,
    (row) => row.service_id,
  );
  const pauses = await loadPauses(t, providerId, accountIds);
  const plans = await loadPlans(t, providerId, new Set([...changes.values()].flat().map((row) => row.plan_id)));
  return new Map(
    services.map(({ service_id, terminated_at }) => {
      const of = changes.get(service_id) ?? [];
      return [service_id, staysOf(of, terminated_at, plans, pauses.get(of[0]?.account_id ?? "") ?? [])];
    }),
  );
}

type Pause = { readonly from: Temporal.Instant; readonly until: Temporal.Instant };

/** When all services of the accounts are paused, by account. */
async function loadPauses(t: RawTx, providerId: number, accountIds: readonly string[]): Promise<Map<string, Pause[]>> {
  const rows = await t<{ account_id: string; from: string; until: string }[]>`
    select account_id, from_at::text as from, until_at::text as until from app.suspensions
    where provider_id = ${providerId} and account_id = any(${accountIds as string[]}::uuid[]) and from_at < until_at order by from_at`;
  const pauses = rows.map(
    (row) => [row.account_id, { from: Temporal.Instant.from(row.from), until: Temporal.Instant.from(row.until) }] as const,
  );
  return new Map([...Map.groupBy(pauses, ([accountId]) => accountId)].map(([accountId, of]) => [accountId, of.map(([, pause]) => pause)]));
}

/** The day of a change belongs to the new: one on which a pause begins is paused, one on which it ends isn't. */
const pausedDays = (pauses: readonly Pause[], zone: string): Period[] =>
  pauses
    .map(({ from, until }) => ({ from: dayOf(from, zone), to: dayOf(until, zone) }))
    .filter(({ from, to }) => Temporal.PlainDate.compare(from, to) < 0);

/** Days on plans: changes to the plan it is on already are none, and what lasted no day never was. */
function staysOf(
  changes: readonly { valid_from: string; plan_id: string }[],
  terminatedAt: string | null,
  plans: ReadonlyMap<string, LoadedPlan>,
  pauses: readonly Pause[],
): Stay[] {
  const moves = changes.filter((one, i) => one.plan_id !== changes[i - 1]?.plan_id);
  const stays: Stay[] = [];
  for (const [i, { valid_from, plan_id }] of moves.entries()) {
    const loaded = plans.get(plan_id);
    if (!loaded) continue;
    const next = moves[i + 1];
    const begun = Temporal.Instant.from(valid_from);
    const from = dayOf(begun, loaded.zone);
    const plan = inForceFrom(loaded, begun, from);
    const moved = next && dayOf(Temporal.Instant.from(next.valid_from), plans.get(next.plan_id)?.zone ?? plan.zone);
    const ended = terminatedAt === null ? undefined : endOf(Temporal.Instant.from(terminatedAt), begun, plan.zone);
    const to = [moved, ended].filter((day) => day !== undefined).sort(Temporal.PlainDate.compare)[0];
    if (to === undefined || Temporal.PlainDate.compare(from, to) < 0) stays.push({ plan, from, to, pauses: pausedDays(pauses, plan.zone) });
  }
  return stays;
}

/** Who comes to the plan later on the day on which a version begins has that version from the first day on. */
const inForceFrom = (plan: LoadedPlan, begun: Temporal.Instant, from: Temporal.PlainDate): PricedPlan => ({
  ...plan,
  versions: plan.versions.map((one) =>
    Temporal.Instant.compare(one.begins, begun) <= 0 && Temporal.PlainDate.compare(from, one.from) < 0 ? { ...one, from } : one,
  ),
});

/** The day after the last one of a service that ended at the instant; one that ended as it began had no day. */
function endOf(instant: Temporal.Instant, begun: Temporal.Instant, zone: string): Temporal.PlainDate {
  const day = dayOf(instant, zone);
  const atMidnight = startOfDay(day, zone).equals(instant);
  return atMidnight || Temporal.Instant.compare(instant, begun) <= 0 ? day : day.add({ days: 1 });
}

// A published version never changes, so it is parsed once per process.
const parsed = new Map<string, PricedPlan["versions"][number]["document"]>();
const maxParsed = 1000;

type LoadedPlan = Omit<PricedPlan, "versions"> & { readonly versions: readonly (VersionInForce & { readonly begins: Temporal.Instant })[] };

async function loadPlans(t: RawTx, providerId: number, planIds: ReadonlySet<string>): Promise<Map<string, LoadedPlan>> {
  const [provider] = await t<{ zone: string }[]>`select zone from app.providers where id = ${providerId}`;
  const versions = await t<{ plan_id: string; version: number; valid_from: string; zone: string | null }[]>`
    select plan_id, version, valid_from::text, document ->> 'zone' as zone from app.plan_versions
    where provider_id = ${providerId} and plan_id = any(${[...planIds]}::uuid[]) order by plan_id, valid_from`;
  const plans = new Map<string, LoadedPlan>();
  for (const [planId, of] of Map.groupBy(versions, (row) => row.plan_id)) {
    // The days of a plan are those of its latest version's zone.
    const zone = of.at(-1)?.zone ?? provider!.zone;
    const known = [];
    for (const { version, valid_from } of of) {
      const begins = Temporal.Instant.from(valid_from);
      known.push({ version, begins, from: firstDayFrom(begins, zone), document: await documentOf(t, providerId, planId, version) });
    }
    plans.set(planId, { planId, zone, versions: known });
  }
  return plans;
}

async function documentOf(t: RawTx, providerId: number, planId: string, version: number) {
  const key = `${providerId}:${planId}:${version}`;
  const known = parsed.get(key);
  if (known) return known;
  const [row] = await t<{ document: object; has_rates: boolean }[]>`
    select document - 'rates' as document, jsonb_array_length(coalesce(document -> 'rates', '[]')) > 0 as has_rates from app.plan_versions
    where provider_id = ${providerId} and plan_id = ${planId} and version = ${version}`;
  // A deck of a quarter of a million rates says nothing about fees; one rate stands for it, so that "calls" may be named.
  const stand = row!.has_rates
    ? { rates: [{ prefix: "", destination: "-", steps: [{ fromSec: 0, price: "0", perSec: 1, incrementSec: 1 }] }] }
    : {};
  const result = parsePlanDocument({ ...row!.document, ...stand });
  if (!result.ok) throw new Error(`Plan ${planId}, version ${version}: ${JSON.stringify(result.issues)}`);
  if (parsed.size >= maxParsed) parsed.delete(parsed.keys().next().value!);
  parsed.set(key, result.plan);
  return result.plan;
}
