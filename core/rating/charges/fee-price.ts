// The price of one line of a fee, with its tax and its trace.
import type { Fee } from "../../catalog/document/fees.ts";
import { formatMicros } from "../../kernel/money.ts";
import type { Period } from "../../kernel/period.ts";
import { fromDecimal, toExactText } from "../../kernel/rational.ts";
import type { TraceLine } from "../trace.ts";
import type { FeeTerms } from "./due.ts";
import { type FeeBasis, priceOfPart, shareOf } from "./proration.ts";
import { type Rounding, roundedMicros } from "./rounding.ts";
import { type Taxed, taxOf } from "./taxes.ts";
import { daysBetween, type PlanTerms } from "./timeline.ts";

type Priced = Taxed & { readonly trace: readonly TraceLine[] };
type Recurring = Extract<FeeTerms, { kind: "recurring" }>;

/** What the days of `part` cost. A day of a daily fee costs the sum with it less the sum before it: so the days sum to the whole. */
export function linePrice(plan: PlanTerms, fee: Fee, { basis, exempt }: Recurring, part: Period): Priced {
  const head: TraceLine = { kind: "fee", name: fee.name, amount: fee.amount, ...(fee.every ? { every: fee.every, count: fee.count } : {}) };
  if (fee.charge !== "daily") {
    const exact = priceOfPart(basis, part, plan.rounding);
    const amount = roundedMicros(exact, plan.rounding);
    const { num, den } = shareOf(basis, part);
    const partial: TraceLine[] =
      num === den
        ? []
        : [
            {
              kind: "part_of_period",
              from: part.from.toString(),
              to: part.to.toString(),
              days: num,
              of: den,
              exact: toExactText(exact),
              policy: basis.proration,
            },
          ];
    return taxed(plan, fee.code, amount, exempt, [head, ...partial, rounding(plan, amount)]);
  }
  const upTo = soFar(plan, fee.code, basis, part.to, exempt);
  const before = soFar(plan, fee.code, basis, part.from, exempt);
  const { num, den } = shareOf(basis, { from: basis.whole.from, to: part.to });
  return {
    amountMicros: upTo.amountMicros - before.amountMicros,
    taxMicros: upTo.taxMicros - before.taxMicros,
    trace: [
      head,
      { kind: "day_of_period", day: num, of: den, upTo: formatMicros(upTo.amountMicros), before: formatMicros(before.amountMicros) },
      ...taxTrace(plan, fee.code, upTo.taxMicros - before.taxMicros, exempt),
    ],
  };
}

function soFar(plan: PlanTerms, code: string, basis: FeeBasis, to: Temporal.PlainDate, exempt: boolean): Taxed {
  if (daysBetween(basis.whole.from, to) === 0) return { amountMicros: 0n, taxMicros: 0n };
  const amount = roundedMicros(priceOfPart(basis, { from: basis.whole.from, to }, plan.rounding), plan.rounding);
  return taxOf(plan.taxes, code, amount, { ...plan.rounding, exempt });
}

export function oncePrice(plan: PlanTerms, fee: Fee, exempt: boolean): Priced {
  const amount = roundedMicros(fromDecimal(fee.amount), plan.rounding);
  return taxed(plan, fee.code, amount, exempt, [{ kind: "fee", name: fee.name, amount: fee.amount }, rounding(plan, amount)]);
}

/** The tax of a rounded amount, and its line in the trace. */
export function taxed(plan: PlanTerms, code: string, amount: bigint, exempt: boolean, trace: readonly TraceLine[]): Priced {
  const both = taxOf(plan.taxes, code, amount, { ...plan.rounding, exempt });
  return { ...both, trace: [...trace, ...taxTrace(plan, code, both.taxMicros, exempt)] };
}

export const rounding = ({ rounding: { mode, decimals } }: { rounding: Rounding }, amountMicros: bigint): TraceLine => ({
  kind: "rounding",
  mode,
  decimals,
  amount: formatMicros(amountMicros),
});

function taxTrace({ taxes }: PlanTerms, code: string, taxMicros: bigint, exempt: boolean): TraceLine[] {
  const names =
    taxes?.rates.filter(({ on }) => on === undefined || on.includes(code)).map((rate) => `${rate.name} ${rate.percent} %`) ?? [];
  return taxes && names.length > 0 ? [{ kind: "taxes", names, mode: taxes.mode, amount: formatMicros(taxMicros), exempt }] : [];
}
