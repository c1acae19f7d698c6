// Each part of an amount of money costs the percentage of its tier; a tier that is reached adds its flat fee.
import type { PriceOf } from "../../catalog/document/shapes.ts";
import { add, fromDecimal, multiply, type Rational, toExactText, ZERO } from "../../kernel/rational.ts";
import type { TraceLine } from "../trace.ts";
import { percentOf } from "./percentage.ts";
import type { Priced } from "./priced.ts";
import { tiersReached } from "./tiers.ts";

export function priceGraduatedPercentage({ tiers }: PriceOf<"graduated_percentage">, units: Rational, trace?: TraceLine[]): Priced {
  let amount = ZERO;
  for (const { tier, from, inside } of tiersReached(tiers, units)) {
    const cost = add(multiply(inside, percentOf(tier.percent)), fromDecimal(tier.flat));
    trace?.push({
      kind: "tier",
      from: toExactText(from),
      upTo: tier.upTo ?? null,
      quantity: toExactText(inside),
      price: `${tier.percent} %`,
      flat: tier.flat,
      exact: toExactText(cost),
    });
    amount = add(amount, cost);
  }
  return { amount, billed: units };
}
