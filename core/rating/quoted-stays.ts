// The days of a quoted service on its plans: the plan that is quoted, and those that it moves to.
import { dayOf, startOfDay } from "../kernel/period.ts";
import { type Day, firstDayFrom, isBefore, type ServiceTimeline } from "./charges/timeline.ts";
import { compilePlan } from "./compile-plan.ts";
import type { QuotedDocument } from "./quote-document.ts";
import { quotedFact } from "./quoted-fact.ts";
import type { ServiceTerms } from "./usage-rating.ts";
import { memoryState, type UsageState } from "./usage-state.ts";
import type { PlanSegment } from "./walk-increments.ts";

/** On one plan; what usage used up there is its own. */
export type QuotedStay = {
  readonly planId: string;
  /** Of this plan and, after it, of those that the service moves to: a call may last into them. */
  readonly terms: ServiceTerms;
  /** Of this plan alone; at least one. */
  readonly own: readonly PlanSegment[];
  readonly zone: string;
  readonly state: UsageState;
  readonly to: Day | undefined;
};

/** Oldest first, at least one. */
export function quotedStays(segments: readonly PlanSegment[], document: QuotedDocument, nowMs: number): QuotedStay[] {
  const { changes, endedOn, billingDay, attributes, pooledServices, taxExempt } = document.service;
  const { zone } = (segments[0] as PlanSegment).plan;
  const moves = changes.map(({ on, plan: written }) => {
    const plan = compilePlan(written, { zone });
    const day = Temporal.PlainDate.from(on);
    return { day, segments: [{ fromMs: startOfDay(day, plan.zone).epochMilliseconds, plan }] };
  });
  const all = [{ day: firstDay(document, zone, nowMs), segments }, ...moves];
  return all.map(({ day, segments }, i): QuotedStay => {
    const later = all.slice(i + 1);
    const leftMs = later[0]?.segments[0]?.fromMs ?? Number.POSITIVE_INFINITY;
    const own = segments.filter(({ fromMs }, version) => version === 0 || fromMs < leftMs);
    return {
      planId: `plan-${i + 1}`,
      terms: {
        segments: [...own, ...later.flatMap((one) => one.segments)],
        startedOn: day,
        ...(billingDay === undefined ? {} : { billingDay }),
        attributes,
        pooledServices,
        taxExempt,
      },
      own,
      zone: (own[0] as PlanSegment).plan.zone,
      state: memoryState(),
      to: later[0]?.day ?? (endedOn === undefined ? undefined : Temporal.PlainDate.from(endedOn)),
    };
  });
}

/** The stay that the instant is in; before the first, the first. */
export const stayAt = (stays: readonly QuotedStay[], atMs: number): QuotedStay =>
  stays.findLast(({ terms, zone }) => startOfDay(terms.startedOn, zone).epochMilliseconds <= atMs) ?? (stays[0] as QuotedStay);

export function timelineOf(stays: readonly QuotedStay[]): ServiceTimeline {
  const { startedOn, billingDay, taxExempt } = (stays[0] as QuotedStay).terms;
  return {
    stays: stays.map(({ planId, zone, own, terms, to }) => {
      const versions = own.map(({ fromMs, plan }, index) => ({
        version: index + 1,
        from: Number.isFinite(fromMs) ? firstDayFrom(Temporal.Instant.fromEpochMilliseconds(fromMs), zone) : startedOn,
        document: plan.document,
      }));
      return { plan: { planId, zone, versions }, from: terms.startedOn, to };
    }),
    billingDay,
    taxExempt,
  };
}

function firstDay({ service, usage, period }: QuotedDocument, zone: string, nowMs: number): Day {
  if (service.startedOn !== undefined) return Temporal.PlainDate.from(service.startedOn);
  const days = usage.map((one) => dayOf(Temporal.Instant.fromEpochMilliseconds(quotedFact(one, nowMs).startMs), zone));
  if (period) days.push(Temporal.PlainDate.from(period.from));
  if (days.length === 0) days.push(dayOf(Temporal.Instant.fromEpochMilliseconds(nowMs), zone));
  return days.reduce((a, b) => (isBefore(b, a) ? b : a));
}
