// What one billing period of a service costs: for a quote, before anything is charged. The same functions charge it.
import { startOfDay } from "../../kernel/period.ts";
import { multiply } from "../../kernel/rational.ts";
import { type BillingPart, billingParts, partOf } from "./billing-part.ts";
import type { DueCharge } from "./due.ts";
import { dueFees, type Made } from "./fees.ts";
import { type CodeTotal, periodEnd } from "./period-end.ts";
import { exactMicros, type Rounding, roundedMicros } from "./rounding.ts";
import { type Taxes, taxShare } from "./taxes.ts";
import { type Day, isBefore, isOn, type ServiceTimeline } from "./timeline.ts";

/** Net, tax, and what is paid: their sum. In micros. */
export type Totals = { readonly netMicros: bigint; readonly taxMicros: bigint; readonly payableMicros: bigint };
export type Statement = Totals & {
  readonly parts: readonly BillingPart[];
  readonly usage: readonly CodeTotal[];
  /** Fees, credits, discounts, the minimum; each with its trace. */
  readonly lines: readonly DueCharge[];
};

/**
 * The billing period that contains the day, to its end. `usage` is what each component cost in it, by the plan that priced it; components that
 * aren't there weren't used. Throws when the service isn't on a plan on that day.
 */
export function statementOf(service: ServiceTimeline, day: Day, usage: readonly (CodeTotal & { readonly planId?: string })[]): Statement {
  const now = service.stays.find((stay) => isOn(stay, day));
  if (!now) throw new RangeError(`The service isn't on a plan on ${day}.`);
  const { whole } = partOf(now, service.billingDay, day);
  const parts = service.stays.flatMap((stay) => partsWithin(stay, service, whole.from, whole.to));
  const counts = ({ countsOn }: DueCharge) => !isBefore(countsOn, whole.from) && isBefore(countsOn, whole.to);
  const fees = dueFees(service, [], startOfDay(whole.to, now.plan.zone)).lines.filter(counts);
  const ends = parts.flatMap((part) =>
    periodEnd(
      part,
      [...feeTotals(fees, part), ...usage.filter(({ planId = now.plan.planId }) => planId === part.stay.plan.planId)],
      [],
      service.taxExempt,
    ),
  );
  const lines = [...fees, ...ends];
  return { parts, usage, lines, ...totalsOf([...lines, ...usage]) };
}

/** What the fees that count in the part cost, by code. */
export function feeTotals(fees: readonly Made[], part: BillingPart): CodeTotal[] {
  const totals = new Map<string, CodeTotal>();
  for (const { kind, planId, countsOn, code, amountMicros, taxMicros } of fees) {
    if (kind !== "fee" || planId !== part.stay.plan.planId || isBefore(countsOn, part.from) || !isBefore(countsOn, part.to)) continue;
    const before = totals.get(code) ?? { kind: "fee" as const, code, amountMicros: 0n, taxMicros: 0n };
    totals.set(code, { ...before, amountMicros: before.amountMicros + amountMicros, taxMicros: before.taxMicros + taxMicros });
  }
  return [...totals.values()];
}

function partsWithin(stay: ServiceTimeline["stays"][number], { billingDay }: ServiceTimeline, from: Day, to: Day): BillingPart[] {
  const parts: BillingPart[] = [];
  for (const part of billingParts(stay, billingDay, from)) {
    if (!isBefore(part.from, to)) break;
    parts.push(part);
  }
  return parts;
}

export function totalsOf(lines: readonly { readonly amountMicros: bigint; readonly taxMicros: bigint }[]): Totals {
  const netMicros = lines.reduce((sum, one) => sum + one.amountMicros, 0n);
  const taxMicros = lines.reduce((sum, one) => sum + one.taxMicros, 0n);
  return { netMicros, taxMicros, payableMicros: netMicros + taxMicros };
}

/**
 * The totals of a paper whose tax is worked out on its sum and not by line: net lines and charges of the whole document, each with the code
 * that decides its rates. The tax is rounded once for all lines with the same rates. Only for taxes that come on top.
 */
export function documentTotals(
  lines: readonly { readonly code: string; readonly amountMicros: bigint }[],
  charges: readonly { readonly code: string; readonly amountMicros: bigint }[],
  taxes: Taxes | undefined,
  rounding: Rounding,
): Totals & { readonly linesMicros: bigint; readonly taxableMicros: bigint } {
  const linesMicros = lines.reduce((sum, one) => sum + one.amountMicros, 0n);
  const netMicros = charges.reduce((sum, one) => sum + one.amountMicros, linesMicros);
  const groups = new Map<string, { readonly share: ReturnType<typeof taxShare>; net: bigint }>();
  for (const { code, amountMicros } of [...lines, ...charges]) {
    const share = taxShare(taxes, code);
    const key = `${share.num}/${share.den}`;
    groups.set(key, { share, net: (groups.get(key)?.net ?? 0n) + amountMicros });
  }
  let taxMicros = 0n;
  let taxableMicros = 0n;
  for (const { share, net } of groups.values()) {
    if (share.num > 0n) taxableMicros += net;
    taxMicros += roundedMicros(multiply(exactMicros(net), share), rounding);
  }
  return { linesMicros, taxableMicros, netMicros, taxMicros, payableMicros: netMicros + taxMicros };
}
