// A plan is compiled once and rates millions of calls: everything that does not depend on the call is computed here.
import type { PlanDocument } from "../catalog/plan-document.ts";
import type { RoundingMode } from "../kernel/rational.ts";
import { compilePrefixTable, type PrefixTable } from "./prefix-table.ts";
import { compileTariffs, type TariffTable } from "./tariff-table.ts";

export type CompiledPlan = {
  readonly name: string;
  readonly currency: string;
  /** The rounding unit is 10^-decimals of a currency unit, which is `microsPerUnit` micros. */
  readonly decimals: number;
  readonly mode: RoundingMode;
  readonly microsPerUnit: bigint;
  readonly prefixes: PrefixTable;
  /** By the index that `prefixes.find` answers: prefix, name, and where in `tariffs` the price begins. */
  readonly ratePrefixes: readonly string[];
  readonly destinationNames: readonly string[];
  readonly tariffAt: Int32Array;
  readonly tariffs: TariffTable;
};

/** Compiles a checked document (see parsePlanDocument). Takes half a second for 100,000 rates: keep the result. */
export function compilePlan(plan: PlanDocument): CompiledPlan {
  const { decimals, mode } = plan.rounding;
  const { table, tariffAt } = compileTariffs(plan.rates, 10n ** BigInt(decimals));
  const ratePrefixes = plan.rates.map((rate) => rate.prefix);
  return {
    name: plan.name,
    currency: plan.currency,
    decimals,
    mode,
    microsPerUnit: 10n ** BigInt(6 - decimals),
    prefixes: compilePrefixTable(ratePrefixes),
    ratePrefixes,
    destinationNames: plan.rates.map((rate) => rate.destination),
    tariffAt,
    tariffs: table,
  };
}
