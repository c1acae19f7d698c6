import { describe, expect, test } from "bun:test";
import { formatMicros } from "../../core/kernel/money.ts";
import { compilePlan } from "../../core/rating/compile-plan.ts";
import { explain, rateCall, rateSlice } from "../../core/rating/rate-call.ts";
import { amount, deckOf, planOf, rate, step } from "./plans.ts";

const twoSteps = { connectFee: "0.40", steps: [step("0.20", 60, 60), step("0.10", 60, 1, 60)] };
const firstMinuteWhole = { steps: [step("1", 1, 60), step("1", 1, 1, 60)] };

const cases: [id: string, plan: ReturnType<typeof planOf>, units: number, expected: string][] = [
  ["R1", planOf({ steps: [step("1", 1, 1)] }), 90, "90"],
  ["R3", planOf(twoSteps), 20, "0.6"],
  ["R4", planOf(twoSteps), 85, "0.641667"],
  ["R4 at 4 decimals", planOf(twoSteps, { decimals: 4 }), 85, "0.6417"],
  ["R5", planOf(twoSteps), 130, "0.716667"],
  ["R5 at 4 decimals, not the 0.7169 of rounded increments", planOf(twoSteps, { decimals: 4 }), 130, "0.7167"],
  ["R6", planOf({ steps: [step("0.10", 60, 1)] }, { decimals: 4 }), 180, "0.3"],
  ["R7", planOf({ steps: [step("0.033", 1, 1)] }, { decimals: 1, mode: "up" }), 10, "0.4"],
  ["R8", planOf({ steps: [step("0.033", 1, 1)] }, { decimals: 1, mode: "down" }), 10, "0.3"],
  ["R15", planOf(firstMinuteWhole), 132, "132"],
  ["R17", planOf(firstMinuteWhole), 20, "60"],
  ["R18", planOf({ steps: [step("2", 1, 1), step("1", 1, 1, 900)] }), 1800, "2700"],
  ["R22", planOf({ connectFee: "0.15", steps: [step("0.05", 60, 1)] }, { decimals: 2, mode: "up" }), 24, "0.17"],
  ["R23, the price", planOf({ steps: [step("0.10", 60, 1)] }), 180, "0.3"],
  ["R29, units of data", planOf({ steps: [step("0.002", 10, 10)] }), 20, "0.004"],
  ["R31, one message", planOf({ steps: [step("0.005", 1, 1)] }), 1, "0.005"],
];

describe("worked rating cases", () => {
  for (const [id, plan, units, expected] of cases)
    test(`${id}: ${units} units cost ${expected}`, () => expect(formatMicros(amount(plan, units), 0)).toBe(expected));

  test("R2: 0 seconds cost 0, and the reason is told", () =>
    expect(rate(planOf({ connectFee: "1", steps: [step("1", 1, 1)] }), 0)).toMatchObject({
      ok: true,
      amountMicros: 0n,
      billedSec: 0,
      reason: "zero_duration",
    }));

  test("R8: the live path, in slices, and the batch path round down alike", () => {
    const plan = compilePlan(planOf({ steps: [step("0.033", 1, 1)] }, { decimals: 1, mode: "down" }));
    const slices = [3, 7, 10].map((toSec, index, ends) => rateSlice(plan, { destination: "1", fromSec: ends[index - 1] ?? 0, toSec }));
    expect(slices.reduce((sum, slice) => sum + (slice.ok ? slice.amountMicros : 0n), 0n)).toBe(300_000n);
  });

  test("R32: a destination with no price is refused, however short the call", () => {
    const plan = compilePlan(deckOf([{ prefix: "380", destination: "Ukraine", steps: [step("1", 1, 1)] }]));
    for (const usage of [{ billableSec: 60 }, { billableSec: 0 }, { billableSec: 60, answered: true }])
      expect(rateCall(plan, { destination: "442071234567", ...usage })).toEqual({
        ok: false,
        code: "no_rate",
        destination: "442071234567",
      });
    expect(rateSlice(plan, { destination: "44", fromSec: 0, toSec: 9 })).toMatchObject({ ok: false, code: "no_rate" });
  });
});

