// Properties of prices that depend on the time: bands, plan versions, caps, in zones whose clocks change.
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { MAX_SECONDS, type PlanDocument } from "../../core/catalog/plan-document.ts";
import { affordableSec } from "../../core/rating/affordable-sec.ts";
import { compilePlan } from "../../core/rating/compile-plan.ts";
import { type PlanSegment, rateAcross, sliceAcross } from "../../core/rating/rate-across.ts";
import { rateCall, rateSlice } from "../../core/rating/rate-call.ts";
import { compileBands } from "../../core/rating/time-bands.ts";
import type { TraceLine } from "../../core/rating/trace.ts";
import { runs, timedPlans } from "./arbitraries.ts";
import { naiveBands, type SlowSegment, slowPriceAcross } from "./oracle.ts";

const destination = "380441234567";
const seconds = fc.oneof(fc.nat({ max: 300 }), fc.nat({ max: 4 * 3600 }));

const both = (first: PlanDocument, second: PlanDocument, fromMs: number) => {
  const slow: SlowSegment[] = [
    { fromMs: 0, document: first },
    { fromMs, document: second },
  ];
  return { slow, segments: slow.map((one): PlanSegment => ({ fromMs: one.fromMs, plan: compilePlan(one.document) })) };
};
const short = (rating: ReturnType<typeof rateCall>) =>
  rating.ok ? { amountMicros: rating.amountMicros, billedSec: rating.billedSec } : rating.code;

describe("properties of time bands", () => {
  test("what holds is what the clock on the wall says, at every minute of three days", () =>
    fc.assert(
      fc.property(timedPlans, ({ first, startMs }) => {
        const table = compileBands(first.bands, first.holidays, first.zone ?? "UTC");
        const from = Math.floor(startMs / 86_400_000) * 86_400_000;
        for (let ms = from; ms < from + 2 * 86_400_000; ms += 60_000) {
          const { set, fromMs, toMs } = table.at(ms);
          const codes = naiveBands(first, ms);
          if (set.codes.length !== codes.length || codes.some((code) => !set.codes.includes(code)) || ms < fromMs || ms >= toMs)
            expect({ at: new Date(ms).toISOString(), codes: set.codes }).toEqual({ at: new Date(ms).toISOString(), codes });
        }
      }),
      runs(120),
    ));

  test("what holds changes at the beginning of an interval, and at no instant inside", () =>
    fc.assert(
      fc.property(timedPlans, ({ first, startMs }) => {
        const table = compileBands(first.bands, first.holidays, first.zone ?? "UTC");
        const { fromMs, toMs, set } = table.at(startMs);
        expect(table.at(fromMs).set).toBe(set);
        expect(table.at(toMs - 1).set).toBe(set);
        expect(table.at(toMs).fromMs).toBe(toMs);
        expect(naiveBands(first, toMs - 1).sort()).toEqual([...set.codes].sort());
      }),
      runs(1000),
    ));
});

describe("properties of a price over time", () => {
  test("it equals a slow walk that asks Temporal at each increment, over bands, versions and caps", () =>
    fc.assert(
      fc.property(
        timedPlans,
        seconds,
        fc.oneof(fc.constant(0), fc.nat({ max: 600 })),
        ({ first, second, startMs, fromMs }, billableSec, coveredSec) => {
          const { slow, segments } = both(first, second, fromMs);
          const usage = { destination, billableSec, startMs, coveredSec };
          expect<unknown>(short(rateAcross(segments, usage))).toEqual(
            slowPriceAcross(slow, { destination, seconds: billableSec, startMs, coveredSec }),
          );
        },
      ),
      runs(2000),
    ));

  test("without a time, no band holds", () =>
    fc.assert(
      fc.property(timedPlans, seconds, ({ first }, billableSec) => {
        expect<unknown>(short(rateCall(compilePlan(first), { destination, billableSec }))).toEqual(
          slowPriceAcross([{ fromMs: 0, document: first }], { destination, seconds: billableSec }),
        );
      }),
      runs(500),
    ));

  test("slices of any cut sum to the whole, in money and in billed seconds, and none is negative", () =>
    fc.assert(
      fc.property(
        timedPlans,
        seconds,
        fc.array(fc.nat({ max: 4 * 3600 }), { maxLength: 6 }),
        ({ first, second, startMs, fromMs }, billableSec, cuts) => {
          const { segments } = both(first, second, fromMs);
          const [plan] = segments.map((one) => one.plan);
          const ends = [...cuts.filter((cut) => cut < billableSec), billableSec].sort((a, b) => a - b);
          const ways = [
            [
              (toSec: number, fromSec: number) => sliceAcross(segments, { destination, startMs, fromSec, toSec }),
              rateAcross(segments, { destination, billableSec, startMs }),
            ],
            [
              (toSec: number, fromSec: number) => rateSlice(plan!, { destination, startMs, fromSec, toSec }),
              rateCall(plan!, { destination, billableSec, startMs }),
            ],
          ] as const;
          for (const [slice, whole] of ways) {
            const slices = ends.map((toSec, index) => slice(toSec, ends[index - 1] ?? 0));
            if (!whole.ok) expect(slices.at(-1)?.ok).toBe(false);
            else {
              expect(slices.reduce((sum, one) => sum + (one.ok ? one.amountMicros : 0n), 0n)).toBe(whole.amountMicros);
              expect(slices.reduce((sum, one) => sum + (one.ok ? one.billedSec : 0), 0)).toBe(whole.billedSec);
              expect(slices.every((one) => one.ok && one.amountMicros >= 0n && one.billedSec >= 0)).toBe(true);
            }
          }
        },
      ),
      runs(1000),
    ));

  test("a longer call never costs less, and once refused stays refused", () =>
    fc.assert(
      fc.property(timedPlans, seconds, seconds, ({ first, second, startMs, fromMs }, one, other) => {
        const { segments } = both(first, second, fromMs);
        const [less, more] = [Math.min(one, other), Math.max(one, other)].map((billableSec) =>
          rateAcross(segments, { destination, billableSec, startMs }),
        );
        if (more?.ok) expect(less?.ok && less.amountMicros <= more.amountMicros).toBe(true);
      }),
      runs(1500),
    ));

  test("explaining a price gives the same price, and lines that add up to it", () =>
    fc.assert(
      fc.property(timedPlans, seconds, ({ first, second, startMs, fromMs }, billableSec) => {
        const { segments } = both(first, second, fromMs);
        const trace: TraceLine[] = [];
        const usage = { destination, billableSec, startMs };
        const rating = rateAcross(segments, usage, trace);
        expect(rating).toEqual(rateAcross(segments, usage));
        if (!rating.ok) return expect(trace.at(-1)).toMatchObject({ kind: "refused", code: "no_rate" });
        const stepLines = trace.filter((line) => line.kind === "step");
        expect(stepLines.reduce((sum, line) => sum + line.increments * line.incrementSec, 0)).toBe(rating.billedSec);
        const parts = trace.filter((line) => line.kind === "step" || line.kind === "connect_fee").map(({ exact }) => fraction(exact));
        const sum = trace.find((line) => line.kind === "sum");
        if (!sum) return expect(rating.reason).toBeDefined();
        const total = parts.reduce(([num, den], [n, d]) => [num * d + n * den, den * d], [0n, 1n]);
        const [num, den] = fraction(sum.exact);
        expect(total[0] * den).toBe(num * total[1]);
      }),
      runs(500),
    ));
});

