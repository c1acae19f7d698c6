// The price of the tier that the peak is in, whatever else was used.
import type { PriceOf } from "../../catalog/document/shapes.ts";
import { fromDecimal, type Rational, toExactText } from "../../kernel/rational.ts";
import type { TraceLine } from "../trace.ts";
import type { Priced } from "./priced.ts";
import { tierOf } from "./tiers.ts";

export function priceCapacity({ tiers }: PriceOf<"capacity">, peak: Rational, trace?: TraceLine[]): Priced {
  const { upTo = null, price } = tierOf(tiers, peak);
  trace?.push({ kind: "capacity", peak: toExactText(peak), upTo, price });
  return { amount: fromDecimal(price), billed: peak };
}
