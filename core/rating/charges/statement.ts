// What one billing period of a service costs: for a quote, before anything is charged. The same functions charge it.
import { type Period, startOfDay } from "../../kernel/period.ts";
import { multiply } from "../../kernel/rational.ts";
import { type BillingPart, billingParts, partOf } from "./billing-part.ts";
import type { DueCharge } from "./due.ts";
import { dueFees, type Made } from "./fees.ts";
import { type CodeTotal, periodEnd } from "./period-end.ts";
import { exactMicros, type Rounding, roundedMicros } from "./rounding.ts";
import { type Taxes, taxShare } from "./taxes.ts";
import { type Day, earlier, exemptOn, isBefore, isOn, later, type ServiceTimeline, type Stay } from "./timeline.ts";

/** Net, tax, and what is paid: their sum. In micros. */
export type Totals = { readonly netMicros: bigint; readonly taxMicros: bigint; readonly payableMicros: bigint };
export type Statement = Totals & {
  readonly period: Period;
  readonly parts: readonly BillingPart[];
  readonly usage: readonly CodeTotal[];
  /** Fees, credits, discounts, the minimum; each with its trace. */
  readonly lines: readonly DueCharge[];
};

/**
 * The billing period that contains the day, up to its end, and whatever is known to come: an end of the service gives back in it what was charged in it.
 * `usage` is what each component cost in it, by the plan that priced it; components that aren't there weren't used. Throws when the service isn't on a
 * plan on that day.
 */
export function statementOf(service: ServiceTimeline, day: Day, usage: readonly (CodeTotal & { readonly planId?: string })[]): Statement {
  const period = periodAt(service, day);
  const on = stayOn(service, day);
  const parts = service.stays.flatMap((stay) => partsWithin(stay, service, period));
  const known = service.stays.reduce((last, { to = last }) => later(last, to), period.to);
  const counts = ({ countsOn }: DueCharge) => !isBefore(countsOn, period.from) && isBefore(countsOn, period.to);
  const fees = dueFees(service, [], startOfDay(known, on.plan.zone)).lines.filter(counts);
  const ends = parts.flatMap((part) =>
    periodEnd(
      part,
      [...feeTotals(fees, part), ...usage.filter(({ planId = on.plan.planId }) => planId === part.stay.plan.planId)],
      [],
      exemptOn(service, part.to),
    ),
  );
  const lines = [...fees, ...ends];
  return { period, parts, usage, lines, ...totalsOf([...lines, ...usage]) };
}

/** The billing period that contains the day, without the days of plans whose own period is another. Throws like `statementOf`. */
export function periodAt(service: ServiceTimeline, day: Day): Period {
  const { stays, billingDay } = service;
  const at = stays.indexOf(stayOn(service, day));
  const { whole } = partOf(stays[at]!, billingDay, day);
  const shares = (stay: Stay | undefined, on: Day | undefined) => {
    if (!stay || !on) return false;
    const other = partOf(stay, billingDay, on).whole;
    return other.from.equals(whole.from) && other.to.equals(whole.to);
  };
  let [first, last] = [at, at];
  while (isBefore(whole.from, stays[first]!.from) && shares(stays[first - 1], stays[first - 1]?.to?.subtract({ days: 1 }))) first--;
  while (isBefore(stays[last]!.to ?? whole.to, whole.to) && shares(stays[last + 1], stays[last + 1]?.from)) last++;
  return {
    from: first > 0 ? later(whole.from, stays[first]!.from) : whole.from,
    to: last + 1 < stays.length ? earlier(whole.to, stays[last]!.to) : whole.to,
  };
}

function stayOn({ stays }: ServiceTimeline, day: Day): Stay {
  const stay = stays.find((one) => isOn(one, day));
  if (!stay) throw new RangeError(`The service isn't on a plan on ${day}.`);
  return stay;
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

function partsWithin(stay: Stay, { billingDay }: ServiceTimeline, { from, to }: Period): BillingPart[] {
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
