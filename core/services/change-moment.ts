// When a change of plan takes effect: what the plan that is left says, moved to the beginning of a day in its zone. Pure.
import type { PlanDocument } from "../catalog/plan-document.ts";
import { accept, type Outcome, refuse } from "../kernel/errors.ts";
import { dayOf, periodOf, startOfDay } from "../kernel/period.ts";
import { anchorFor } from "../rating/charges/timeline.ts";

export type Left = {
  readonly billing: PlanDocument["billing"];
  readonly zone: string;
  /** The service came to it. */
  readonly since: Temporal.Instant;
  readonly billingDay?: number | undefined;
};

/**
 * `at_once`: the beginning of the day of `asked`, since the day of a change belongs to the new plan. `period_end`: the first beginning of a billing
 * period from `asked` on. Never before the last change: on the day of that it takes its place.
 */
export function momentOfChange(left: Left, asked: Temporal.Instant, lastChange: Temporal.Instant): Outcome<Temporal.Instant> {
  if (left.billing.change === "refused") return refuse("plan_change_refused");
  const moment = left.billing.change === "period_end" ? nextPeriodFrom(left, asked) : startOfDay(dayOf(asked, left.zone), left.zone);
  if (Temporal.Instant.compare(moment, lastChange) >= 0) return accept(moment);
  if (Temporal.Instant.compare(asked, lastChange) >= 0) return accept(lastChange);
  return refuse("plan_change_too_early", { lastChange: lastChange.toString() });
}

function nextPeriodFrom({ billing, zone, since, billingDay }: Left, asked: Temporal.Instant): Temporal.Instant {
  const day = dayOf(asked, zone);
  const anchor = anchorFor({ billing }, billing.period, { startedOn: dayOf(since, zone), billingDay });
  const period = periodOf(anchor, billing.period, 1, day);
  const begins = startOfDay(period.from, zone);
  return begins.equals(asked) ? begins : startOfDay(period.to, zone);
}
