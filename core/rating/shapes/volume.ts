// All units have the price of the tier that the total reaches.
import type { PriceOf } from "../../catalog/document/shapes.ts";
import { add, fromDecimal, multiply, type Rational, toExactText } from "../../kernel/rational.ts";
import type { TraceLine } from "../trace.ts";
import type { Priced } from "./priced.ts";
import { tierOf } from "./tiers.ts";

export function priceVolume({ tiers }: PriceOf<"volume">, units: Rational, trace?: TraceLine[]): Priced {
  const tier = tierOf(tiers, units);
  const amount = add(multiply(units, fromDecimal(tier.price)), fromDecimal(tier.flat));
  trace?.push({
    kind: "tier",
    from: "0",
    upTo: tier.upTo ?? null,
    quantity: toExactText(units),
    price: tier.price,
    flat: tier.flat,
    exact: toExactText(amount),
  });
  return { amount, billed: units };
}
