// The worked cases through the pure function.
import { describe, expect, test } from "bun:test";
import { parsePlanDocument } from "../../core/catalog/plan-document.ts";
import { formatMicros } from "../../core/kernel/money.ts";
import { compilePlan } from "../../core/rating/compile-plan.ts";
import { rateUsage } from "../../core/rating/rate-usage.ts";
import type { UsageFact } from "../../core/rating/usage.ts";
import type { ServiceTerms, UsageRating } from "../../core/rating/usage-rating.ts";
import { memoryState } from "../../core/rating/usage-state.ts";
import { type CaseUsage, type RatingCase, ratingCases } from "./cases.ts";

const compiled = (raw: unknown) => {
  const parsed = parsePlanDocument(JSON.parse(JSON.stringify(raw)));
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.issues));
  return compilePlan(parsed.plan);
};

export function termsOf({ plan, later = [], service = {} }: RatingCase): ServiceTerms {
  return {
    segments: [{ fromMs: 0, plan: compiled(plan) }, ...later.map((one) => ({ fromMs: Date.parse(one.from), plan: compiled(one.plan) }))],
    startedOn: Temporal.PlainDate.from(service.startedOn ?? "2026-01-01"),
    attributes: service.attributes ?? {},
    pooledServices: service.pooledServices ?? 1,
    taxExempt: false,
    ...(service.billingDay ? { billingDay: service.billingDay } : {}),
  };
}

export function factOf({ startedAt, ...usage }: CaseUsage): UsageFact {
  const startMs = Date.parse(startedAt);
  switch (usage.kind) {
    case "call": {
      const { seconds, answered = true, direction = "out", ...call } = usage;
      return { ...call, startMs, billableSec: seconds, answered, direction };
    }
    case "session":
      return { ...usage, startMs, octetsIn: BigInt(usage.octetsIn), octetsOut: BigInt(usage.octetsOut) };
    case "traffic":
      return { ...usage, startMs, seconds: usage.seconds ?? 300, octetsIn: BigInt(usage.octetsIn), octetsOut: BigInt(usage.octetsOut) };
    case "message":
      return { ...usage, startMs, messages: usage.messages ?? 1, direction: usage.direction ?? "out" };
    case "event":
      return { ...usage, startMs, metrics: usage.metrics ?? {} };
  }
}

const paid = (rating: UsageRating): bigint => {
  if (!rating.ok) return 0n;
  return [rating, ...rating.period].reduce((sum, { amountMicros, taxMicros }) => sum + amountMicros + taxMicros, 0n);
};

describe("worked cases as a pure function", () => {
  for (const one of ratingCases)
    test(`${one.id}: ${one.says}`, () => {
      const [terms, state] = [termsOf(one), memoryState()];
      const ratings = one.usage.map((usage) => rateUsage(terms, factOf(usage), state, []));
      expect(ratings.map((rating) => (rating.ok ? formatMicros(paid(rating), 0) : rating.code))).toEqual([...one.each]);
      expect(
        formatMicros(
          ratings.reduce((sum, rating) => sum + paid(rating), 0n),
          0,
        ),
      ).toBe(one.total);
      if (!one.drawn) return;
      const drawn: Record<string, number> = {};
      for (const { code, quantity } of ratings.flatMap((rating) => (rating.ok ? rating.drawn : [])))
        drawn[code] = (drawn[code] ?? 0) + Number(quantity);
      expect(drawn).toEqual(Object.fromEntries(Object.entries(one.drawn).map(([code, quantity]) => [code, Number(quantity)])));
    });
});
