// A price of each started package, behind the free units.
import type { PriceOf } from "../../catalog/document/shapes.ts";
import { begun, fromDecimal, least, multiply, type Rational, rational, subtract, toExactText } from "../../kernel/rational.ts";
import type { TraceLine } from "../trace.ts";
import type { Priced } from "./priced.ts";

export function pricePackages({ price, size, free }: PriceOf<"package">, units: Rational, trace?: TraceLine[]): Priced {
  const freeUnits = least(units, fromDecimal(free));
  if (freeUnits.num > 0n) trace?.push({ kind: "free_units", quantity: toExactText(freeUnits) });
  const packages = rational(begun(subtract(units, freeUnits), fromDecimal(size)));
  const amount = multiply(packages, fromDecimal(price));
  trace?.push({ kind: "packages", packages: toExactText(packages), size, price, exact: toExactText(amount) });
  return { amount, billed: multiply(packages, fromDecimal(size)) };
}
