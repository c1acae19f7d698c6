// The most that a call costs, and how long one may last for the money there is.
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { MAX_SECONDS, type PlanDocumentInput } from "../../core/catalog/plan-document.ts";
import { affordableSec } from "../../core/rating/affordable-sec.ts";
import { compilePlan } from "../../core/rating/compile-plan.ts";
import { explainUsage } from "../../core/rating/explain-usage.ts";
import { explain, rateSlice } from "../../core/rating/rate-call.ts";
import { traceText } from "../../core/rating/trace.ts";
import { memoryState } from "../../core/rating/usage-state.ts";
import { termsOf } from "./case-terms.ts";
import { type Component, planWith, priced } from "./cases.ts";
import { planOf, type RateInput, rate, step } from "./plans.ts";

const most = (amount: string, strategy: "free" | "disconnect", parts: Partial<RateInput> = {}) =>
  planOf({ steps: [step("1", 1, 1)], maxCost: { amount, strategy }, ...parts });
const afford = (plan: ReturnType<typeof planOf>, limitMicros: bigint, coveredSec = 0) =>
  affordableSec([{ fromMs: 0, plan: compilePlan(plan) }], { destination: "380441234567", startMs: 0, coveredSec }, limitMicros);

describe("the most that a call costs", () => {
  test("R24: 30 min at 1/s cost 10, free beyond it, and all 30 min are billed", () => {
    const rating = rate(most("10", "free"), 1800);
    expect(rating).toMatchObject({ ok: true, amountMicros: 10_000_000n, billedSec: 1800 });
    expect(rating).not.toHaveProperty("allowedSec");
  });

  test("disconnect: the call ends with the last increment that is paid for in full, and the rating tells when", () => {
    const plan = most("10", "disconnect", { steps: [step("3", 60, 60)] });
    expect(rate(plan, 30)).toMatchObject({ amountMicros: 3_000_000n, billedSec: 60, allowedSec: 180 });
    expect(rate(plan, 180)).toMatchObject({ amountMicros: 9_000_000n, billedSec: 180, allowedSec: 180 });
    expect(rate(plan, 1800)).toMatchObject({ amountMicros: 9_000_000n, billedSec: 180, allowedSec: 180, realSec: 1800 });
  });

  test("exactly the amount is still within it", () =>
    expect(rate(most("9", "disconnect", { steps: [step("3", 60, 60)] }), 600)).toMatchObject({
      amountMicros: 9_000_000n,
      allowedSec: 180,
    }));

  test("connect fee and minimum count; nothing lifts a call above the cap", () => {
    expect(rate(most("10", "disconnect", { connectFee: "4" }), 60)).toMatchObject({ amountMicros: 10_000_000n, allowedSec: 6 });
    expect(rate(most("10", "free", { minimumCharge: "12" }), 1)).toMatchObject({ amountMicros: 10_000_000n });
    expect(rate(most("3", "disconnect", { connectFee: "4" }), 60)).toMatchObject({ amountMicros: 3_000_000n, allowedSec: 0, billedSec: 0 });
  });

  test("rounding never lifts a call above the cap", () => {
    const plan = planOf({ steps: [step("0.06", 1, 1)], maxCost: { amount: "0.125", strategy: "free" } }, { decimals: 2, mode: "up" });
    expect([1, 2, 3].map((sec) => rate(plan, sec))).toMatchObject([60_000n, 120_000n, 120_000n].map((amountMicros) => ({ amountMicros })));
  });

  test("a price that never reaches the cap allows a year", () =>
    expect(rate(most("10", "disconnect", { steps: [step("1", 1, 1), step("0", 1, 1, 5)] }), 60)).toMatchObject({
      amountMicros: 5_000_000n,
      allowedSec: MAX_SECONDS,
    }));

  test("slices stop costing at the cap", () => {
    for (const strategy of ["free", "disconnect"] as const) {
      const plan = compilePlan(most("10", strategy));
      const slices = [5, 9, 12, 40].map((toSec, i, ends) => rateSlice(plan, { destination: "1", fromSec: ends[i - 1] ?? 0, toSec }));
      expect(slices.map((slice) => slice.ok && slice.amountMicros)).toEqual([5_000_000n, 4_000_000n, 1_000_000n, 0n]);
    }
  });

  test("the trace says what was done", () => {
    const lines = (strategy: "free" | "disconnect") =>
      explain(compilePlan(most("10", strategy)), { destination: "1", billableSec: 60 })
        .trace.map(traceText)
        .slice(1, 4);
    expect(lines("free")).toEqual(["0–60 s: 60 × 1 s × 1 per 1 s = 60", "Sum: 60", "Lowered to the most that a call costs: 10.000000"]);
    expect(lines("disconnect")).toEqual([
      "0–10 s: 10 × 1 s × 1 per 1 s = 10",
      "Sum: 10",
      "The most that the call may cost pays for 10 s: the call ends there",
    ]);
  });
});

