// What a part of a period costs. Every policy but `none` and `rounded_day` is additive: the parts of a period cost what the whole costs.
import type { Fee, Proration } from "../../catalog/document/fees.ts";
import { daysIn, type Period, type PeriodUnit } from "../../kernel/period.ts";
import { fromDecimal, multiply, type Rational, rational } from "../../kernel/rational.ts";
import { exactMicros, type Rounding, roundedMicros } from "./rounding.ts";
import { type Day, daysBetween } from "./timeline.ts";

/** A fee's price and how parts of `whole` are made of it. JSON-safe but for the days. */
export type FeeBasis = {
  readonly amount: string;
  readonly proration: Proration;
  readonly unit: PeriodUnit;
  readonly count: number;
  readonly whole: Period;
};

export const basisOf = (fee: Fee & { every: PeriodUnit }, whole: Period): FeeBasis => ({
  amount: fee.amount,
  // Day by day is a proration already.
  proration: fee.charge === "daily" && fee.proration !== "fixed_30" ? "actual_days" : fee.proration,
  unit: fee.every,
  count: fee.count,
  whole,
});

/** The exact price, in currency units, of the days of the whole that are in `part`. */
export function priceOfPart(basis: FeeBasis, part: Period, rounding: Rounding): Rational {
  const amount = fromDecimal(basis.amount);
  const { num, den } = shareOf(basis, part);
  if (num === den || basis.proration === "none") return amount;
  if (basis.proration !== "rounded_day") return multiply(amount, rational(BigInt(num), BigInt(den)));
  const day = roundedMicros(multiply(amount, rational(1n, BigInt(den))), rounding);
  return exactMicros(day * BigInt(num));
}

/** How many days of how many: "24 of 31", by the fixed month "22 of 30". */
export function shareOf({ proration, unit, count, whole }: FeeBasis, { from, to }: Period): { readonly num: number; readonly den: number } {
  const fixed = proration === "fixed_30" ? fixedDays[unit] : undefined;
  if (fixed === undefined) return { num: daysBetween(from, to), den: daysIn(whole) };
  const den = fixed * count;
  // Whatever the calendar says, the period ends with its last fixed day.
  const upTo = (day: Day) => (day.equals(whole.to) ? den : Math.min(position(day) - position(whole.from), den));
  return { num: upTo(to) - upTo(from), den };
}

const fixedDays: Partial<Record<PeriodUnit, number>> = { month: 30, quarter: 90, year: 360 };
const position = ({ year, month, day }: Day): number => year * 360 + month * 30 + Math.min(day, 30);
