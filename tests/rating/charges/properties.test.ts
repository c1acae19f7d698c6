// What holds for fees of any amount, plan and calendar.
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { add, ZERO } from "../../../core/kernel/rational.ts";
import { overParts } from "../../../core/rating/charges/billing-part.ts";
import type { DueCharge } from "../../../core/rating/charges/due.ts";
import { dueFees } from "../../../core/rating/charges/fees.ts";
import { periodEnd } from "../../../core/rating/charges/period-end.ts";
import { priceOfPart } from "../../../core/rating/charges/proration.ts";
import { roundedMicros } from "../../../core/rating/charges/rounding.ts";
import { feeTotals, periodAt, statementOf } from "../../../core/rating/charges/statement.ts";
import { type PricedPlan, pausedUntil, type ServiceTimeline } from "../../../core/rating/charges/timeline.ts";
import { at, day, flat, net, plan } from "./timelines.ts";

const seed = Number(process.env.SEED ?? Date.now() % 1_000_000_000);
console.info(`seed ${seed}`);
const runs = { seed, numRuns: 300 };

const amount = fc.tuple(fc.nat(9_999), fc.nat(99)).map(([units, cents]) => `${units}.${String(cents).padStart(2, "0")}`);
const every = fc.constantFrom("day", "week", "month", "quarter", "year") as fc.Arbitrary<"day" | "week" | "month" | "quarter" | "year">;
const anchor = fc.oneof(fc.constantFrom("start", "calendar", "account"), fc.integer({ min: 1, max: 31 })) as fc.Arbitrary<
  "start" | "calendar" | "account" | number
>;
const decimals = fc.integer({ min: 0, max: 6 });
const startDay = fc.integer({ min: 0, max: 1500 }).map((days) => day("2023-01-01").add({ days }));

const anyPlan = (id: string, additive: boolean) =>
  fc
    .record({
      fee: fc.record({
        amount,
        every,
        count: fc.integer({ min: 1, max: 3 }),
        charge: fc.constantFrom("advance", "arrears", "daily"),
        proration: additive
          ? fc.constantFrom("actual_days", "fixed_30")
          : fc.constantFrom("actual_days", "fixed_30", "none", "rounded_day"),
      }),
      anchor,
      decimals,
      percent: fc.integer({ min: 0, max: 40 }),
    })
    .map(({ fee, anchor, decimals, percent }) =>
      plan(id, {
        "2000-01-01": {
          fees: [
            { code: "line", name: "Line", ...(fee as object), amount: fee.amount },
            { code: "in", name: "In", amount: "5" },
            { code: "out", name: "Out", amount: "7", at: "end" },
          ],
          billing: { anchor },
          rounding: { decimals },
          taxes: { mode: percent % 2 === 0 ? "exclusive" : "inclusive", rates: [{ code: "vat", name: "VAT", percent: String(percent) }] },
        },
      }),
    );

const anyDiscount = fc.constantFrom<object[]>(
  [],
  [{ code: "d", name: "Off", percent: "10" }],
  [{ code: "d", name: "Off", amount: "3", periods: 2 }],
);
const withDiscounts = (of: PricedPlan, discounts: object[]): PricedPlan => ({
  ...of,
  versions: of.versions.map((one) => ({ ...one, document: { ...one.document, discounts: discounts as never } })),
});

/** A service that moves between two plans on some days of about two months, and may end. */
const anyService = (additive: boolean) =>
  fc
    .record({
      a: anyPlan("a", additive),
      b: anyPlan("b", additive),
      from: startDay,
      gaps: fc.array(fc.integer({ min: 1, max: 25 }), { maxLength: 4 }),
      ends: fc.boolean(),
      billingDay: fc.integer({ min: 1, max: 31 }),
    })
    .map(({ a, b, from, gaps, ends, billingDay }): ServiceTimeline => {
      const days = [from];
      for (const gap of gaps) days.push(days.at(-1)!.add({ days: gap }));
      const last = ends ? days.length - 1 : days.length;
      const stays = days.slice(0, Math.max(last, 1)).map((first, i) => ({ plan: i % 2 === 0 ? a : b, from: first, to: days[i + 1] }));
      return { stays, billingDay, taxExempt: false };
    });

/** With pauses, known from the beginning; of those, some at once after others. */
const anyPausedService = (additive: boolean) =>
  fc
    .tuple(anyService(additive), fc.array(fc.tuple(fc.nat(30), fc.integer({ min: 1, max: 40 })), { maxLength: 3 }))
    .map(([service, gaps]): ServiceTimeline => {
      let end = service.stays[0]!.from;
      const pauses = gaps.map(([gap, days]) => {
        const from = end.add({ days: gap });
        end = from.add({ days });
        return { from, to: end };
      });
      return { ...service, stays: service.stays.map((stay) => ({ ...stay, pauses })) };
    });

const byKey = (lines: readonly DueCharge[]) =>
  lines.map((one) => `${one.key} ${one.from} ${one.to} ${one.amountMicros} ${one.taxMicros} ${one.dueOn}`).sort();

