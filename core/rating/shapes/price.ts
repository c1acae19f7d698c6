// The price of a quantity by the shape that the plan gives it. Calls by a deck and destinations by prefix are found where the usage is known.
import type { Price } from "../../catalog/document/shapes.ts";
import { type Rational, subtract, ZERO } from "../../kernel/rational.ts";
import type { TraceLine } from "../trace.ts";
import { priceCapacity } from "./capacity.ts";
import { priceGraduated } from "./graduated.ts";
import { priceGraduatedPercentage } from "./graduated-percentage.ts";
import { pricePackages } from "./package.ts";
import { pricePerUnit } from "./per-unit.ts";
import { pricePercentage } from "./percentage.ts";
import type { Priced } from "./priced.ts";
import { priceVolume } from "./volume.ts";

export type QuantityPrice = Exclude<Price, { shape: "rates" | "by_prefix" }>;

/**
 * The exact price of `units`, the first `covered` of which are paid otherwise. Only `per_unit` has prices that depend on the place of a unit; for
 * the others the rest is the quantity.
 */
export function priceOf(price: QuantityPrice, units: Rational, covered: Rational = ZERO, trace?: TraceLine[]): Priced {
  if (price.shape === "per_unit") return pricePerUnit(price, units, covered, trace);
  const rest = subtract(units, covered);
  switch (price.shape) {
    case "graduated":
      return priceGraduated(price, rest, trace);
    case "volume":
      return priceVolume(price, rest, trace);
    case "package":
      return pricePackages(price, rest, trace);
    case "percentage":
      return pricePercentage(price, rest, trace);
    case "graduated_percentage":
      return priceGraduatedPercentage(price, rest, trace);
    case "capacity":
      return priceCapacity(price, rest, trace);
  }
}
