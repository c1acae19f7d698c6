// The billing period that an instant is in, on the calendar of the plan.
import { dayOf, type Period, periodOf } from "../kernel/period.ts";
import { anchorFor } from "./charges/timeline.ts";
import type { CompiledPlan } from "./compile-plan.ts";
import type { ServiceTerms } from "./usage-rating.ts";

export function billingPeriodOf(
  { document, zone }: CompiledPlan,
  terms: Pick<ServiceTerms, "startedOn" | "billingDay">,
  atMs: number,
): Period {
  const { period } = document.billing;
  return periodOf(anchorFor(document, period, terms), period, 1, dayOf(Temporal.Instant.fromEpochMilliseconds(atMs), zone));
}
