// A price of each unit: connect fee, steps from a quantity on, increments, free units, a least and a most.
import type { PriceOf } from "../../catalog/document/shapes.ts";
import {
  add,
  begun,
  fromDecimal,
  isLess,
  least,
  multiply,
  type Rational,
  rational,
  subtract,
  toExactText,
  ZERO,
} from "../../kernel/rational.ts";
import type { TraceLine } from "../trace.ts";
import type { Priced } from "./priced.ts";

type PerUnit = PriceOf<"per_unit">;

/**
 * `units` in all, the first `covered` of which are paid otherwise: steps count from the first unit, increments begin behind the covered ones,
 * and there is no connect fee and no least then. An increment that has begun keeps its price to its end.
 */
export function pricePerUnit(price: PerUnit, units: Rational, covered: Rational, trace?: TraceLine[]): Priced {
  const used = subtract(units, covered);
  if (used.num <= 0n) return { amount: ZERO, billed: ZERO };
  const whole = covered.num === 0n;
  const connect = whole ? fromDecimal(price.connectFee) : ZERO;
  if (connect.num > 0n) trace?.push({ kind: "connect_fee", exact: toExactText(connect) });
  const free = least(used, fromDecimal(price.free));
  if (free.num > 0n) trace?.push({ kind: "free_units", quantity: toExactText(free) });

  const walked = walk(price, covered, add(covered, subtract(used, free)), connect, trace);
  const amount = whole ? raised(price, walked.amount, trace) : walked.amount;
  const most = price.maxCost && fromDecimal(price.maxCost.amount);
  return { amount: capped(most, amount, trace), billed: walked.billed, ...(most ? { most } : {}) };
}

/** Step by step from one position to the other; ends early where a most with `disconnect` can't pay the next increment. */
function walk({ steps, maxCost }: PerUnit, from: Rational, to: Rational, connect: Rational, trace?: TraceLine[]): Priced {
  const ends = maxCost?.strategy === "disconnect" ? fromDecimal(maxCost.amount) : undefined;
  let amount = connect;
  let at = from;
  for (const [index, step] of steps.entries()) {
    const next = steps[index + 1];
    const until = next ? least(to, fromDecimal(next.from)) : to;
    if (!isLess(at, until)) continue;
    const increment = step.increment === undefined ? undefined : fromDecimal(step.increment);
    const ofUnit = multiply(fromDecimal(step.price), inverse(fromDecimal(step.per)));
    let length = increment ? multiply(rational(begun(subtract(until, at), increment)), increment) : subtract(until, at);
    const paid = ends && affordable(subtract(ends, amount), ofUnit, increment);
    const disconnected = paid !== undefined && isLess(paid, length);
    if (disconnected) length = paid;
    const cost = multiply(length, ofUnit);
    trace?.push({
      kind: "units",
      from: toExactText(at),
      to: toExactText(add(at, length)),
      increment: step.increment ?? null,
      price: step.price,
      per: step.per,
      exact: toExactText(cost),
    });
    amount = add(amount, cost);
    at = add(at, length);
    if (!disconnected) continue;
    trace?.push({ kind: "disconnected", exact: toExactText(ends as Rational) });
    break;
  }
  return { amount, billed: subtract(at, from) };
}

/** So many units the money pays for, in whole increments; undefined: any number. */
function affordable(money: Rational, ofUnit: Rational, increment: Rational | undefined): Rational | undefined {
  if (ofUnit.num === 0n) return undefined;
  if (money.num <= 0n) return ZERO;
  const units = multiply(money, inverse(ofUnit));
  if (!increment) return units;
  const increments = multiply(units, inverse(increment));
  return multiply(rational(increments.num / increments.den), increment);
}

function raised({ minimumCharge = "0" }: PerUnit, amount: Rational, trace?: TraceLine[]): Rational {
  const minimum = fromDecimal(minimumCharge);
  if (!isLess(amount, minimum)) return amount;
  trace?.push({ kind: "minimum", exact: toExactText(minimum) });
  return minimum;
}

/** The last word: nothing lifts a price above it. */
function capped(most: Rational | undefined, amount: Rational, trace?: TraceLine[]): Rational {
  if (!most || !isLess(most, amount)) return amount;
  trace?.push({ kind: "maximum", exact: toExactText(most) });
  return most;
}

const inverse = ({ num, den }: Rational): Rational => rational(den, num);
