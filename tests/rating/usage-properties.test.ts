// What must hold for any usage and any price: by thousands of random plans, and by a slow second opinion on each shape.
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { type PlanDocumentInput, parsePlanDocument } from "../../core/catalog/plan-document.ts";
import { fromDecimal, type Rational, toExactText } from "../../core/kernel/rational.ts";
import { compilePlan } from "../../core/rating/compile-plan.ts";
import { rateUsage } from "../../core/rating/rate-usage.ts";
import { priceOf, type QuantityPrice } from "../../core/rating/shapes/price.ts";
import type { UsageFact } from "../../core/rating/usage.ts";
import type { ServiceTerms } from "../../core/rating/usage-rating.ts";
import { memoryState, totalFromJson, totalToJson } from "../../core/rating/usage-state.ts";
import { type Component, planWith, priced } from "./cases.ts";
import { quantity, shapes } from "./price-arbitraries.ts";
import { slowShape } from "./shape-oracle.ts";

// MB_SEED repeats a run.
const seed = Number(process.env.MB_SEED ?? Math.floor(Math.random() * 2 ** 31));
console.log(`usage properties: MB_SEED=${seed}`);
const runs = (numRuns: number) => ({ seed, numRuns });

function termsOf(document: PlanDocumentInput, later: readonly { fromMs: number; document: PlanDocumentInput }[] = []): ServiceTerms {
  const compiled = (raw: PlanDocumentInput) => {
    const parsed = parsePlanDocument(JSON.parse(JSON.stringify(raw)));
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.issues));
    return compilePlan(parsed.plan);
  };
  return {
    segments: [{ fromMs: 0, plan: compiled(document) }, ...later.map((one) => ({ fromMs: one.fromMs, plan: compiled(one.document) }))],
    startedOn: Temporal.PlainDate.from("2026-01-01"),
    attributes: {},
    pooledServices: 1,
    taxExempt: false,
  };
}

const SEPTEMBER = Date.parse("2026-09-01T00:00:00Z");
const fact = (text: string, minute = 0): UsageFact => ({
  kind: "event",
  type: "use",
  startMs: SEPTEMBER + minute * 60_000,
  metrics: { quantity: text },
});

/** What all these cost in the period, each charged as it comes. */
function sumOf(terms: ServiceTerms, facts: readonly UsageFact[]): { net: bigint; tax: bigint } {
  const state = memoryState();
  let [net, tax] = [0n, 0n];
  for (const one of facts) {
    const rating = rateUsage(terms, one, state);
    if (!rating.ok) throw new Error(rating.code);
    for (const { amountMicros, taxMicros } of [rating, ...rating.period]) [net, tax] = [net + amountMicros, tax + taxMicros];
  }
  return { net, tax };
}
const taxes: PlanDocumentInput["taxes"] = { mode: "exclusive", rates: [{ code: "vat", name: "VAT", percent: "17.5" }] };
const perPeriod = (shape: object, more: Partial<Component> = {}) =>
  planWith({ rounding: { decimals: 2 }, taxes, usage: [priced(shape as Component["price"], { per: "period", ...more })] });

const parsedPrice = (shape: object): QuantityPrice => {
  const parsed = parsePlanDocument(JSON.parse(JSON.stringify(planWith({ usage: [priced(shape as Component["price"])] }))));
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.issues));
  return parsed.plan.usage[0]?.price as QuantityPrice;
};
const exact = (shape: QuantityPrice, text: string): Rational => priceOf(shape, fromDecimal(text)).amount;

describe("each shape", () => {
  for (const [name, { price: shape, monotone }] of Object.entries(shapes)) {
    test(`${name}: equals a slow second opinion`, () =>
      fc.assert(
        fc.property(shape, quantity, (raw, text) => {
          const parsed = parsedPrice(raw);
          expect(toExactText(exact(parsed, text))).toBe(slowShape(parsed, text));
        }),
        runs(1000),
      ));

    test(`${name}: slices of a period sum to the price of the whole, with the tax`, () =>
      fc.assert(
        fc.property(shape, fc.array(quantity, { minLength: 1, maxLength: 8 }), (raw, parts) => {
          // A percentage has a price of each event: its whole is one event only without the fixed part.
          const terms = termsOf(perPeriod(name === "percentage" ? { ...raw, fixed: "0" } : raw));
          const whole = toExactText(
            parts.reduce(({ num, den }, part) => {
              const next = fromDecimal(part);
              return { num: num * next.den + next.num * den, den: den * next.den };
            }, fromDecimal("0")),
          );
          expect(
            sumOf(
              terms,
              parts.map((part, i) => fact(part, i)),
            ),
          ).toEqual(sumOf(terms, [fact(whole)]));
        }),
        runs(500),
      ));

    if (monotone)
      test(`${name}: more never costs less`, () =>
        fc.assert(
          fc.property(shape, quantity, quantity, (raw, a, b) => {
            const parsed = parsedPrice(raw);
            const [less, more] = Number(a) < Number(b) ? [a, b] : [b, a];
            const [low, high] = [exact(parsed, less), exact(parsed, more)];
            expect(low.num * high.den <= high.num * low.den).toBe(true);
          }),
          runs(1000),
        ));
  }
});

