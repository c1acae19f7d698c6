// The figures of a fact that can be priced, by metric, in whole 10^-9 of it: whatever a plan counts in, nothing is lost.
import { METRICS } from "../catalog/document/usage.ts";
import { fromDecimal, multiply, type Rational, rational } from "../kernel/rational.ts";
import type { UsageFact } from "./usage.ts";

export const NANO = 1_000_000_000n;

/** What a component or bundle counts. */
type Counted = {
  readonly of: UsageFact["kind"];
  readonly metric?: string;
  readonly unit?: { readonly name: string; readonly size: string };
};

export const metricOf = ({ of, metric }: Counted): string => metric ?? (METRICS[of][0] as string);

/** What its quantities are called on papers. */
export const unitName = (one: Counted): string => one.unit?.name ?? metricOf(one);

/** The metric's figure of a fact; undefined: it has none. Throws RangeError on a metric of an event that is no decimal of at most 9 places. */
export function figureOf(fact: UsageFact, metric: string): bigint | undefined {
  const whole = wholeFigure(fact, metric);
  if (whole !== undefined) return BigInt(whole) * NANO;
  if (fact.kind !== "event" || !Object.hasOwn(fact.metrics, metric)) return undefined;
  const { num, den } = multiply(fromDecimal(fact.metrics[metric] as string), rational(NANO));
  if (den !== 1n || num < 0n) throw new RangeError(`the metric ${metric} must be a decimal of at most 9 places, 0 or more`);
  return num;
}

function wholeFigure(fact: UsageFact, metric: string): number | bigint | undefined {
  switch (fact.kind) {
    case "call":
      return { seconds: fact.billableSec, calls: 1 }[metric];
    case "session":
      return {
        octets: fact.octetsIn + fact.octetsOut,
        octetsIn: fact.octetsIn,
        octetsOut: fact.octetsOut,
        seconds: fact.seconds,
        sessions: 1,
      }[metric];
    case "traffic":
      return { octets: fact.octetsIn + fact.octetsOut, octetsIn: fact.octetsIn, octetsOut: fact.octetsOut }[metric];
    case "message":
      return { messages: fact.messages }[metric];
    case "event":
      return metric === "events" && !Object.hasOwn(fact.metrics, metric) ? 1 : undefined;
  }
}

/** 10^-9 of a metric as the units that the plan counts in. */
export const unitsOf = (nano: bigint, { unit }: Pick<Counted, "unit">): Rational =>
  unit ? overSize(rational(nano, NANO), fromDecimal(unit.size)) : rational(nano, NANO);

const overSize = (quantity: Rational, size: Rational) => rational(quantity.num * size.den, quantity.den * size.num);

/** Units as whole 10^-9 of the metric; what is smaller is dropped. */
export const nanoOf = (units: string, of: Pick<Counted, "unit">): bigint => nanoOfExact(fromDecimal(units), of);

export function nanoOfExact(units: Rational, { unit }: Pick<Counted, "unit">): bigint {
  const { num, den } = multiply(units, fromDecimal(unit?.size ?? "1"));
  return (num * NANO) / den;
}
