// What fees are worked out from: which days a service was on which plan, and which version of the plan was in force on them.
import type { PlanDocument } from "../../catalog/plan-document.ts";
import { anchorOf, dayOf, type Period, type PeriodUnit, startOfDay } from "../../kernel/period.ts";

export type Day = Temporal.PlainDate;
/** A plan without its deck, which no fee needs. */
export type PlanTerms = Omit<PlanDocument, "rates">;

/** In force from the first instant of `from` on, in the plan's zone. */
export type VersionInForce = { readonly version: number; readonly from: Day; readonly document: PlanTerms };
/** Versions oldest first. */
export type PricedPlan = { readonly planId: string; readonly zone: string; readonly versions: readonly VersionInForce[] };

/** Days of a service on one plan, half-open. Without an end it is on it still. The day of a change belongs to the new plan. */
export type Stay = {
  readonly plan: PricedPlan;
  readonly from: Day;
  readonly to?: Day | undefined;
  /** Days without recurring fees, half-open, oldest first; they don't overlap. The day of the pause is paused, the one on which it ends isn't. */
  readonly pauses?: readonly Period[] | undefined;
};

/** Stays oldest first; they don't overlap. */
export type ServiceTimeline = {
  readonly stays: readonly Stay[];
  /** The account's, 1 to 31. */
  readonly billingDay?: number | undefined;
  readonly taxExempt: boolean;
  /** Where it was otherwise: up to which day, oldest first. */
  readonly formerly?: readonly { readonly until: Day; readonly taxExempt: boolean }[];
};

/** Whether what is due on the day is without taxes. */
export const exemptOn = ({ taxExempt, formerly }: ServiceTimeline, day: Day): boolean =>
  formerly?.find(({ until }) => isBefore(day, until))?.taxExempt ?? taxExempt;

export const isBefore = (a: Day, b: Day): boolean => Temporal.PlainDate.compare(a, b) < 0;
export const earlier = (a: Day, b: Day | undefined): Day => (b !== undefined && isBefore(b, a) ? b : a);
export const later = (a: Day, b: Day): Day => (isBefore(a, b) ? b : a);
export const daysBetween = (from: Day, to: Day): number => from.until(to, { largestUnit: "day" }).days;
export const isOn = (stay: Stay, day: Day): boolean => !isBefore(day, stay.from) && (stay.to === undefined || isBefore(day, stay.to));

const overlapping = ({ pauses = [] }: Stay, { from, to }: Period): Period[] =>
  pauses.flatMap((one) =>
    isBefore(one.from, to) && isBefore(from, one.to) ? { from: later(one.from, from), to: earlier(one.to, to) } : [],
  );
/** When the pause that the day is in ends. */
export const pausedUntil = ({ pauses = [] }: Stay, day: Day): Day | undefined =>
  pauses.find((one) => !isBefore(day, one.from) && isBefore(day, one.to))?.to;
export const firstPausedDay = (stay: Stay, days: Period): Day | undefined => overlapping(stay, days)[0]?.from;
export const unpausedDays = (stay: Stay, days: Period): number =>
  overlapping(stay, days).reduce((left, { from, to }) => left - daysBetween(from, to), daysBetween(days.from, days.to));

/** The version in force on the day; a service that began before the first has the first. */
export function versionOn({ versions }: PricedPlan, day: Day): VersionInForce {
  const found = versions.findLast((one) => !isBefore(day, one.from)) ?? versions[0];
  if (!found) throw new Error("A plan without versions can't be charged for.");
  return found;
}

/** The first day of a version that begins at the instant: the price of a day is what was in force at its beginning. */
export function firstDayFrom(instant: Temporal.Instant, zone: string): Day {
  const day = dayOf(instant, zone);
  return startOfDay(day, zone).equals(instant) ? day : day.add({ days: 1 });
}

/** The day from which periods of the unit are counted: see `billing.anchor` of the plan. */
export function anchorFor(
  { billing }: Pick<PlanTerms, "billing">,
  unit: PeriodUnit,
  { startedOn, billingDay }: { readonly startedOn: Day; readonly billingDay?: number | undefined },
): Day {
  if (billing.anchor === "start") return startedOn;
  if (billing.anchor === "calendar") return anchorOf(unit);
  return anchorOf(unit, billing.anchor === "account" ? billingDay : billing.anchor);
}
