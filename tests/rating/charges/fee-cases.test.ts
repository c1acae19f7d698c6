// The worked cases of fees by the pure functions.
import { describe, expect, test } from "bun:test";
import { parsePlanDocument } from "../../../core/catalog/plan-document.ts";
import { formatMicros, parseMicros } from "../../../core/kernel/money.ts";
import { dayOf, startOfDay } from "../../../core/kernel/period.ts";
import { overParts } from "../../../core/rating/charges/billing-part.ts";
import { dueFees } from "../../../core/rating/charges/fees.ts";
import { type CodeTotal, periodEnd } from "../../../core/rating/charges/period-end.ts";
import { feeTotals } from "../../../core/rating/charges/statement.ts";
import { firstDayFrom, type PricedPlan, type ServiceTimeline } from "../../../core/rating/charges/timeline.ts";
import { compilePlan } from "../../../core/rating/compile-plan.ts";
import { rateUsage } from "../../../core/rating/rate-usage.ts";
import { memoryState } from "../../../core/rating/usage-state.ts";
import { factOf } from "../case-terms.ts";
import { type CasePlan, type FeeCase, feeCases, inShort } from "../fee-cases.ts";
import { day } from "./timelines.ts";

const parsed = (raw: CasePlan["plan"]) => {
  const result = parsePlanDocument(raw);
  if (!result.ok) throw new Error(JSON.stringify(result.issues));
  return result.plan;
};

function timelineOf({ on, endedOn, billingDay, taxExempt = false }: FeeCase): ServiceTimeline {
  const known = new Map<CasePlan, PricedPlan>();
  const priced = (one: CasePlan): PricedPlan => {
    const zone = one.plan.zone!;
    const versions = [{ from: "2000-01-01T00:00:00Z", plan: one.plan }, ...(one.later ?? [])].map(({ from, plan }, i) => ({
      version: i + 1,
      from: firstDayFrom(Temporal.Instant.from(from), zone),
      document: parsed(plan),
    }));
    const made = known.get(one) ?? { planId: `plan ${known.size}`, zone, versions };
    known.set(one, made);
    return made;
  };
  const stays = on.map(([from, one], i) => {
    const to = on[i + 1]?.[0] ?? endedOn;
    return { plan: priced(one), from: day(from), to: to === undefined ? undefined : day(to) };
  });
  return { stays, billingDay, taxExempt };
}

/** What each stay's usage costs, by day. */
function usageOf({ on, usage = [] }: FeeCase, { stays, taxExempt }: ServiceTimeline) {
  const state = memoryState();
  return usage.map((one) => {
    const fact = factOf(one);
    const at = stays.findLastIndex(({ from, plan }) => startOfDay(from, plan.zone).epochMilliseconds <= fact.startMs);
    const { from, plan } = stays[at]!;
    const segments = [{ fromMs: 0, plan: compilePlan(parsed(on[at]![1].plan)) }];
    const rating = rateUsage({ segments, startedOn: from, attributes: {}, pooledServices: 1, taxExempt }, fact, state);
    if (!rating.ok) throw new Error(rating.code);
    const totals = [...rating.lines, ...rating.period].map((line): CodeTotal => ({ ...line, kind: "usage" }));
    return { planId: plan.planId, on: dayOf(Temporal.Instant.fromEpochMilliseconds(fact.startMs), plan.zone), totals };
  });
}

describe("worked cases of fees, pure", () => {
  for (const one of feeCases)
    test(`${one.id}: ${one.says}`, () => {
      const service = timelineOf(one);
      const now = startOfDay(day(one.until), service.stays.at(-1)!.plan.zone);
      const usage = usageOf(one, service);
      const fees = dueFees(service, [], now).lines;
      const ends = overParts(service, undefined, now).parts.flatMap((part) => {
        const inPart = usage.filter(
          ({ planId, on }) => planId === part.stay.plan.planId && on.until(part.to).sign > 0 && part.from.until(on).sign >= 0,
        );
        return periodEnd(part, [...feeTotals(fees, part), ...inPart.flatMap(({ totals }) => totals)], [], service.taxExempt);
      });
      const lines = [...fees, ...ends];
      expect(lines.map(inShort).toSorted()).toEqual(one.lines.toSorted());
      const sum = (of: readonly { amountMicros: bigint; taxMicros: bigint }[]) =>
        of.reduce((total, { amountMicros, taxMicros }) => total + amountMicros + taxMicros, 0n);
      const usageMicros = sum(usage.flatMap(({ totals }) => totals));
      expect(formatMicros(usageMicros, 0)).toBe(one.usageCosts ?? "0");
      expect(formatMicros(sum(lines) + usageMicros - parseMicros(one.credit ?? "0")!, 0)).toBe(one.owed);
      expect(new Set(lines.map(({ key }) => key)).size).toBe(lines.length);
      expect(dueFees(service, fees, now).lines).toEqual([]);
    });
});
