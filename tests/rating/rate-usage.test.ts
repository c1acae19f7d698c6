// The worked cases through the pure function.
import { describe, expect, test } from "bun:test";
import { formatMicros } from "../../core/kernel/money.ts";
import { rateUsage } from "../../core/rating/rate-usage.ts";
import type { UsageRating } from "../../core/rating/usage-rating.ts";
import { memoryState } from "../../core/rating/usage-state.ts";
import { factOf, termsOf } from "./case-terms.ts";
import { ratingCases } from "./cases.ts";

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
