// What a plan version has added up in a period: any order of records gives the same.
import type { UsageComponent } from "../catalog/document/components.ts";
import { add, fromExactText, isLess, toExactText } from "../kernel/rational.ts";
import { unitsOf } from "./figures.ts";
import { pricePercentage } from "./shapes/percentage.ts";
import type { UsageFact } from "./usage.ts";
import type { FirstEvent, PeriodTotal, VersionTotal } from "./usage-state.ts";

export type Figures = Omit<VersionTotal, "fromMs">;

export const NOTHING: Figures = { count: 0n, sum: 0n, most: 0n, octetsIn: 0n, octetsOut: 0n };

/** The total with one fact more, of which `nano` (10^-9 of the metric) count. */
export function withFact(
  total: PeriodTotal | undefined,
  fromMs: number,
  component: UsageComponent,
  fact: UsageFact,
  nano: bigint,
): PeriodTotal {
  const figures = figuresOf(component, fact, nano);
  const own = total?.versions.find((one) => one.fromMs === fromMs);
  const { first, ...sum } = own ? merged([own, figures]) : figures;
  const free = component.price.shape === "percentage" ? component.price.freeEvents : 0;
  const version = { fromMs, ...sum, ...(first === undefined ? {} : { first: first.slice(0, free) }) };
  const others = total?.versions.filter((one) => one.fromMs !== fromMs) ?? [];
  return { versions: [...others, version].toSorted((a, b) => (a.fromMs < b.fromMs ? -1 : 1)) };
}

function figuresOf({ price, unit }: UsageComponent, fact: UsageFact, nano: bigint): Figures {
  const octets = "octetsIn" in fact ? { octetsIn: fact.octetsIn, octetsOut: fact.octetsOut } : { octetsIn: 0n, octetsOut: 0n };
  const figures = { count: 1n, sum: nano, most: nano, ...octets };
  if (price.shape !== "percentage") return figures;
  const priced = toExactText(pricePercentage(price, unitsOf(nano, { unit })).amount);
  return { ...figures, priced, ...(price.freeEvents > 0 ? { first: [{ startMs: fact.startMs, price: priced }] } : {}) };
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
  events.toSorted((a, b) => a.startMs - b.startMs || (isLess(fromExactText(a.price), fromExactText(b.price)) ? -1 : 1));
