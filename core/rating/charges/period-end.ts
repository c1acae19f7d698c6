// What is added up at the end of a billing period: components without usage, discounts, the minimum. Each is charged so that all its charges
// together are what the period's totals make of it: when a total changes later, the difference is charged, or given back.
import type { Discount } from "../../catalog/document/fees.ts";
import { formatMicros } from "../../kernel/money.ts";
import { daysIn } from "../../kernel/period.ts";
import { add, fromDecimal, multiply, type Rational, rational, toExactText, ZERO } from "../../kernel/rational.ts";
import { priceOf } from "../shapes/price.ts";
import type { TraceLine } from "../trace.ts";
import type { BillingPart } from "./billing-part.ts";
import type { DueCharge, DueKind } from "./due.ts";
import { rounding } from "./fee-price.ts";
import { exactMicros, roundedMicros } from "./rounding.ts";
import { type Taxed, taxOf, taxShare } from "./taxes.ts";
import { type PlanTerms, unpausedDays } from "./timeline.ts";

/** What a fee or usage component ("calls": the deck) cost in the part, in micros: net, and the tax beside it. One that was used is there, also when it cost nothing. */
export type CodeTotal = Taxed & { readonly kind: "fee" | "usage"; readonly code: string };
/** What `periodEnd` charged for the part before, so many times. */
export type Given = Taxed & { readonly kind: DueKind; readonly code: string; readonly name: string; readonly times: number };

type Target = Taxed & { readonly kind: DueKind; readonly code: string; readonly name: string; readonly trace: readonly TraceLine[] };

/** The charges that the end of the part brings, beyond those `given`. Totals are without these. */
export function periodEnd(part: BillingPart, totals: readonly CodeTotal[], given: readonly Given[], taxExempt: boolean): DueCharge[] {
  const targets = targetsOf(part, totals, taxExempt);
  const gone = given.filter((one) => !targets.some((t) => t.kind === one.kind && t.code === one.code));
  const all = [...targets, ...gone.map(({ kind, code, name }) => ({ kind, code, name, amountMicros: 0n, taxMicros: 0n, trace: [] }))];
  return all.flatMap((target) => {
    const before = given.find((one) => one.kind === target.kind && one.code === target.code);
    const amountMicros = target.amountMicros - (before?.amountMicros ?? 0n);
    const taxMicros = target.taxMicros - (before?.taxMicros ?? 0n);
    if (amountMicros === 0n && taxMicros === 0n) return [];
    const less: TraceLine[] = before ? [{ kind: "charged_before", amount: formatMicros(before.amountMicros) }] : [];
    const { stay, version, from, to } = part;
    const { kind, code, name, trace } = target;
    return {
      ...{ kind, code, name, from, to, amountMicros, taxMicros },
      key: `period:${kind}:${stay.plan.planId}:${code}:${from}:${(before?.times ?? 0) + 1}`,
      planId: stay.plan.planId,
      planVersion: version.version,
      quantity: String(daysIn(part)),
      dueOn: to,
      countsOn: from,
      trace: [...trace, ...less],
    };
  });
}

function targetsOf(part: BillingPart, totals: readonly CodeTotal[], exempt: boolean): Target[] {
  const { document } = part.version;
  const prices = planPrices(document, exempt);
  // A part without a day on which anything could be used has nothing that wasn't.
  const components = unpausedDays(part.stay, part) > 0 ? document.usage : [];
  const unused = components
    .filter(({ code, per }) => per === "period" && !totals.some((one) => one.kind === "usage" && one.code === code))
    .flatMap((component): Target[] => {
      if (component.price.shape === "rates" || component.price.shape === "by_prefix") return [];
      const exact = priceOf(component.price, ZERO).amount;
      const amount = roundedMicros(exact, document.rounding);
      const name = component.name ?? component.code;
      const trace: TraceLine[] = [{ kind: "unused", name, amount: toExactText(exact) }, rounding(document, amount)];
      return amount === 0n
        ? []
        : [
            {
              kind: "usage",
              code: component.code,
              name,
              ...taxOf(document.taxes, component.code, amount, { ...document.rounding, exempt }),
              trace,
            },
          ];
    });

  const costs: Cost[] = [...totals, ...unused].map((one) => ({
    kind: one.kind === "fee" ? "fee" : "usage",
    code: one.code,
    left: exactMicros(prices.asPriced(one)),
  }));
  const discounts = document.discounts.flatMap((discount) =>
    discount.periods !== undefined && part.number > discount.periods ? [] : (discountOn(costs, discount, document, exempt) ?? []),
  );
  const minimum = minimumOf(part, costs, prices);
  return [...unused, ...discounts, ...(minimum ? [minimum] : [])];
}

