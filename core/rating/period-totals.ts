// Prices of a whole period: each record adds to the period's total, and is charged what the price of the total rose by. Whatever the order in which
// records come, the sum is the price of the total.
import type { UsageComponent } from "../catalog/document/components.ts";
import { type Period, startOfDay } from "../kernel/period.ts";
import { fromExactText, type Rational, rational, subtract, toExactText, ZERO } from "../kernel/rational.ts";
import { billingPeriodOf } from "./billing-period.ts";
import { lineOf } from "./charge-line.ts";
import type { Taxed } from "./charges/taxes.ts";
import type { CompiledPlan } from "./compile-plan.ts";
import { metricOf, NANO, unitName, unitsOf } from "./figures.ts";
import type { InForce } from "./in-force.ts";
import { type Direction, percentile95, SAMPLE_MS, type Span, spreadOver } from "./shapes/percentile-95.ts";
import { prevailingDirection } from "./shapes/prevailing-direction.ts";
import { priceOf, type QuantityPrice } from "./shapes/price.ts";
import type { TraceLine } from "./trace.ts";
import type { UsageFact } from "./usage.ts";
import type { PeriodDelta, ServiceTerms } from "./usage-rating.ts";
import type { PeriodTotal, Sample, StateKey, UsageState } from "./usage-state.ts";
import { type Counted, type Figures, merged, NOTHING, withFact } from "./version-totals.ts";

/** A component in a period of a service. */
export type PeriodOfComponent = {
  readonly component: UsageComponent;
  readonly terms: ServiceTerms;
  readonly period: Period;
  readonly zone: string;
};

const keyOf = ({ component, period }: PeriodOfComponent): StateKey => ({
  code: component.code,
  pooled: false,
  from: period.from.toString(),
});

const NO_TAX: Taxed = { amountMicros: 0n, taxMicros: 0n };

/**
 * Adds the fact to the total of the component that prices it, and answers what that changes. `counted`: its figure, less what bundles paid. The
 * version of the plan at `fromMs` prices it; those that came into force later price what they added to it.
 */
export function addToPeriod(
  { plan, fromMs, terms, fact }: InForce,
  component: UsageComponent,
  counted: Counted,
  state: UsageState,
  trace?: TraceLine[],
): PeriodDelta {
  const period = billingPeriodOf(plan, terms, fact.startMs);
  const of: PeriodOfComponent = { component, terms, period, zone: plan.zone };
  const key = keyOf(of);
  const before = state.total(key);
  const worthBefore = worthOf(of, fromMs, before, state.samples(key));
  const quantityBefore = trace && quantityText(of, before, state.samples(key));

  const after = withFact(before, fromMs, component, fact, counted);
  state.setTotal(key, after);
  if (component.aggregate === "percentile_95" && "octetsIn" in fact)
    for (const { atMs, sample } of spreadOver(spanOf(of), inItsTime(fact))) state.addSample(key, atMs, sample);
  const [from, to] = [period.from.toString(), period.to.toString()];
  trace?.push({ kind: "period_total", code: component.code, from, to, aggregate: component.aggregate });
  if (quantityBefore !== undefined)
    trace?.push({
      kind: "period_quantity",
      before: quantityBefore,
      after: quantityText(of, after, state.samples(key)),
      unit: unitName(component),
    });
  const worthAfter = worthOf(of, fromMs, after, state.samples(key), trace);
  const delta = {
    amountMicros: worthAfter.amountMicros - worthBefore.amountMicros,
    taxMicros: worthAfter.taxMicros - worthBefore.taxMicros,
  };
  trace?.push({
    kind: "period_change",
    before: exactOf(worthBefore.amountMicros),
    after: exactOf(worthAfter.amountMicros),
    amount: exactOf(delta.amountMicros),
    ...(worthBefore.taxMicros === 0n && worthAfter.taxMicros === 0n
      ? {}
      : { tax: { before: exactOf(worthBefore.taxMicros), after: exactOf(worthAfter.taxMicros), amount: exactOf(delta.taxMicros) } }),
  });
  return { code: component.code, from, to, ...delta };
}

const exactOf = (micros: bigint) => toExactText(rational(micros, 1_000_000n));

const quantityText = (of: PeriodOfComponent, total: PeriodTotal | undefined, samples: ReadonlyMap<number, Sample>) =>
  toExactText(aggregated(of, of.component, merged(total?.versions ?? []), samples));

/** A slice was used in its own part of the session. */
export const inItsTime = <T extends UsageFact>(fact: T): T =>
  "slice" in fact && fact.slice ? { ...fact, startMs: fact.startMs + fact.slice.seconds * 1000 } : fact;

/** What the usage of the period costs, net with the tax beside it; without any, the price of 0 by the version in force at the period's end. */
export function priceOfPeriod(of: PeriodOfComponent, state: UsageState, trace?: TraceLine[]): Taxed {
  const key = keyOf(of);
  const total = state.total(key);
  if (total) return worthOf(of, Number.NEGATIVE_INFINITY, total, state.samples(key), trace);
  const endMs = spanOf(of).toMs;
  const plan = of.terms.segments.findLast(({ fromMs }) => fromMs < endMs)?.plan;
  const component = plan && componentOf(plan, of.component.code);
  return component ? taxedPrice(of, plan, component, NOTHING, new Map(), trace) : NO_TAX;
}

