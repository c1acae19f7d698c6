// A call across the instant at which other prices begin: R34 and what follows from it.
import { describe, expect, test } from "bun:test";
import { compilePlan } from "../../core/rating/compile-plan.ts";
import { type PlanSegment, rateAcross, sliceAcross } from "../../core/rating/rate-across.ts";
import { rateCall } from "../../core/rating/rate-call.ts";
import { type TraceLine, traceText } from "../../core/rating/trace.ts";
import { deckOf, planOf, step } from "./plans.ts";

const destination = "380441234567";
const changeMs = Date.UTC(2026, 10, 30, 22);
const segments = (...plans: ReturnType<typeof planOf>[]): PlanSegment[] =>
  plans.map((document, index) => ({ fromMs: index === 0 ? 0 : changeMs + (index - 1) * 60_000, plan: compilePlan(document) }));
const rate = (parts: PlanSegment[], beforeSec: number, billableSec: number) =>
  rateAcross(parts, { destination, startMs: changeMs - beforeSec * 1000, billableSec });

const old = planOf({ connectFee: "1", steps: [step("1", 1, 1)] });
const dearer = planOf({ connectFee: "5", minimumCharge: "1000", steps: [step("2", 1, 1)] });

describe("R34: a call across the instant at which a plan version begins", () => {
  test("is split there; the connect fee is charged once, by the first", () => {
    expect(rate(segments(old, dearer), 30, 100)).toMatchObject({ ok: true, amountMicros: 171_000_000n, billedSec: 100, realSec: 100 });
  });

  test("an increment that has begun keeps the old price to its end", () => {
    const minutes = segments(planOf({ steps: [step("1", 60, 60)] }), planOf({ steps: [step("7", 60, 60)] }));
    expect(rate(minutes, 30, 60)).toMatchObject({ amountMicros: 1_000_000n });
    expect(rate(minutes, 30, 61)).toMatchObject({ amountMicros: 8_000_000n, billedSec: 120 });
    expect(rate(minutes, 60, 61)).toMatchObject({ amountMicros: 8_000_000n });
  });

  test("steps of the new prices go on counting from the beginning of the call", () => {
    const stepped = planOf({ steps: [step("10", 1, 1), step("3", 1, 1, 40)] });
    expect(rate(segments(old, stepped), 30, 50)).toMatchObject({ amountMicros: 161_000_000n });
  });

  test("one that ends at the instant knows nothing of it; one that begins at it nothing of the old", () => {
    expect(rate(segments(old, dearer), 30, 30)).toEqual(rateCall(compilePlan(old), { destination, billableSec: 30 }));
    expect(rate(segments(old, dearer), 0, 30)).toEqual(rateCall(compilePlan(dearer), { destination, billableSec: 30 }));
  });

  test("is rounded once, by the first plan", () => {
    const third = (decimals: number) => planOf({ steps: [step("1", 3, 1)] }, { decimals });
    // 10/3 + 20/3 exactly, which halves rounded by themselves would miss.
    expect(rate(segments(third(2), planOf({ steps: [step("2", 3, 1)] }, { decimals: 0 })), 10, 20)).toMatchObject({
      amountMicros: 10_000_000n,
    });
    expect(rate(segments(third(1), third(6)), 10, 20)).toMatchObject({ amountMicros: 6_700_000n });
  });

  test("any number of versions, one of which may be too short for an increment to begin in", () => {
    const parts = segments(old, dearer, planOf({ steps: [step("100", 1, 1)] }));
    expect(rate(parts, 10, 75)).toMatchObject({ amountMicros: (1n + 10n + 120n + 500n) * 1_000_000n });
    const hours = segments(planOf({ steps: [step("1", 3600, 3600)] }), dearer, planOf({ steps: [step("100", 1, 1)] }));
    expect(rate(hours, 10, 3601)).toMatchObject({ amountMicros: 101_000_000n });
  });

  test("what ended before the call doesn't matter", () => {
    const parts = segments(old, dearer);
    expect(rateAcross(parts, { destination, startMs: changeMs + 1, billableSec: 600 })).toEqual(
      rateCall(compilePlan(dearer), { destination, billableSec: 600 }),
    );
  });

  test("a destination that the new version has no price for is refused as a whole, once an increment begins there", () => {
    const parts = segments(old, deckOf([{ prefix: "44", destination: "Britain", steps: [step("1", 1, 1)] }]));
    expect(rate(parts, 30, 30)).toMatchObject({ ok: true });
    expect(rate(parts, 30, 31)).toEqual({ ok: false, code: "no_rate", destination, fromSec: 30 });
  });

  test("slices sum to the whole", () => {
    const parts = segments(old, dearer);
    const startMs = changeMs - 30_000;
    const cuts = [0, 29, 30, 31, 100];
    const slices = cuts.slice(1).map((toSec, index) => sliceAcross(parts, { destination, startMs, fromSec: cuts[index] ?? 0, toSec }));
    expect(slices.map((slice) => slice.ok && slice.amountMicros)).toEqual([30_000_000n, 1_000_000n, 2_000_000n, 138_000_000n]);
  });

  test("the trace has both versions' prices", () => {
    const trace: TraceLine[] = [];
    const parts = segments({ ...old, name: "Home 1" }, { ...dearer, name: "Home 2", zone: "Europe/Kyiv" });
    rateAcross(parts, { destination, startMs: changeMs - 30_000, billableSec: 100 }, trace);
    expect(trace.map(traceText)).toEqual([
      "Rate for every destination: Everywhere",
      "Connect fee, once: 1",
      "0–30 s: 30 × 1 s × 1 per 1 s = 30",
      "From 30 s (2026-12-01 00:00:00 +02:00, Europe/Kyiv), the new prices of Home 2. Rate for every destination: Everywhere",
      "30–100 s: 70 × 1 s × 2 per 1 s = 140",
      "Sum: 171",
      "Rounded once, half up, to 6 decimals: 171.000000",
    ]);
  });

  test("no plan, plans out of order and in different currencies are broken invariants", () => {
    const [a, b] = segments(old, dearer) as [PlanSegment, PlanSegment];
    const usage = { destination, startMs: changeMs - 1000, billableSec: 60 };
    for (const wrong of [[], [a, b, { ...b, fromMs: changeMs - 1 }], [a, { ...b, plan: compilePlan({ ...dearer, currency: "EUR" }) }]])
      expect(() => rateAcross(wrong, usage)).toThrow(RangeError);
  });
});
