// The totals of a paper (an invoice or a credit note) in a quote: written lines, what the usage and the periods cost, and charges of the paper as a
// whole; the tax is worked out on the sum.
import { fromDecimal, multiply } from "../kernel/rational.ts";
import { roundedMicros } from "./charges/rounding.ts";
import { documentTotals } from "./charges/statement.ts";
import type { CompiledPlan } from "./compile-plan.ts";
import type { QuotedDocument } from "./quote-document.ts";

export type PaperTotals = ReturnType<typeof documentTotals>;

type Net = { readonly code: string; readonly amountMicros: bigint };

/** `priced`: net, what the quote's usage and periods cost. The plan's taxes come on top. */
export function paperOf(
  plan: CompiledPlan,
  { lines, charges }: NonNullable<QuotedDocument["paper"]>,
  priced: readonly Net[],
  taxExempt: boolean,
): PaperTotals {
  const written = lines.map(({ code, quantity, price }) => ({
    code,
    amountMicros: roundedMicros(multiply(fromSigned(quantity), fromDecimal(price)), plan),
  }));
  const onTop = charges.map(({ code, amount }) => ({ code, amountMicros: roundedMicros(fromDecimal(amount), plan) }));
  return documentTotals([...written, ...priced], onTop, taxExempt ? undefined : plan.document.taxes, plan);
}

/** Of what comes back the quantity is below zero. */
function fromSigned(quantity: string) {
  const { num, den } = fromDecimal(quantity.replace(/^-/, ""));
  return { num: quantity.startsWith("-") ? -num : num, den };
}