/** The sum of what versions from `fromMs` on have added, each by its own prices. */
function worthOf(
  of: PeriodOfComponent,
  fromMs: number,
  total: PeriodTotal | undefined,
  samples: ReadonlyMap<number, Sample>,
  trace?: TraceLine[],
): Taxed {
  let [amountMicros, taxMicros] = [0n, 0n];
  const versions = total?.versions ?? [];
  for (const [index, version] of versions.entries()) {
    const plan = version.fromMs >= fromMs ? of.terms.segments.find((one) => one.fromMs === version.fromMs)?.plan : undefined;
    const component = plan && componentOf(plan, of.component.code);
    if (!component) continue;
    const next = versions[index + 1]?.fromMs ?? Number.POSITIVE_INFINITY;
    const so = taxedPrice(of, plan, component, merged(versions.slice(0, index + 1)), before(samples, next), trace);
    const past = index === 0 ? NO_TAX : taxedPrice(of, plan, component, merged(versions.slice(0, index)), before(samples, version.fromMs));
    if (index > 0)
      trace?.push({
        kind: "version_part",
        at: Temporal.Instant.fromEpochMilliseconds(version.fromMs).toZonedDateTimeISO(of.zone).toString(),
        all: exactOf(so.amountMicros),
        earlier: exactOf(past.amountMicros),
        amount: exactOf(so.amountMicros - past.amountMicros),
      });
    amountMicros += so.amountMicros - past.amountMicros;
    taxMicros += so.taxMicros - past.taxMicros;
  }
  return { amountMicros, taxMicros };
}

const componentOf = ({ document }: CompiledPlan, code: string) => document.usage.find((one) => one.code === code && one.per === "period");

const before = (samples: ReadonlyMap<number, Sample>, endMs: number) =>
  endMs === Number.POSITIVE_INFINITY ? samples : new Map([...samples].filter(([at]) => at + SAMPLE_MS <= endMs));

function taxedPrice(
  of: PeriodOfComponent,
  plan: CompiledPlan,
  component: UsageComponent,
  figures: Figures,
  samples: ReadonlyMap<number, Sample>,
  trace?: TraceLine[],
): Taxed {
  const priced =
    component.price.shape === "percentage" && component.aggregate === "sum"
      ? { amount: priceOfEvents(component.price.freeEvents, figures, trace) }
      : priceOf(component.price as QuantityPrice, quantityOf(of, component, figures, samples, trace), ZERO, trace);
  return lineOf({ plan, terms: of.terms }, { code: component.code }, priced, trace);
}

/** Each event has its own price; the first in time may be free. */
function priceOfEvents(freeEvents: number, { priced = "0", first = [], count }: Figures, trace?: TraceLine[]): Rational {
  const free = first.slice(0, freeEvents);
  const exact = free.reduce((sum, { price }) => subtract(sum, fromExactText(price)), fromExactText(priced));
  trace?.push({ kind: "events_priced", events: count.toString(), free: free.length, exact: toExactText(exact) });
  return exact;
}

function quantityOf(
  of: PeriodOfComponent,
  component: UsageComponent,
  figures: Figures,
  samples: ReadonlyMap<number, Sample>,
  trace?: TraceLine[],
): Rational {
  const quantity = aggregated(of, component, figures, samples, trace);
  trace?.push({
    kind: "component",
    code: component.code,
    name: component.name ?? component.code,
    quantity: toExactText(quantity),
    unit: unitName(component),
  });
  return quantity;
}

function aggregated(
  of: PeriodOfComponent,
  component: UsageComponent,
  figures: Figures,
  samples: ReadonlyMap<number, Sample>,
  trace?: TraceLine[],
): Rational {
  switch (component.aggregate) {
    case "sum":
      return unitsOf(figures.sum, component);
    case "max":
      return unitsOf(figures.most, component);
    case "count":
      return unitsOf(figures.count * NANO, component);
    case "prevailing_direction":
      return unitsOf(prevailingDirection(figures, trace) * NANO, component);
    case "percentile_95": {
      const { num, den } = percentile95(samples, spanOf(of), directionsOf(component), trace);
      const { num: units, den: size } = unitsOf(num * NANO, component);
      return rational(units, size * den);
    }
  }
}

const directionsOf = (component: UsageComponent): readonly Direction[] =>
  ({ octetsIn: ["in"] as const, octetsOut: ["out"] as const })[metricOf(component)] ?? ["in", "out"];

const spanOf = ({ period, zone }: PeriodOfComponent): Span => ({
  fromMs: startOfDay(period.from, zone).epochMilliseconds,
  toMs: startOfDay(period.to, zone).epochMilliseconds,
});
