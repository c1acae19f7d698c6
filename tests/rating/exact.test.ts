// Whole numbers that change from numbers to bigints by themselves: never by a unit wrong, on either side of 2^53.
import { expect, test } from "bun:test";
import fc from "fast-check";
import { ROUNDING_MODES, roundQuotient } from "../../core/kernel/rational.ts";
import { plusTimes, roundExact, times } from "../../core/rating/exact.ts";
import { runs } from "./arbitraries.ts";

const near = fc.bigInt({ min: -3n, max: 3n }).map((off) => 2n ** 53n + off);
const whole = fc.oneof(
  fc.bigInt({ min: 0n, max: 1000n }),
  fc.bigInt({ min: 0n, max: 2n ** 30n }),
  near,
  fc.bigInt({ min: 0n, max: 2n ** 80n }),
);
/** As it would come from a sum: a number when it is one exactly. */
const exact = (value: bigint) => (value <= Number.MAX_SAFE_INTEGER ? Number(value) : value);
const count = fc.oneof(fc.nat({ max: 10 }), fc.nat({ max: 31_622_400 }));

test("sums, products and quotients are those of bigints", () =>
  fc.assert(
    fc.property(whole, whole, count, fc.constantFrom(...ROUNDING_MODES), (a, b, times_, mode) => {
      expect(BigInt(plusTimes(exact(a), exact(b), times_))).toBe(a + b * BigInt(times_));
      expect(BigInt(times(exact(a), exact(b)))).toBe(a * b);
      if (b > 0n) expect(BigInt(roundExact(exact(a), exact(b), mode))).toBe(roundQuotient(a, b, mode));
    }),
    runs(5000),
  ));

test("a number is never beyond the whole numbers that are exact", () =>
  fc.assert(
    fc.property(whole, whole, count, (a, b, times_) => {
      for (const result of [plusTimes(exact(a), exact(b), times_), times(exact(a), exact(b))])
        expect(typeof result === "bigint" || Number.isSafeInteger(result)).toBe(true);
    }),
    runs(2000),
  ));

test("halves are rounded as halves, just below 2^53 as well", () => {
  const odd = Number.MAX_SAFE_INTEGER;
  expect(ROUNDING_MODES.map((mode) => roundExact(odd, 2, mode))).toEqual(
    ROUNDING_MODES.map((mode) => Number(roundQuotient(BigInt(odd), 2n, mode))),
  );
});
