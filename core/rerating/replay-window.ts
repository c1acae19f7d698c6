// How much of an account's usage has to be replayed for its figures to be right: whole periods, since usage in one depends on what was used before.
import type { PlanDocument } from "../catalog/plan-document.ts";
import { dayOf, type PeriodUnit, periodOf, startOfDay } from "../kernel/period.ts";
import { anchorFor } from "../rating/charges/timeline.ts";
import type { PayingService, Pricing } from "../usage/price-fact.ts";

/** Per service from an instant on, which is the beginning of a day; up to one instant for all. Milliseconds since 1970, half-open. */
export type Window = { readonly from: ReadonlyMap<string, Beginning>; readonly toMs: number };
type Beginning = { readonly ms: number; readonly day: string };

/** Periods of different length overlap without end: after so many steps all that is later is replayed. */
const MOST_STEPS = 3;

/** The periods that the span touches, of all services of the account, and those after it that what they leave over reaches. */
export function windowAround(pricing: Pricing, services: readonly PayingService[], span: { firstMs: number; lastMs: number }): Window {
  const from = new Map(services.map((service) => [service.serviceId, beginningOf(pricing, service, span.firstMs)]));
  let toMs = span.lastMs;
  for (let step = 0; ; step++) {
    const next = services.reduce((latest, service) => Math.max(latest, endOf(pricing, service, toMs, span.firstMs)), toMs);
    if (next === toMs) return { from, toMs: toMs + 1 };
    toMs = step < MOST_STEPS ? next : Number.POSITIVE_INFINITY;
  }
}

/** Totals begin with a billing period. What bundles had left by then is known from their counters. */
function beginningOf(pricing: Pricing, service: PayingService, atMs: number): Beginning {
  let beginning = { ms: atMs, day: dayOf(Temporal.Instant.fromEpochMilliseconds(Math.floor(atMs)), "UTC").toString() };
  for (let step = 0; step < MOST_STEPS; step++) {
    const [period] = periodsAt(pricing, service, beginning.ms, ({ billing }) => [billing.period]);
    if (!period) break;
    const stays = period.fromMs >= beginning.ms;
    beginning = { ms: Math.min(period.fromMs, beginning.ms), day: period.day };
    if (stays) break;
  }
  return beginning;
}

/** The last millisecond that usage at `atMs` has to do with. */
function endOf(pricing: Pricing, service: PayingService, atMs: number, firstMs: number): number {
  if (atMs === Number.POSITIVE_INFINITY || leavesOver(pricing, service, firstMs)) return Number.POSITIVE_INFINITY;
  const ends = periodsAt(pricing, service, atMs, unitsOf).map(({ toMs }) => toMs - 1);
  return Math.max(atMs, ...ends);
}

function unitsOf({ billing, bundles }: Pick<PlanDocument, "billing" | "bundles">): PeriodUnit[] {
  return [billing.period, ...bundles.flatMap(({ validity }) => (validity.kind === "period" ? [validity.every] : []))];
}

/** Whether what isn't used of a bundle may be used in a later period. */
const leavesOver = (pricing: Pricing, { serviceId }: PayingService, atMs: number): boolean =>
  pricing
    .segmentsAt(serviceId, atMs)
    ?.some(({ plan }) => plan.document.bundles.some(({ validity, rollover }) => validity.kind !== "period" || rollover !== undefined)) ??
  false;

function periodsAt(pricing: Pricing, service: PayingService, atMs: number, units: (document: PlanDocumentWithoutRates) => PeriodUnit[]) {
  const segments = pricing.segmentsAt(service.serviceId, atMs);
  if (!segments) return [];
  const [{ plan }] = segments;
  const terms = pricing.termsOf(service, segments, atMs);
  const day = dayOf(Temporal.Instant.fromEpochMilliseconds(Math.floor(atMs)), plan.zone);
  return units(plan.document).map((unit) => {
    const { from, to } = periodOf(anchorFor(plan.document, unit, terms), unit, 1, day);
    return {
      day: from.toString(),
      fromMs: startOfDay(from, plan.zone).epochMilliseconds,
      toMs: startOfDay(to, plan.zone).epochMilliseconds,
    };
  });
}
type PlanDocumentWithoutRates = Omit<PlanDocument, "rates">;
