import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { MAX_SECONDS } from "../../core/catalog/plan-document.ts";
import { roundQuotient } from "../../core/kernel/rational.ts";
import { compilePlan } from "../../core/rating/compile-plan.ts";
import { explain, rateCall, rateSlice } from "../../core/rating/rate-call.ts";
import { plan, rounding, runs } from "./arbitraries.ts";
import { naiveRate, slowPriceAcross } from "./oracle.ts";
import { deckOf, planOf } from "./plans.ts";

const seconds = fc.nat({ max: 2000 });

const priced = (rating: ReturnType<typeof rateCall>) => {
  if (!rating.ok) throw new Error(rating.code);
  return rating;
};

describe("properties of a price", () => {
  test("it equals a slow walk with exact fractions, over random plans", () =>
    fc.assert(
      fc.property(plan, fc.array(seconds, { minLength: 1, maxLength: 4 }), (document, calls) => {
        const compiled = compilePlan(document);
        for (const billableSec of calls) {
          const { amountMicros, billedSec } = priced(rateCall(compiled, { destination: "1", billableSec }));
          expect<unknown>({ amountMicros, billedSec }).toEqual(
            slowPriceAcross([{ fromMs: 0, document }], { destination: "1", seconds: billableSec }),
          );
        }
      }),
      runs(3000),
    ));

  test("slices of any cut sum to the whole, in money and in billed seconds", () =>
    fc.assert(
      fc.property(plan, seconds, fc.array(seconds, { maxLength: 8 }), (document, billableSec, cuts) => {
        const compiled = compilePlan(document);
        const ends = [...cuts.filter((cut) => cut < billableSec), billableSec].sort((a, b) => a - b);
        const slices = ends.map((toSec, index) => priced(rateSlice(compiled, { destination: "1", fromSec: ends[index - 1] ?? 0, toSec })));
        const whole = priced(rateCall(compiled, { destination: "1", billableSec }));
        expect(slices.reduce((sum, slice) => sum + slice.amountMicros, 0n)).toBe(whole.amountMicros);
        expect(slices.reduce((sum, slice) => sum + slice.billedSec, 0)).toBe(whole.billedSec);
        expect(slices.every((slice) => slice.amountMicros >= 0n)).toBe(true);
      }),
      runs(1500),
    ));

  test("a longer call never costs less, and never bills fewer seconds than were used", () =>
    fc.assert(
      fc.property(plan, seconds, seconds, (document, one, other) => {
        const compiled = compilePlan(document);
        const [short, long] = [Math.min(one, other), Math.max(one, other)].map((billableSec) =>
          priced(rateCall(compiled, { destination: "1", billableSec })),
        );
        expect((short?.amountMicros ?? 0n) <= (long?.amountMicros ?? 0n)).toBe(true);
        // Where the cap ends the call, what is beyond it is not billed.
        if (!long?.reason && long?.allowedSec === undefined) expect(long?.billedSec).toBeGreaterThanOrEqual(long?.realSec ?? 0);
      }),
      runs(1500),
    ));

  test("the amount is a whole count of the plan's rounding unit", () =>
    fc.assert(
      fc.property(plan, seconds, (document, billableSec) => {
        const { amountMicros } = priced(rateCall(compilePlan(document), { destination: "1", billableSec }));
        expect(typeof amountMicros).toBe("bigint");
        expect(amountMicros % 10n ** BigInt(6 - document.rounding.decimals)).toBe(0n);
      }),
      runs(1000),
    ));

  test("explaining a price gives the same price, and lines that add up to it", () =>
    fc.assert(
      fc.property(plan, seconds, fc.boolean(), (document, billableSec, answered) => {
        const compiled = compilePlan(document);
        const usage = { destination: "1", billableSec, answered };
        const { rating, trace } = explain(compiled, usage);
        expect(rating).toEqual(rateCall(compiled, usage));
        const billed = trace.reduce((sum, line) => (line.kind === "step" ? sum + line.increments * line.incrementSec : sum), 0);
        expect(billed).toBe(priced(rating).billedSec);
        expect(trace.at(-1)?.kind).toBe(priced(rating).reason ? "free" : "rounding");
      }),
      runs(1000),
    ));
});

test("the dearest prices with 12 decimals, over up to a year, are those of whole numbers", () =>
  fc.assert(
    fc.property(
      fc.bigInt({ min: 0n, max: 10n ** 24n - 1n }),
      fc.bigInt({ min: 0n, max: 10n ** 24n - 1n }),
      fc.integer({ min: 1, max: 86_400 }),
      fc.integer({ min: 1, max: 86_400 }),
      fc.integer({ min: 1, max: MAX_SECONDS }),
      rounding,
      (perStep, connect, perSec, incrementSec, billableSec, round) => {
        const text = (value: bigint) => `${value / 10n ** 12n}.${String(value % 10n ** 12n).padStart(12, "0")}`;
        const document = planOf({ connectFee: text(connect), steps: [{ fromSec: 0, price: text(perStep), perSec, incrementSec }] }, round);
        const billedSec = Math.ceil(billableSec / incrementSec) * incrementSec;
        const exact = connect * BigInt(perSec) + perStep * BigInt(billedSec);
        const units = roundQuotient(exact, BigInt(perSec) * 10n ** BigInt(12 - round.decimals), round.mode);
        const rating = priced(rateCall(compilePlan(document), { destination: "1", billableSec }));
        expect(rating).toMatchObject({ amountMicros: units * 10n ** BigInt(6 - round.decimals), billedSec });
      },
    ),
    runs(3000),
  ));

const digits = (max: number) => fc.stringMatching(new RegExp(`^[0-3]{0,${max}}$`));

test("the longest prefix wins, as a scan of every rate finds it", () =>
  fc.assert(
    fc.property(fc.uniqueArray(digits(6), { minLength: 1, maxLength: 60 }), fc.array(digits(9), { maxLength: 20 }), (prefixes, numbers) => {
      const document = deckOf(
        prefixes.map((prefix) => ({
          prefix,
          destination: `to ${prefix}`,
          steps: [{ fromSec: 0, price: "1", perSec: 1, incrementSec: 1 }],
        })),
      );
      const compiled = compilePlan(document);
      for (const number of numbers) {
        const rating = rateCall(compiled, { destination: number, billableSec: 1 });
        expect(rating.ok ? rating.prefix : undefined).toBe(naiveRate(document, number)?.prefix);
      }
    }),
    runs(1500),
  ));