const anyShape = fc.oneof(...Object.values(shapes).map(({ price: shape }) => shape));
const shuffled = <T>(items: readonly T[], keys: readonly number[]) =>
  items
    .map((item, i) => ({ item, key: keys[i] ?? 0 }))
    .toSorted((a, b) => a.key - b.key)
    .map(({ item }) => item);
const usages = fc.array(fc.tuple(quantity, fc.nat({ max: 43_199 })), { minLength: 1, maxLength: 10 });
const keys = fc.array(fc.nat(), { minLength: 10, maxLength: 10 });

describe("the order of arrival", () => {
  test("doesn't change what a month costs, also across versions, and with free first events", () =>
    fc.assert(
      fc.property(
        anyShape,
        anyShape,
        fc.constantFrom("sum", "max", "count"),
        fc.nat({ max: 3 }),
        usages,
        keys,
        (one, other, aggregate, free, parts, order) => {
          const withFree = (shape: object) => ("percent" in shape ? { ...shape, freeEvents: free } : shape);
          const document = perPeriod(withFree(one), { aggregate: aggregate as "sum" });
          const later = [{ fromMs: SEPTEMBER + 20_000 * 60_000, document: perPeriod(withFree(other), { aggregate: aggregate as "sum" }) }];
          // Prices by event need the same shape in both versions to be one total.
          const terms = termsOf(document, "percent" in one === "percent" in other ? later : []);
          const facts = parts.map(([text, minute]) => fact(text, minute));
          expect(sumOf(terms, shuffled(facts, order))).toEqual(sumOf(terms, facts));
        },
      ),
      runs(2000),
    ));

  test("doesn't change a 95th percentile, nor the larger direction", () =>
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat({ max: 8639 }), fc.nat({ max: 10 ** 9 }), fc.nat({ max: 10 ** 9 }), fc.constantFrom(0, 60, 300, 1000)), {
          minLength: 1,
          maxLength: 30,
        }),
        fc.constantFrom("percentile_95", "prevailing_direction"),
        fc.array(fc.nat(), { minLength: 30, maxLength: 30 }),
        (samples, aggregate, order) => {
          const component: Component = {
            code: "line",
            of: "traffic",
            per: "period",
            aggregate,
            price: { shape: "per_unit", steps: [{ price: "0.001" }] },
          };
          // A day's percentile discards 14 of 288. Another version begins inside a sample, before noon.
          const dearer: Component = { ...component, price: { shape: "per_unit", steps: [{ price: "0.003" }] } };
          const [day, next] = [component, dearer].map((one) => planWith({ usage: [one], billing: { period: "day" } }));
          const terms = termsOf(day as PlanDocumentInput, [{ fromMs: SEPTEMBER + 12 * 3_599_000, document: next as PlanDocumentInput }]);
          const facts = samples.map(
            ([index, octetsIn, octetsOut, seconds]): UsageFact => ({
              kind: "traffic",
              startMs: SEPTEMBER + (index % 288) * 300_000,
              seconds,
              octetsIn: BigInt(octetsIn),
              octetsOut: BigInt(octetsOut),
            }),
          );
          expect(sumOf(terms, shuffled(facts, order))).toEqual(sumOf(terms, facts));
        },
      ),
      runs(500),
    ));
});

test("a bundle never gives more than it grants, whatever rolls over", () =>
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat({ max: 90 }), fc.nat({ max: 150 })), { maxLength: 30 }),
      fc.nat({ max: 3 }),
      fc.nat({ max: 120 }),
      fc.constantFrom(undefined, "7", "0.5"),
      (parts, periods, most, increment) => {
        const rollover = periods > 0 ? { rollover: { periods, most: String(most) } } : {};
        const bundle = {
          code: "b",
          of: "event",
          metric: "quantity",
          quantity: "100",
          validity: { kind: "period" },
          ...rollover,
          ...(increment ? { increment } : {}),
        } as const;
        const terms = termsOf(planWith({ usage: [priced({ shape: "per_unit", steps: [{ price: "1" }] })], bundles: [bundle] }));
        const state = memoryState();
        const drawn = new Map<string, number>();
        for (const [day, units] of parts) {
          const rating = rateUsage(terms, fact(String(units), day * 24 * 60), state);
          if (!rating.ok) throw new Error(rating.code);
          const taken = rating.drawn.reduce((sum, one) => sum + Number(one.quantity), 0);
          // What isn't taken out of the bundle is paid, to the last unit.
          expect(Number(rating.amountMicros) / 1e6).toBeGreaterThanOrEqual(units - taken);
          for (const { from, quantity: text } of rating.drawn) drawn.set(from, (drawn.get(from) ?? 0) + Number(text));
        }
        for (const total of drawn.values()) expect(total).toBeLessThanOrEqual(100);
      },
    ),
    runs(1000),
  ));

test("a total survives a trip through JSON", () =>
  fc.assert(
    fc.property(anyShape, usages, (shape, parts) => {
      const terms = termsOf(perPeriod(shape));
      const state = memoryState();
      for (const [text, minute] of parts) rateUsage(terms, fact(text, minute), state);
      const total = state.total({ code: "use", pooled: false, from: "2026-09-01" });
      if (!total) throw new Error("no total");
      expect(totalFromJson(JSON.parse(JSON.stringify(totalToJson(total))))).toEqual(total);
    }),
    runs(300),
  ));
