// A share of an amount of money and a fixed price of the event, between a least and a most.
import type { PriceOf } from "../../catalog/document/shapes.ts";
import { add, fromDecimal, isLess, multiply, type Rational, rational, toExactText } from "../../kernel/rational.ts";
import type { TraceLine } from "../trace.ts";
import type { Priced } from "./priced.ts";

/** One event that is not among the free ones. */
export function pricePercentage(price: PriceOf<"percentage">, units: Rational, trace?: TraceLine[]): Priced {
  const share = multiply(units, percentOf(price.percent));
  const sum = add(share, fromDecimal(price.fixed));
  trace?.push({ kind: "percent", percent: price.percent, of: toExactText(units), fixed: price.fixed, exact: toExactText(sum) });
  const most = price.maximumCharge === undefined ? undefined : fromDecimal(price.maximumCharge);
  return { amount: clamped(price, sum, trace), billed: units, ...(most ? { most } : {}) };
}

/** "2.9" → 29/1000. */
export const percentOf = (percent: string): Rational => multiply(fromDecimal(percent), rational(1n, 100n));

function clamped({ minimumCharge, maximumCharge }: PriceOf<"percentage">, sum: Rational, trace?: TraceLine[]): Rational {
  const minimum = fromDecimal(minimumCharge ?? "0");
  const maximum = maximumCharge === undefined ? undefined : fromDecimal(maximumCharge);
  if (maximum && isLess(maximum, sum)) {
    trace?.push({ kind: "maximum", exact: toExactText(maximum) });
    return maximum;
  }
  if (!isLess(sum, minimum)) return sum;
  trace?.push({ kind: "minimum", exact: toExactText(minimum) });
  return minimum;
}
