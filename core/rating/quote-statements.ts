// The statements of a quote: what each billing period costs, with fees, minimum, discounts and taxes.
import { dayOf, type Period } from "../kernel/period.ts";
import type { CodeTotal } from "./charges/period-end.ts";
import { periodAt, type Statement, statementOf } from "./charges/statement.ts";
import { earlier, isBefore, later } from "./charges/timeline.ts";
import type { QuotedDocument } from "./quote-document.ts";
import type { QuotedTotal, QuoteLine } from "./quote-usage.ts";
import { type QuotedStay, stayAt, timelineOf } from "./quoted-stays.ts";

/** Every billing period that the days asked for touch, as far as the service was on a plan in it. */
export function statementsOf(
  stays: readonly QuotedStay[],
  { from, to }: NonNullable<QuotedDocument["period"]>,
  lines: readonly QuoteLine[],
  totals: readonly QuotedTotal[],
): Statement[] {
  const timeline = timelineOf(stays);
  const end = earlier(Temporal.PlainDate.from(to), stays.at(-1)?.to);
  const statements: Statement[] = [];
  let day = later(Temporal.PlainDate.from(from), timeline.stays[0]!.from);
  while (isBefore(day, end)) {
    const period = periodAt(timeline, day);
    statements.push(statementOf(timeline, day, usageIn(stays, period, lines, totals)));
    day = period.to;
  }
  return statements;
}

/** What each component, the deck ("calls") and each bundle of a plan cost in the period. */
function usageIn(
  stays: readonly QuotedStay[],
  { from, to }: Period,
  lines: readonly QuoteLine[],
  totals: readonly QuotedTotal[],
): (CodeTotal & { planId: string })[] {
  const sums = new Map<string, CodeTotal & { planId: string }>();
  const add = (planId: string, { code, amountMicros, taxMicros }: { code: string; amountMicros: bigint; taxMicros: bigint }) => {
    const key = `${planId} ${code}`;
    const before = sums.get(key) ?? { kind: "usage", planId, code, amountMicros: 0n, taxMicros: 0n };
    sums.set(key, { ...before, amountMicros: before.amountMicros + amountMicros, taxMicros: before.taxMicros + taxMicros });
  };
  const inside = (day: Temporal.PlainDate) => !isBefore(day, from) && isBefore(day, to);
  for (const { rating, startMs } of lines) {
    const { planId, zone } = stayAt(stays, startMs);
    if (rating.ok && inside(dayOf(Temporal.Instant.fromEpochMilliseconds(startMs), zone)))
      for (const line of rating.lines) add(planId, line);
  }
  // A period that a stay begins within counts where the stay does.
  for (const total of totals) {
    const stay = stays.find(({ planId }) => planId === total.planId) as QuotedStay;
    if (inside(later(total.from, stay.terms.startedOn))) add(total.planId, total);
  }
  return [...sums.values()];
}
