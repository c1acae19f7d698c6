// What a plan version has added up in a period: any order of records gives the same.
import type { UsageComponent } from "../catalog/document/components.ts";
import { add, fromExactText, isLess, subtract, toExactText } from "../kernel/rational.ts";
import { unitsOf } from "./figures.ts";
import { pricePercentage } from "./shapes/percentage.ts";
import type { UsageFact } from "./usage.ts";
import type { FirstEvent, PeriodTotal, VersionTotal } from "./usage-state.ts";

export type Figures = Omit<VersionTotal, "fromMs">;

export const NOTHING: Figures = { count: 0n, sum: 0n, most: 0n, octetsIn: 0n, octetsOut: 0n };

/** What counts of a fact, in 10^-9 of the metric; of a slice, with what counted of its session before. */
export type Counted = { readonly nano: bigint; readonly before?: bigint | undefined };

/** The total with one fact more. A session is one event, and its peak that of the whole, however many slices it comes in. */
export function withFact(
  total: PeriodTotal | undefined,
  fromMs: number,
  component: UsageComponent,
  fact: UsageFact,
  counted: Counted,
): PeriodTotal {
  const figures = figuresOf(component, fact, counted);
  const own = total?.versions.find((one) => one.fromMs === fromMs);
  const { first, ...sum } = own ? merged([own, figures]) : figures;
  const free = component.price.shape === "percentage" ? component.price.freeEvents : 0;
  const version = { fromMs, ...sum, ...(first === undefined ? {} : { first: first.slice(0, free) }) };
  const others = total?.versions.filter((one) => one.fromMs !== fromMs) ?? [];
  return { versions: [...others, version].toSorted((a, b) => (a.fromMs < b.fromMs ? -1 : 1)) };
}

function figuresOf({ price, unit, aggregate }: UsageComponent, fact: UsageFact, { nano, before }: Counted): Figures {
  const octets = "octetsIn" in fact ? { octetsIn: fact.octetsIn, octetsOut: fact.octetsOut } : { octetsIn: 0n, octetsOut: 0n };
  // The records of a percentile are told by their place in the count.
  const count = before === undefined || aggregate === "percentile_95" ? 1n : 0n;
  const soFar = (before ?? 0n) + nano;
  const figures = { count, sum: nano, most: soFar, ...octets };
  if (price.shape !== "percentage") return figures;
  const of = (quantity: bigint) => pricePercentage(price, unitsOf(quantity, { unit })).amount;
  const priced = toExactText(before === undefined ? of(soFar) : subtract(of(soFar), of(before)));
  const session = "slice" in fact && fact.slice ? { session: `${fact.kind} ${fact.slice.session}` } : {};
  return { ...figures, priced, ...(price.freeEvents > 0 ? { first: [{ startMs: fact.startMs, price: priced, ...session }] } : {}) };
}

const descending = (a: bigint, b: bigint) => Number(b > a) - Number(b < a);

/** As if one version had added all of it up. */
export function merged(all: readonly Figures[]): Figures {
  return all.reduce(
    (sum, one) => ({
      count: sum.count + one.count,
      sum: sum.sum + one.sum,
      most: [sum.most, one.most].toSorted(descending)[0] as bigint,
      octetsIn: sum.octetsIn + one.octetsIn,
      octetsOut: sum.octetsOut + one.octetsOut,
      ...(one.priced === undefined ? {} : { priced: toExactText(add(fromExactText(sum.priced ?? "0"), fromExactText(one.priced))) }),
      ...(one.first === undefined ? {} : { first: earliest([...(sum.first ?? []), ...one.first]) }),
    }),
    NOTHING,
  );
}

/** In order of time; at one instant the cheaper first, so that the order of arrival makes no difference. */
const earliest = (events: readonly FirstEvent[]) =>
  ofSessions(events).toSorted((a, b) => a.startMs - b.startMs || (isLess(fromExactText(a.price), fromExactText(b.price)) ? -1 : 1));

/** Parts of one session as one event. */
function ofSessions(events: readonly FirstEvent[]): FirstEvent[] {
  const whole: FirstEvent[] = [];
  for (const event of events) {
    const at = event.session === undefined ? -1 : whole.findIndex((one) => one.session === event.session && one.startMs === event.startMs);
    const begun = whole[at];
    if (!begun) whole.push(event);
    else whole[at] = { ...begun, price: toExactText(add(fromExactText(begun.price), fromExactText(event.price))) };
  }
  return whole;
}