/** What of a code's cost is left after the discounts so far, in the plan's prices: with the tax in it, when the plan's prices have. */
type Cost = { readonly kind: "fee" | "usage"; readonly code: string; left: Rational };
const sumOf = (costs: readonly Cost[]): Rational => costs.reduce((sum, { left }) => add(sum, left), ZERO);
const isMore = (a: Rational, b: Rational): boolean => a.num * b.den > b.num * a.den;
const minus = (value: Rational): Rational => ({ num: -value.num, den: value.den });

/** Discounts are taken in the plan's order, each off what those before it have left. Takes it off `costs` too. */
function discountOn(costs: readonly Cost[], discount: Discount, plan: PlanTerms, exempt: boolean): Target | undefined {
  const on = costs.filter(({ code }) => discount.on === undefined || discount.on.includes(code));
  const total = sumOf(on);
  const wanted =
    discount.percent === undefined
      ? exactMicros(
          planPrices(plan, exempt).limit(discount.on?.[0] ?? "", roundedMicros(fromDecimal(discount.amount ?? "0"), plan.rounding)),
        )
      : multiply(total, multiply(fromDecimal(discount.percent), rational(1n, 100n)));
  const exact = isMore(wanted, total) ? total : wanted;
  if (exact.num <= 0n) return undefined;
  const amount = roundedMicros(exact, plan.rounding);
  const share = multiply(exact, rational(total.den, total.num));
  // The tax of each code's part, rounded together.
  let tax = ZERO;
  for (const cost of on) {
    const off = multiply(cost.left, share);
    tax = add(tax, multiply(off, taxInside(plan, cost.code)));
    cost.left = add(cost.left, minus(off));
  }
  const taxMicros = exempt ? 0n : roundedMicros(tax, plan.rounding);
  const net = plan.taxes?.mode === "inclusive" && !exempt ? amount - taxMicros : amount;
  return {
    ...{ kind: "discount", code: discount.code, name: discount.name, amountMicros: -net, taxMicros: -taxMicros },
    trace: [
      { kind: "total_of", codes: on.map(({ code }) => code), amount: toExactText(total) },
      {
        kind: "discount",
        name: discount.name,
        ...(discount.percent === undefined ? { amount: discount.amount ?? "0" } : { percent: discount.percent }),
        exact: toExactText(exact),
      },
      rounding(plan, -amount),
    ],
  };
}

function minimumOf(part: BillingPart, costs: readonly Cost[], prices: ReturnType<typeof planPrices>): Target | undefined {
  const { document } = part.version;
  const { minimum } = document;
  if (!minimum) return undefined;
  const days = unpausedDays(part.stay, part);
  if (days === 0) return undefined;
  const share = minimum.prorate ? rational(BigInt(days), BigInt(daysIn(part.whole))) : rational(1n);
  const exact = multiply(fromDecimal(minimum.amount), share);
  const least = prices.limit(MINIMUM, roundedMicros(exact, document.rounding));
  const counted = roundedMicros(
    sumOf(costs.filter(({ kind }) => kind === "usage" || minimum.counts === "usage_and_fees")),
    document.rounding,
  );
  if (least <= counted) return undefined;
  const trace: TraceLine[] = [
    { kind: "period_minimum", amount: toExactText(exact), counted: formatMicros(counted), exact: formatMicros(least - counted) },
    rounding(document, least - counted),
  ];
  return { kind: "minimum", code: MINIMUM, name: "Minimum", ...prices.taxed(MINIMUM, least - counted), trace };
}

/** The code of the true-up; no tax rate can name it, so it has those that are on everything. */
const MINIMUM = "minimum";

/** Amounts as the plan writes them, for a customer who pays the tax that is in them or doesn't. */
function planPrices(plan: PlanTerms, exempt: boolean) {
  const inclusive = plan.taxes?.mode === "inclusive";
  const how = { ...plan.rounding, exempt };
  return {
    asPriced: ({ amountMicros, taxMicros }: Taxed) => (inclusive ? amountMicros + taxMicros : amountMicros),
    /** An amount of the plan as it is for this customer. */
    limit: (code: string, amount: bigint) => (inclusive && exempt ? taxOf(plan.taxes, code, amount, how).amountMicros : amount),
    taxed: (code: string, amount: bigint): Taxed =>
      inclusive && exempt ? { amountMicros: amount, taxMicros: 0n } : taxOf(plan.taxes, code, amount, how),
  };
}

/** Which part of an amount as the plan writes it is tax, or comes on top as tax. */
function taxInside({ taxes }: PlanTerms, code: string): Rational {
  const share = taxShare(taxes, code);
  return taxes?.mode === "inclusive" ? rational(share.num, share.num + share.den) : share;
}
