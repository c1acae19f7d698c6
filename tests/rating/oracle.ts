// A slow second opinion on a price: it walks a call increment by increment over one unreduced denominator, and shares no
// code with the rating slice. Agreement over random plans is what lets the fast one be trusted.
import type { PlanDocument, PlanRate } from "../../core/catalog/plan-document.ts";

type Fraction = [num: bigint, den: bigint];

const SCALE = 10n ** 12n;
const scaled = (price: string): bigint => {
  const [whole = "0", decimals = ""] = price.split(".");
  return BigInt(whole) * SCALE + BigInt(decimals.padEnd(12, "0"));
};

/** Longest prefix by looking at every rate. */
export function naiveRate(plan: PlanDocument, destination: string): PlanRate | undefined {
  const digits = destination.replace(/^\+/, "").replace(/[ ().-]/g, "");
  const matching = plan.rates.filter(({ prefix }) => prefix === "" || (/^\d+$/.test(digits) && digits.startsWith(prefix)));
  return matching.sort((a, b) => b.prefix.length - a.prefix.length)[0];
}

export function slowPrice(plan: PlanDocument, rate: PlanRate, seconds: number): { amountMicros: bigint; billedSec: number } {
  if (seconds === 0 || seconds <= (rate.freeSec ?? 0)) return { amountMicros: 0n, billedSec: 0 };
  // One denominator for the whole walk: adding fractions of different ones would grow by 13 digits at every increment.
  const den = rate.steps.reduce((product, { perSec }) => product * BigInt(perSec), SCALE);
  let total: Fraction = [(scaled(rate.connectFee) * den) / SCALE, den];
  let at = 0;
  while (at < seconds) {
    const inForce = rate.steps.filter((step) => step.fromSec <= at).at(-1);
    if (!inForce) throw new Error("no step in force");
    // Exact: den is a multiple of SCALE × perSec.
    total = [total[0] + scaled(inForce.price) * BigInt(inForce.incrementSec) * (den / SCALE / BigInt(inForce.perSec)), den];
    at += inForce.incrementSec;
  }
  const minimum = scaled(rate.minimumCharge ?? "0");
  if (total[0] * SCALE < minimum * total[1]) total = [minimum, SCALE];
  return { amountMicros: rounded(total, plan.rounding), billedSec: at };
}

/** Compares twice the rest with the divisor, in the plan's unit, and returns micros. */
function rounded([num, den]: Fraction, { decimals, mode }: PlanDocument["rounding"]): bigint {
  const unit = 10n ** BigInt(decimals);
  const below = (num * unit) / den;
  const rest2 = (num * unit - below * den) * 2n;
  const goesUp = {
    up: rest2 > 0n,
    down: false,
    half_up: rest2 >= den,
    half_even: rest2 > den || (rest2 === den && below % 2n === 1n),
  }[mode];
  return (goesUp ? below + 1n : below) * 10n ** BigInt(6 - decimals);
}
