// A price of each unit by the longest prefix of the destination.
import type { PriceOf } from "../../catalog/document/shapes.ts";
import { fromDecimal, multiply, type Rational, toExactText } from "../../kernel/rational.ts";
import { compilePrefixTable } from "../prefix-table.ts";
import type { TraceLine } from "../trace.ts";
import type { Priced } from "./priced.ts";

export type PrefixPrice = PriceOf<"by_prefix">["prices"][number];

/** Finds the price of a destination; undefined: it has none. */
export function compileByPrefix({ prices }: PriceOf<"by_prefix">): (destination: string) => PrefixPrice | undefined {
  const table = compilePrefixTable(prices.map(({ prefix }) => prefix));
  return (destination) => prices[table.find(destination)];
}

export function priceByPrefix({ prefix, destination, price }: PrefixPrice, units: Rational, trace?: TraceLine[]): Priced {
  const amount = multiply(units, fromDecimal(price));
  trace?.push({ kind: "rate", prefix, destinationName: destination });
  trace?.push({ kind: "units", from: "0", to: toExactText(units), increment: null, price, per: "1", exact: toExactText(amount) });
  return { amount, billed: units };
}