describe("how long a call may last for an amount", () => {
  const perMinute = planOf({ connectFee: "1", steps: [step("3", 60, 60), step("6", 60, 1, 120)] });

  test("is the longest duration that costs at most so much", () => {
    const limits = [0n, 3_999_999n, 4_000_000n, 7_000_000n, 7_100_000n, 10_000_000n];
    expect(limits.map((limit) => afford(perMinute, limit))).toEqual([0, 0, 60, 120, 121, 150].map((sec) => ({ ok: true, sec })));
  });

  test("free seconds are affordable for nothing, and nothing is below zero", () => {
    const plan = planOf({ freeSec: 7, steps: [step("1", 1, 1)] });
    expect([afford(plan, 0n), afford(plan, 9_000_000n), afford(plan, -1n)]).toMatchObject([{ sec: 7 }, { sec: 9 }, { sec: 0 }]);
  });

  test("seconds that are paid otherwise come before", () => {
    expect(afford(perMinute, 0n, 90)).toMatchObject({ sec: 90 });
    expect(afford(perMinute, 3_000_000n, 90)).toMatchObject({ sec: 150 });
  });

  test("what costs nothing may last a year; what has no price is refused", () => {
    expect(afford(planOf({ steps: [step("0", 1, 1)] }), 0n)).toEqual({ ok: true, sec: MAX_SECONDS });
    expect(afford(most("10", "free"), 10_000_000n)).toEqual({ ok: true, sec: MAX_SECONDS });
    expect(afford(most("10", "disconnect"), 10n ** 12n)).toEqual({ ok: true, sec: 10 });
    const plan = { fromMs: 0, plan: compilePlan(planOf({ prefix: "44", steps: [step("1", 1, 1)] })) };
    expect(affordableSec([plan], { destination: "380", startMs: 0 }, 1n)).toEqual({ ok: false, code: "no_rate", destination: "380" });
  });
});

describe("the most that other usage costs", () => {
  const costs = (
    price: Component["price"],
    rounding: PlanDocumentInput["rounding"],
    amounts: readonly string[],
    per: "event" | "period",
  ) => {
    const terms = termsOf({
      plan: planWith({ rounding, usage: [priced(price, { per })] }),
      id: "",
      says: "",
      usage: [],
      each: [],
      total: "",
    });
    const state = memoryState();
    return amounts.map((quantity) => {
      const { rating, trace } = explainUsage(terms, { kind: "event", type: "use", startMs: 0, metrics: { quantity } }, state);
      if (!rating.ok) throw new Error(rating.code);
      return { micros: [rating, ...rating.period].reduce((sum, { amountMicros }) => sum + amountMicros, 0n), trace: trace.map(traceText) };
    });
  };

  test("holds whatever the plan rounds to: by unit, by percentage, out of a period", () => {
    const units: Component["price"] = { shape: "per_unit", steps: [{ price: "1" }], maxCost: { amount: "10.126", strategy: "free" } };
    const [capped] = costs(units, { decimals: 2 }, ["50"], "event");
    expect(capped!.micros).toBe(10_120_000n);
    expect(capped!.trace.slice(-3)).toEqual([
      "Rounded once, half up, to 2 decimals: 10.13",
      "Limited to the most that it may cost: 10.12",
      "Charged for this record: 10.12",
    ]);
    // Also what is below the cap, and would be rounded above it.
    expect(costs(units, { decimals: 2, mode: "up" }, ["10.125"], "event")[0]!.micros).toBe(10_120_000n);
    const share: Component["price"] = { shape: "percentage", percent: "10", maximumCharge: "0.999" };
    expect(costs(share, { decimals: 0 }, ["50"], "event")[0]!.micros).toBe(0n);
    expect(costs(units, { decimals: 0 }, ["4", "9", "8"], "period").map(({ micros }) => micros)).toEqual([4_000_000n, 6_000_000n, 0n]);
  });

  test("no rounding passes it, in any mode", () =>
    fc.assert(
      fc.property(
        fc.nat({ max: 9_999_999 }),
        fc.nat({ max: 4_000_000 }),
        fc.nat({ max: 3 }),
        fc.constantFrom("half_up", "half_even", "up", "down"),
        fc.constantFrom("event", "period"),
        fc.constantFrom("free", "disconnect"),
        (used, cap, decimals, mode, per, strategy) => {
          const text = (n: number) => `${Math.floor(n / 100_000)}.${String(n % 100_000).padStart(5, "0")}`;
          const units: Component["price"] = { shape: "per_unit", steps: [{ price: "0.777" }], maxCost: { amount: text(cap), strategy } };
          const share: Component["price"] = { shape: "percentage", percent: "77.7", maximumCharge: text(cap) };
          for (const price of per === "event" ? [units, share] : [units])
            expect(costs(price, { decimals, mode }, [text(used)], per)[0]!.micros <= BigInt(cap) * 10n).toBe(true);
        },
      ),
      { numRuns: 500 },
    ));
});
