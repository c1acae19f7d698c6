// The taxes on a charge. A charge is kept as two amounts, each rounded: the net and the tax beside it.
import type { PlanDocument } from "../../catalog/plan-document.ts";
import { add, fromDecimal, multiply, type Rational, rational, ZERO } from "../../kernel/rational.ts";
import { exactMicros, type Rounding, roundedMicros } from "./rounding.ts";

export type Taxes = NonNullable<PlanDocument["taxes"]>;
/** Net and tax, in micros; what is paid is their sum. */
export type Taxed = { readonly amountMicros: bigint; readonly taxMicros: bigint };

/**
 * The tax on what `code` (of a fee or usage component) costs, which is rounded already. Exclusive: the tax comes on top. Inclusive: it is
 * taken out, the net is what remains, and an exempt customer pays the net alone. Several rates add up. Below zero the same, with the sign.
 */
export function taxOf(
  taxes: Taxes | undefined,
  code: string,
  amountMicros: bigint,
  { exempt, ...rounding }: Rounding & { readonly exempt: boolean },
): Taxed {
  const share = taxShare(taxes, code);
  if (!taxes || share.num === 0n) return { amountMicros, taxMicros: 0n };
  const ofAmount = taxes.mode === "exclusive" ? share : rational(share.num, share.num + share.den);
  const taxMicros = roundedMicros(multiply(exactMicros(amountMicros), ofAmount), rounding);
  const net = taxes.mode === "exclusive" ? amountMicros : amountMicros - taxMicros;
  return { amountMicros: net, taxMicros: exempt ? 0n : taxMicros };
}

/** The sum of the rates on a code, as a part of one: 1/5 for 20 %. */
export function taxShare(taxes: Taxes | undefined, code: string): Rational {
  const rates = taxes?.rates.filter(({ on }) => on === undefined || on.includes(code)) ?? [];
  const percent = rates.reduce((sum, rate) => add(sum, fromDecimal(rate.percent)), ZERO);
  return rational(percent.num, percent.den * 100n);
}
