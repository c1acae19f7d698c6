// From an exact price to a line of a charge: rounded once by the plan, with the tax beside it.
import { decimalText, type Rational, rational, toExactText } from "../kernel/rational.ts";
import { roundedMicros } from "./charges/rounding.ts";
import { taxOf } from "./charges/taxes.ts";
import type { CompiledPlan } from "./compile-plan.ts";
import type { TraceLine } from "./trace.ts";
import type { ChargeLine } from "./usage-rating.ts";

type Payer = { readonly plan: CompiledPlan; readonly terms: { readonly taxExempt: boolean } };
type About = Omit<ChargeLine, "amountMicros" | "taxMicros">;

type Payable = { readonly amount: Rational; readonly most?: Rational };

/** `most`: a cap with more decimals than the plan rounds to holds all the same. */
export function lineOf(payer: Payer, about: About, { amount, most }: Payable, trace?: TraceLine[]): ChargeLine {
  const { decimals, mode, microsPerUnit } = payer.plan;
  const micros = roundedMicros(amount, payer.plan);
  trace?.push({ kind: "sum", exact: toExactText(amount) });
  trace?.push({ kind: "rounding", mode, decimals, amount: decimalText(micros / microsPerUnit, decimals) });
  const mostMicros = most && roundedMicros(most, { decimals, mode: "down" });
  if (mostMicros === undefined || micros <= mostMicros) return taxedLine(payer, about, micros, trace);
  trace?.push({ kind: "maximum", exact: text(mostMicros) });
  return taxedLine(payer, about, mostMicros, trace);
}

/** Of an amount that is rounded already. */
export function taxedLine({ plan, terms }: Payer, about: About, micros: bigint, trace?: TraceLine[]): ChargeLine {
  const { decimals, mode, document } = plan;
  const taxed = taxOf(document.taxes, about.code, micros, { decimals, mode, exempt: terms.taxExempt });
  if (document.taxes) trace?.push({ kind: "tax", code: about.code, net: text(taxed.amountMicros), tax: text(taxed.taxMicros) });
  return { ...about, ...taxed };
}

const text = (micros: bigint) => toExactText(rational(micros, 1_000_000n));