describe("fees", () => {
  test("the days of a daily fee sum to the amount, and their taxes to its tax", () => {
    fc.assert(
      fc.property(amount, decimals, startDay, (text, places, first) => {
        const start = first.with({ day: 1 });
        const { lines } = dueFees(
          { stays: [{ plan: flat("a", text, { rounding: { decimals: places } }, { charge: "daily" }), from: start }], taxExempt: false },
          [],
          at(start.with({ day: start.daysInMonth }).toString()),
        );
        expect(lines).toHaveLength(start.daysInMonth);
        expect(net(lines)).toBe(
          net(
            dueFees(
              { stays: [{ plan: flat("b", text, { rounding: { decimals: places } }), from: start }], taxExempt: false },
              [],
              at(start.toString()),
            ).lines,
          ),
        );
      }),
      runs,
    );
  });

  test("however time is cut into runs, the charges are the same", () => {
    fc.assert(
      fc.property(anyPausedService(false), fc.array(fc.integer({ min: 0, max: 120 }), { maxLength: 8 }), (service, cuts) => {
        const first = service.stays[0]!.from;
        const end = first.add({ days: 130 });
        const made: DueCharge[] = [];
        for (const cut of [...cuts.sort((a, b) => a - b), 130])
          made.push(...dueFees(service, made, at(first.add({ days: cut }).toString())).lines);
        expect(byKey(made)).toEqual(byKey(dueFees(service, [], at(end.toString())).lines));
        expect(dueFees(service, made, at(end.toString())).lines).toEqual([]);
      }),
      runs,
    );
  });

  test("each day on a plan is charged once, and each day of a pause never, however often the plan changes", () => {
    fc.assert(
      fc.property(anyPausedService(true), (service) => {
        const first = service.stays[0]!.from;
        const { lines } = dueFees(service, [], at(first.add({ days: 130 }).toString()));
        const times = new Map<string, number>();
        for (const one of lines) {
          if (one.code !== "line") continue;
          for (let d = one.from; Temporal.PlainDate.compare(d, one.to) < 0; d = d.add({ days: 1 }))
            times.set(`${one.planId} ${d}`, (times.get(`${one.planId} ${d}`) ?? 0) + (one.credits ? -1 : 1));
        }
        for (const stay of service.stays)
          for (
            let d = stay.from;
            d.toString() !== stay.to?.toString() && Temporal.PlainDate.compare(d, first.add({ days: 20 })) < 0;
            d = d.add({ days: 1 })
          ) {
            // In arrears the period may not be over yet.
            const charge = stay.plan.versions[0]!.document.fees[0]!.charge;
            const isPaused = pausedUntil(stay, d) !== undefined;
            if (charge !== "arrears" || isPaused) expect(times.get(`${stay.plan.planId} ${d}`) ?? 0).toBe(isPaused ? 0 : 1);
          }
      }),
      runs,
    );
  });

  test("the statements of all billing periods have together what is charged", () => {
    fc.assert(
      fc.property(anyService(false), anyDiscount, (service, discounts) => {
        const last = service.stays.at(-1)!;
        const end = last.to ?? last.from.add({ days: 40 });
        const stays = [...service.stays.slice(0, -1), { ...last, to: end }].map((stay) => ({
          ...stay,
          plan: withDiscounts(stay.plan, discounts),
        }));
        const ended = { ...service, stays };
        const fees = dueFees(ended, [], at(end.toString())).lines;
        const ends = overParts(ended, undefined, at(end.toString())).parts.flatMap((part) =>
          periodEnd(part, feeTotals(fees, part), [], false),
        );
        const stated: DueCharge[] = [];
        for (let day = stays[0]!.from; Temporal.PlainDate.compare(day, end) < 0; day = periodAt(ended, day).to)
          stated.push(...statementOf(ended, day, []).lines);
        expect(byKey(stated)).toEqual(byKey([...fees, ...ends]));
      }),
      { ...runs, numRuns: 100 },
    );
  });

  test("a charge and the credit of its rest are the price of the days used, within a rounding unit", () => {
    fc.assert(
      fc.property(
        amount,
        startDay,
        fc.integer({ min: 1, max: 27 }),
        fc.constantFrom("actual_days", "fixed_30"),
        (text, from, used, proration) => {
          const a = flat("a", text, { billing: { anchor: "start" } }, { proration });
          const to = from.add({ days: used });
          const { lines } = dueFees({ stays: [{ plan: a, from, to }], taxExempt: false }, [], at(to.toString()));
          const whole = lines.find((one) => !one.credits)!;
          const basis = whole.terms?.kind === "recurring" ? whole.terms.basis : undefined;
          const price = roundedMicros(priceOfPart(basis!, { from, to }, { decimals: 2, mode: "half_up" }), {
            decimals: 2,
            mode: "half_up",
          });
          const difference = net(lines) - price;
          expect(difference >= -10_000n && difference <= 10_000n).toBe(true);
        },
      ),
      runs,
    );
  });

  test("the parts of a period cost what the whole costs, exactly", () => {
    fc.assert(
      fc.property(
        amount,
        startDay,
        every,
        fc.integer({ min: 1, max: 3 }),
        fc.constantFrom("actual_days", "fixed_30"),
        fc.array(fc.nat(1000)),
        (text, from, unit, count, proration, cuts) => {
          const to = from.add(
            unit === "day"
              ? { days: count }
              : unit === "week"
                ? { weeks: count }
                : { months: count * { month: 1, quarter: 3, year: 12 }[unit] },
          );
          const basis = { amount: text, proration, unit, count, whole: { from, to } } as const;
          const length = from.until(to, { largestUnit: "day" }).days;
          const bounds = [0, ...cuts.map((cut) => cut % length), length].sort((a, b) => a - b);
          const rounding = { decimals: 2, mode: "half_up" } as const;
          let sum = ZERO;
          for (let i = 1; i < bounds.length; i++)
            if (bounds[i]! > bounds[i - 1]!)
              sum = add(
                sum,
                priceOfPart(basis, { from: from.add({ days: bounds[i - 1]! }), to: from.add({ days: bounds[i]! }) }, rounding),
              );
          expect(sum).toEqual(priceOfPart(basis, basis.whole, rounding));
        },
      ),
      runs,
    );
  });
});