describe("properties of what an amount affords", () => {
  test("the affordable time is the inverse of the price: one second more costs more, or has no price, or the cap ends the call", () =>
    fc.assert(
      fc.property(
        timedPlans,
        seconds,
        fc.bigInt({ min: -1n, max: 10n ** 12n }),
        fc.boolean(),
        ({ first, second, startMs, fromMs }, likeSec, any, exactly) => {
          const { segments } = both(first, second, fromMs);
          const rate = (billableSec: number) => rateAcross(segments, { destination, billableSec, startMs });
          const like = rate(likeSec);
          const limit = exactly && like.ok ? like.amountMicros : any;
          const affordable = affordableSec(segments, { destination, startMs }, limit);
          if (!affordable.ok) return expect(rate(1)).toMatchObject({ ok: false, code: "no_rate", fromSec: 0 });
          const { sec } = affordable;
          if (limit < 0n) return expect(sec).toBe(0);
          const within = rate(sec);
          expect(within.ok && within.amountMicros <= limit).toBe(true);
          if (sec === MAX_SECONDS) return;
          const beyond = rate(sec + 1);
          if (beyond.ok && beyond.allowedSec !== sec) expect(beyond.amountMicros > limit).toBe(true);
        },
      ),
      runs(1500),
    ));

  test("a call that its cap ends is allowed the longest time whose price is within the cap", () =>
    fc.assert(
      fc.property(timedPlans, seconds, ({ first, startMs }, billableSec) => {
        const [only] = first.rates;
        if (only?.maxCost?.strategy !== "disconnect") return;
        // The cap is compared with the exact sum: of a cap in micros, it holds just when it holds of the sum rounded up to micros.
        const amount = only.maxCost.amount.replace(/(\.\d{6})\d+$/, "$1");
        const capped = compilePlan({ ...first, rates: [{ ...only, maxCost: { ...only.maxCost, amount } }] });
        const open = compilePlan({ ...first, rounding: { decimals: 6, mode: "up" }, rates: [{ ...only, maxCost: undefined }] });
        const rating = rateCall(capped, { destination, billableSec, startMs });
        if (!rating.ok || rating.allowedSec === undefined) return;
        const within = (sec: number) => {
          const price = rateCall(open, { destination, billableSec: sec, startMs });
          const [num, den] = fraction(amount);
          return price.ok && price.amountMicros * den <= num * 1_000_000n;
        };
        expect(within(rating.allowedSec)).toBe(true);
        if (rating.allowedSec < MAX_SECONDS) expect(within(rating.allowedSec + 1)).toBe(false);
      }),
      runs(1500),
    ));
});

/** "77/120" or "0.65" as numerator and denominator. */
function fraction(exact: string): [num: bigint, den: bigint] {
  const [num = "", den] = exact.split("/");
  if (den) return [BigInt(num), BigInt(den)];
  const [whole = "", decimals = ""] = num.split(".");
  return [BigInt(whole + decimals), 10n ** BigInt(decimals.length)];
}
