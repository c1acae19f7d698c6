// A plan is compiled once and rates millions of calls: everything that does not depend on the call is computed here.
import type { PlanDocument } from "../catalog/plan-document.ts";
import type { RoundingMode } from "../kernel/rational.ts";
import { compilePrefixTable, type PrefixTable } from "./prefix-table.ts";
import { compileTariffs, type TariffTable } from "./tariff-table.ts";
import { compileBands, type TimeBands } from "./time-bands.ts";

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
  /** What the deck leaves to others: components, bundles, fees, taxes, … */
  readonly document: Omit<PlanDocument, "rates">;
  /** IANA name; the plan's calendar is in it. */
  readonly zone: string;
  readonly bands: TimeBands;
  /** No components, bundles or taxes: the deck alone prices a call. */
  readonly plain: boolean;
};

/**
 * Compiles a checked document (see parsePlanDocument). `zone` is the provider's, for a plan without its own. Takes half a
 * second for 100,000 rates: keep the result.
 */
export function compilePlan(plan: PlanDocument, { zone: providerZone = "UTC" }: { readonly zone?: string } = {}): CompiledPlan {
  const { rates, ...document } = plan;
  const { decimals, mode } = plan.rounding;
  const zone = plan.zone ?? providerZone;
  const bands = compileBands(plan.bands, plan.holidays, zone);
  const { table, tariffAt } = compileTariffs(rates, 10n ** BigInt(decimals), bands.rankOf);
  const ratePrefixes = rates.map((rate) => rate.prefix);
  return {
    name: plan.name,
    currency: plan.currency,
    decimals,
    mode,
    microsPerUnit: 10n ** BigInt(6 - decimals),
    prefixes: compilePrefixTable(ratePrefixes),
    ratePrefixes,
    destinationNames: rates.map((rate) => rate.destination),
    tariffAt,
    tariffs: table,
    document,
    zone,
    bands,
    plain: plan.usage.length === 0 && plan.bundles.length === 0 && plan.taxes === undefined,
  };
}
