// What the services of an account come to in a period, by one side's plans: each record as it is charged, fees as they fall due, and what the billing periods
// that end in it add up to. Pure; the functions are those that charge.
import { startOfDay } from "../kernel/period.ts";
import { type BillingPart, billingParts, partOf } from "../rating/charges/billing-part.ts";
import type { DueCharge } from "../rating/charges/due.ts";
import { dueFees } from "../rating/charges/fees.ts";
import { type CodeTotal, periodEnd } from "../rating/charges/period-end.ts";
import { feeTotals } from "../rating/charges/statement.ts";
import { type Day, exemptOn, isBefore, later, type ServiceTimeline, type Stay } from "../rating/charges/timeline.ts";
import type { Price } from "../usage/price-fact.ts";
import { nameOf } from "./tried-plan.ts";

/** Days of the provider's zone, half-open, and the instants at which they begin in milliseconds since 1970. */
export type Window = { readonly from: Day; readonly to: Day; readonly fromMs: number; readonly toMs: number };

/** In micros, net and the tax beside it. */
export type Money = { amountMicros: bigint; taxMicros: bigint };
type Sum = Money & { readonly name: string; records: number };

/** A billing period, or the service's part in it, that ends in the window. */
type Ending = { readonly part: BillingPart; readonly fromMs: number; readonly toMs: number; readonly totals: Map<string, CodeTotal> };

/** The bill of one account on one side. */
export class Bill {
  readonly sum: Money = { amountMicros: 0n, taxMicros: 0n };
  /** By "kind:code", as "usage:calls" or "fee:line". */
  readonly parts = new Map<string, Sum>();
  private readonly endings = new Map<string, readonly Ending[]>();

  constructor(
    private readonly window: Window,
    private readonly services: ReadonlyMap<string, ServiceTimeline>,
  ) {
    for (const [serviceId, timeline] of services) this.endings.set(serviceId, endingsOf(timeline, window));
  }

  /** Usage that began in the window is charged in it; what began before counts for the billing periods that end in it. Gives the net price. */
  use(serviceId: string, startMs: number, { plan, details, amountMicros, taxMicros }: Price): bigint {
    const inside = startMs >= this.window.fromMs && startMs < this.window.toMs;
    const ending = this.endings
      .get(serviceId)
      ?.find((one) => startMs >= one.fromMs && startMs < one.toMs && one.part.stay.plan.planId === plan.planId);
    let net = 0n;
    const add = (code: string, money: Readonly<Money>) => {
      net += money.amountMicros;
      if (ending) addToTotals(ending.totals, code, money);
      if (inside) this.charge("usage", code, nameOf(plan.plan, code), money, 1);
    };
    if (!details) add("calls", { amountMicros, taxMicros });
    for (const one of details?.lines ?? []) add(one.code, one);
    for (const one of details?.period ?? []) add(one.code, one);
    return net;
  }

  /** After the last record: fees, and the ends of billing periods. */
  close(): void {
    const { from, to } = this.window;
    for (const [serviceId, timeline] of this.services) {
      const fees = feesUntil(timeline, to);
      for (const fee of fees) if (!isBefore(fee.countsOn, from) && isBefore(fee.countsOn, to)) this.due(fee);
      for (const { part, totals } of this.endings.get(serviceId) ?? [])
        for (const one of periodEnd(part, [...feeTotals(fees, part), ...totals.values()], [], exemptOn(timeline, part.to))) this.due(one);
    }
  }

  private due({ kind, code, name, amountMicros, taxMicros }: DueCharge): void {
    this.charge(kind, code, name, { amountMicros, taxMicros }, 0);
  }

  private charge(kind: string, code: string, name: string, { amountMicros, taxMicros }: Readonly<Money>, records: number): void {
    const key = `${kind}:${code}`;
    const one = this.parts.get(key) ?? { name, records: 0, amountMicros: 0n, taxMicros: 0n };
    this.parts.set(key, one);
    one.records += records;
    for (const sum of [one, this.sum]) {
      sum.amountMicros += amountMicros;
      sum.taxMicros += taxMicros;
    }
  }
}

function addToTotals(totals: Map<string, CodeTotal>, code: string, { amountMicros, taxMicros }: Readonly<Money>): void {
  const before = totals.get(code) ?? { kind: "usage" as const, code, amountMicros: 0n, taxMicros: 0n };
  totals.set(code, { ...before, amountMicros: before.amountMicros + amountMicros, taxMicros: before.taxMicros + taxMicros });
}

/** Those that are due by the day, in whichever zone it begins last. */
function feesUntil(timeline: ServiceTimeline, day: Day): readonly DueCharge[] {
  const { stays } = timeline;
  const zone = stays.at(-1)?.plan.zone;
  return zone === undefined ? [] : dueFees(timeline, [], startOfDay(day, zone)).lines;
}

function endingsOf({ stays, billingDay }: ServiceTimeline, { from, to }: Window): Ending[] {
  return stays.flatMap((stay) => endingsOfStay(stay, billingDay, from, to));
}

function endingsOfStay(stay: Stay, billingDay: number | undefined, from: Day, to: Day): Ending[] {
  if (!isBefore(stay.from, to) || (stay.to && !isBefore(from, stay.to))) return [];
  const since = isBefore(stay.from, from) ? later(stay.from, partOf(stay, billingDay, from).whole.from) : stay.from;
  const found: Ending[] = [];
  for (const part of billingParts(stay, billingDay, since)) {
    if (isBefore(to, part.to)) break;
    const at = (day: Day) => startOfDay(day, stay.plan.zone).epochMilliseconds;
    found.push({ part, fromMs: at(part.from), toMs: at(part.to), totals: new Map() });
  }
  return found;
}
