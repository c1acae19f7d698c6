// However a session is cut and in whatever order its slices come, they sum to the whole, and leave behind what the whole would.
import { expect, test } from "bun:test";
import fc from "fast-check";
import { add, fromExactText, type Rational, toExactText, ZERO } from "../../core/kernel/rational.ts";
import { rateUsage } from "../../core/rating/rate-usage.ts";
import type { UsageFact } from "../../core/rating/usage.ts";
import type { ServiceTerms } from "../../core/rating/usage-rating.ts";
import { memoryState, type UsageState } from "../../core/rating/usage-state.ts";
import { termsOf } from "./case-terms.ts";
import { cuts, type Length, length, parted, plans } from "./slice-arbitraries.ts";

// MB_SEED repeats a run.
const seed = Number(process.env.MB_SEED ?? Math.floor(Math.random() * 2 ** 31));
console.log(`slices: MB_SEED=${seed}`);
const runs = (numRuns: number) => ({ seed, numRuns });

const START = Date.parse("2026-09-10T17:30:00Z");
const HOUR_BEFORE = START - 3_600_000;
type Place = { session: string; before: Length };
function factOf(kind: "call" | "session", { seconds, ...octets }: Length, slice?: Place, startMs = START): UsageFact {
  const place = slice ? { slice: { session: slice.session, ...slice.before } } : {};
  return kind === "call"
    ? { kind, startMs, destination: "380441234567", direction: "out", billableSec: seconds, answered: true, ...place }
    : { kind, startMs, seconds, ...octets, ...place };
}

type Sum = { net: bigint; tax: bigint; billedSec: number; drawn: Rational };
function sumOf(terms: ServiceTerms, facts: readonly UsageFact[], state: UsageState): Record<keyof Sum, string> {
  const sum: Sum = { net: 0n, tax: 0n, billedSec: 0, drawn: ZERO };
  for (const fact of facts) {
    const rating = rateUsage(terms, fact, state);
    if (!rating.ok) throw new Error(rating.code);
    // What a record is charged never falls; the price of a period may.
    expect(rating.amountMicros >= 0n && rating.taxMicros >= 0n && rating.billedSec >= 0).toBe(true);
    for (const { amountMicros, taxMicros } of [rating, ...rating.period]) {
      sum.net += amountMicros;
      sum.tax += taxMicros;
    }
    sum.billedSec += rating.billedSec;
    for (const { quantity } of rating.drawn) sum.drawn = add(sum.drawn, fromExactText(quantity));
  }
  return { net: `${sum.net}`, tax: `${sum.tax}`, billedSec: `${sum.billedSec}`, drawn: toExactText(sum.drawn) };
}

const sold = (plan: Parameters<typeof termsOf>[0]["plan"]) => termsOf({ id: "", says: "", plan, usage: [], each: [], total: "" });

test("with a bundle, after other usage, and for the usage after it", () =>
  fc.assert(
    fc.property(plans(true), length, length, cuts, ({ kind, plan }, other, whole, at) => {
      const terms = sold(plan);
      const [inOne, inSlices] = [memoryState(), memoryState()];
      for (const state of [inOne, inSlices]) sumOf(terms, [factOf(kind, other, undefined, HOUR_BEFORE)], state);
      const slices = parted(whole, at).map(({ before, own }) => factOf(kind, own, { session: "one", before }));
      expect(sumOf(terms, slices, inSlices)).toEqual(sumOf(terms, [factOf(kind, whole)], inOne));
      expect(sumOf(terms, [factOf(kind, other, undefined, HOUR_BEFORE)], inSlices)).toEqual(
        sumOf(terms, [factOf(kind, other, undefined, HOUR_BEFORE)], inOne),
      );
    }),
    runs(3000),
  ));

test("without one, of several sessions at once", () =>
  fc.assert(
    fc.property(plans(false), fc.array(fc.tuple(length, cuts, fc.nat()), { minLength: 1, maxLength: 4 }), ({ kind, plan }, sessions) => {
      const terms = sold(plan);
      const slices = sessions.flatMap(([whole, at, turn], i) =>
        parted(whole, at).map(({ before, own }, n) => ({
          fact: factOf(kind, own, { session: `${i}`, before }),
          turn: (n * 7 + turn) % 11,
        })),
      );
      const mixed = slices.toSorted((a, b) => a.turn - b.turn).map(({ fact }) => fact);
      const whole = sessions.map(([one]) => factOf(kind, one));
      expect(sumOf(terms, mixed, memoryState())).toEqual(sumOf(terms, whole, memoryState()));
    }),
    runs(2000),
  ));
