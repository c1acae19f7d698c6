// From where usage has to be replayed for the figures of a period to be right: what a bundle has left, and what a billing period has come to, depends on
// usage before it.
import type { Bundle } from "../catalog/document/components.ts";
import { type PeriodUnit, periodOf } from "../kernel/period.ts";
import { anchorFor, type Day, isBefore, isOn, later, type ServiceTimeline, versionOn } from "../rating/charges/timeline.ts";

/** No further back, whatever a bundle remembers. */
const MOST_MONTHS = 12;

/** The first day whose usage matters to that of `from` and later, of all these services. */
export function replayedFrom(timelines: readonly ServiceTimeline[], from: Day): Day {
  const first = timelines.map((one) => beginningOf(one, from)).reduce((a, b) => (isBefore(a, b) ? a : b), from);
  return later(first, from.subtract({ months: MOST_MONTHS }));
}

function beginningOf({ stays, billingDay }: ServiceTimeline, from: Day): Day {
  const stay = stays.find((one) => isOn(one, from));
  if (!stay) return from;
  const { document } = versionOn(stay.plan, from);
  const { billing, bundles } = document;

  /** Where the unit begins that has the day. */
  const start = (unit: PeriodUnit, pooled: boolean): Day => {
    // What services share is granted to all of them on one day.
    const counted = pooled && billing.anchor === "start" ? { ...billing, anchor: "account" as const } : billing;
    return periodOf(anchorFor({ billing: counted }, unit, { startedOn: stay.from, billingDay }), unit, 1, from).from;
  };
  const granted = ({ validity, rollover, pooled }: Bundle): Day => {
    // What rolls over into a period depends on what did so before, and so on.
    if (validity.kind === "period") return rollover ? stay.from : start(validity.every, pooled);
    const [begins, ends] =
      validity.kind === "days"
        ? [stay.from, stay.from.add({ days: validity.days })]
        : [Temporal.PlainDate.from(validity.from), Temporal.PlainDate.from(validity.to).add({ days: 1 })];
    return isBefore(from, ends) ? begins : from;
  };
  const first = [start(billing.period, false), ...bundles.map(granted)].reduce((a, b) => (isBefore(a, b) ? a : b), from);
  return later(first, stay.from);
}
