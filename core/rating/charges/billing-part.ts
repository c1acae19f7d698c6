// The billing periods of a service: each, or the part of it that the service was on a plan, is closed once it is over.
import { dayOf, type Period, periodOf, startOfDay } from "../../kernel/period.ts";
import {
  anchorFor,
  type Day,
  earlier,
  isBefore,
  later,
  type ServiceTimeline,
  type Stay,
  type VersionInForce,
  versionOn,
} from "./timeline.ts";

/** Days of one stay in one billing period, half-open; the version of their first day says what is added up at their end. */
export type BillingPart = Period & {
  readonly stay: Stay;
  readonly version: VersionInForce;
  /** The whole billing period. */
  readonly whole: Period;
  /** 1 for the first on the plan. */
  readonly number: number;
};

/** The parts of a stay from `since` on, or from its beginning, in order; without an end when the stay has none. */
export function* billingParts(stay: Stay, billingDay: number | undefined, since: Day = stay.from): Generator<BillingPart> {
  let day = later(stay.from, since);
  for (let number = 1 + partsBefore(stay, billingDay, day); stay.to === undefined || isBefore(day, stay.to); number++) {
    const version = versionOn(stay.plan, day);
    const unit = version.document.billing.period;
    const whole = periodOf(anchorFor(version.document, unit, { startedOn: stay.from, billingDay }), unit, 1, day);
    yield { from: day, to: earlier(whole.to, stay.to), stay, version, whole, number };
    day = whole.to;
  }
}

/** The part that the day is in. */
export function partOf(stay: Stay, billingDay: number | undefined, day: Day): BillingPart {
  for (const part of billingParts(stay, billingDay, day)) return part;
  throw new RangeError(`The service isn't on the plan on ${day}.`);
}

/** Where the billing period begins, or the service's part in it, that has the day; nothing before the service began. */
export function startOfPart({ stays, billingDay }: ServiceTimeline, day: Day): Day | undefined {
  const stay = stays.findLast(({ from }) => !isBefore(day, from));
  if (!stay) return undefined;
  const last = stay.to?.subtract({ days: 1 });
  return later(stay.from, partOf(stay, billingDay, last ? earlier(day, last) : day).whole.from);
}

/** Parts that are over by `now`, of those from `closedTo` on; and when the next will be. */
export function overParts(
  { stays, billingDay }: ServiceTimeline,
  closedTo: Day | undefined,
  now: Temporal.Instant,
): { readonly parts: readonly BillingPart[]; readonly next: Temporal.Instant | undefined } {
  const parts: BillingPart[] = [];
  for (const stay of stays)
    for (const part of billingParts(stay, billingDay, closedTo)) {
      const { zone } = stay.plan;
      if (isBefore(dayOf(now, zone), part.to)) return { parts, next: addsUp(stay) ? startOfDay(part.to, zone) : undefined };
      parts.push(part);
    }
  return { parts, next: undefined };
}

/** Whether any version of the plan charges something at the end of a period. */
export const addsUp = ({ plan }: Stay): boolean =>
  plan.versions.some(
    ({ document }) => document.minimum !== undefined || document.discounts.length > 0 || document.usage.some(({ per }) => per === "period"),
  );

function partsBefore(stay: Stay, billingDay: number | undefined, day: Day): number {
  let parts = 0;
  for (let from = stay.from; isBefore(from, day); parts++) {
    const { document } = versionOn(stay.plan, from);
    const unit = document.billing.period;
    from = periodOf(anchorFor(document, unit, { startedOn: stay.from, billingDay }), unit, 1, from).to;
    if (isBefore(day, from)) break; // The billing day changed: the day is inside this part.
  }
  return parts;
}