describe("rules of rating", () => {
  test("an unanswered call costs nothing, even with seconds on it, and says why", () =>
    expect(rate(planOf(twoSteps), 30, false)).toMatchObject({ ok: true, amountMicros: 0n, reason: "not_answered" }));

  test("an unanswered call costs nothing even where the plan has no price, and names no rate", () => {
    const plan = compilePlan(deckOf([{ prefix: "380", destination: "Ukraine", steps: [step("1", 1, 1)] }]));
    expect(rateCall(plan, { destination: "112", billableSec: 0, answered: false })).toMatchObject({
      ok: true,
      amountMicros: 0n,
      prefix: null,
      reason: "not_answered",
    });
  });

  test("billed and real seconds are both kept", () =>
    expect(rate(planOf({ steps: [step("0.10", 60, 30)] }), 61)).toMatchObject({ billedSec: 90, realSec: 61 }));

  test("an increment that has begun keeps its price past the start of the next step", () => {
    // 0–60 at 1/s though the next step starts at 45; then 10/s from 60.
    const plan = planOf({ steps: [step("1", 1, 60), step("10", 1, 1, 45)] });
    expect([45, 60, 61].map((sec) => amount(plan, sec))).toEqual([60_000_000n, 60_000_000n, 70_000_000n]);
  });

  test("a step that a running increment covers whole is never reached", () => {
    const plan = planOf({ steps: [step("1", 1, 60), step("100", 1, 1, 20), step("2", 1, 1, 40)] });
    expect(amount(plan, 61)).toBe(62_000_000n);
  });

  test("the connect fee is in the first slice of a session only", () => {
    const plan = compilePlan(planOf({ connectFee: "1", steps: [step("1", 1, 1)] }));
    const slice = (fromSec: number, toSec: number) => rateSlice(plan, { destination: "1", fromSec, toSec });
    expect(slice(0, 1800)).toMatchObject({ amountMicros: 1_801_000_000n, realSec: 1800 });
    expect(slice(1800, 3600)).toMatchObject({ amountMicros: 1_800_000_000n, realSec: 1800 });
  });

  test("a minimum charge lifts a cheap call and leaves a dear one", () => {
    const plan = planOf({ minimumCharge: "0.05", steps: [step("0.01", 1, 1)] });
    expect([0, 1, 5, 6].map((sec) => amount(plan, sec))).toEqual([0n, 50_000n, 50_000n, 60_000n]);
  });

  test("a call within the free seconds costs nothing; one second more costs all of it", () => {
    const plan = planOf({ connectFee: "1", freeSec: 3, minimumCharge: "0.5", steps: [step("1", 1, 1)] });
    expect(rate(plan, 3)).toMatchObject({ amountMicros: 0n, billedSec: 0, reason: "grace" });
    expect(rate(plan, 4)).toMatchObject({ amountMicros: 5_000_000n, billedSec: 4 });
  });

  test("a sum of exact halves follows the rounding mode", () => {
    const at = (mode: "half_up" | "half_even" | "up" | "down", sec: number) =>
      amount(planOf({ steps: [step("0.005", 1, 1)] }, { decimals: 2, mode }), sec);
    expect((["half_up", "half_even", "up", "down"] as const).map((mode) => at(mode, 1))).toEqual([10_000n, 0n, 10_000n, 0n]);
    expect((["half_up", "half_even", "up", "down"] as const).map((mode) => at(mode, 3))).toEqual([20_000n, 20_000n, 20_000n, 10_000n]);
  });

  test("prices with 12 decimals lose nothing on a call of a year", () => {
    // 123456789012.123456789012 × 31622400, worked by hand as an integer of 10^-12.
    const exact = 123_456_789_012_123_456_789_012n * 31_622_400n;
    expect(amount(planOf({ steps: [step("123456789012.123456789012", 1, 1)] }, { decimals: 6, mode: "down" }), 31_622_400)).toBe(
      exact / 1_000_000n,
    );
  });

  test("a quantity that is no whole number, or negative, is a broken invariant", () => {
    const plan = planOf({ steps: [step("1", 1, 1)] });
    for (const seconds of [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53]) expect(() => rate(plan, seconds)).toThrow(RangeError);
    expect(() => rateSlice(compilePlan(plan), { destination: "1", fromSec: 5, toSec: 4 })).toThrow(RangeError);
  });
});

describe("the trace of a price", () => {
  test("names the rate, each step as exact amounts, the sum and the one rounding", () => {
    const { trace } = explain(compilePlan(planOf(twoSteps, { decimals: 4 })), { destination: "380", billableSec: 85 });
    expect(trace).toEqual([
      { kind: "rate", prefix: "", destinationName: "Everywhere" },
      { kind: "connect_fee", exact: "0.4" },
      { kind: "step", fromSec: 0, toSec: 60, increments: 1, incrementSec: 60, price: "0.20", perSec: 60, exact: "0.2" },
      { kind: "step", fromSec: 60, toSec: 85, increments: 25, incrementSec: 1, price: "0.10", perSec: 60, exact: "1/24" },
      { kind: "sum", exact: "77/120" },
      { kind: "rounding", mode: "half_up", decimals: 4, amount: "0.6417" },
    ]);
  });

  test("leaves out a step that a running increment covers whole", () => {
    const covered = planOf({ steps: [step("1", 1, 60), step("100", 1, 1, 20), step("2", 1, 1, 60)] });
    const { trace } = explain(compilePlan(covered), { destination: "380", billableSec: 61 });
    expect(trace.flatMap((line) => (line.kind === "step" ? [line.price] : []))).toEqual(["1", "2"]);
  });

  test("survives a trip through JSON", () => {
    const { trace } = explain(compilePlan(planOf(twoSteps)), { destination: "380", billableSec: 85 });
    expect(JSON.parse(JSON.stringify(trace))).toEqual(trace);
  });
});
