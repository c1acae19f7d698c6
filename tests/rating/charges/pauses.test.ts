// Pauses: no recurring fee for their days, by the fee's own way to charge parts.
import { describe, expect, test } from "bun:test";
import type { DueCharge } from "../../../core/rating/charges/due.ts";
import { dueFees } from "../../../core/rating/charges/fees.ts";
import { statementOf } from "../../../core/rating/charges/statement.ts";
import type { PricedPlan, ServiceTimeline } from "../../../core/rating/charges/timeline.ts";
import { at, day, flat, inShort, monthly, net, plan, service } from "./timelines.ts";

const vat20 = { taxes: { mode: "exclusive" as const, rates: [{ code: "vat", name: "VAT", percent: "20" }] } };
const paused = (on: PricedPlan, ...pauses: readonly [string, string][]): ServiceTimeline => {
  const { stays, ...more } = service(["2026-01-01", on]);
  return { ...more, stays: stays.map((stay) => ({ ...stay, pauses: pauses.map(([from, to]) => ({ from: day(from), to: day(to) })) })) };
};
const due = (of: ServiceTimeline, until: string, made: readonly DueCharge[] = []) => inShort(dueFees(of, made, at(until)).lines);

describe("a pause from the 10th to the 20th", () => {
  const days: [string, string] = ["2026-01-10", "2026-01-20"];

  test("in advance: the rest of the month is given back when it begins, and charged from the day on which it ends", () => {
    const ahead = paused(flat("a", "31", vat20), days);
    expect(due(ahead, "2026-01-09")).toEqual(["2026-01-01/2026-02-01 31.00+6.20"]);
    expect(due(ahead, "2026-01-10").at(1)).toBe("2026-01-10/2026-02-01 -22.00+-4.40");
    expect(due(ahead, "2026-01-19")).toHaveLength(2);
    expect(due(ahead, "2026-01-20").at(2)).toBe("2026-01-20/2026-02-01 12.00+2.40");
    expect(due(ahead, "2026-02-01").slice(3)).toEqual(["2026-02-01/2026-03-01 31.00+6.20"]);
  });

  test("is looked at again when it begins and when it ends", () => {
    const ahead = paused(flat("a", "31"), days);
    expect(dueFees(ahead, [], at("2026-01-05")).next?.toString()).toBe("2026-01-10T00:00:00Z");
    expect(dueFees(ahead, [], at("2026-01-10")).next?.toString()).toBe("2026-01-20T00:00:00Z");
  });

  test("in arrears: what was used is charged when it begins", () =>
    expect(due(paused(flat("a", "31", {}, { charge: "arrears" }), days), "2026-02-01")).toEqual([
      "2026-01-01/2026-01-10 9.00",
      "2026-01-20/2026-02-01 12.00",
    ]));

  test("by the day: its days have no charge", () =>
    expect(due(paused(flat("a", "31", {}, { charge: "daily" }), days), "2026-01-31")).toHaveLength(21));

  test("by months of 30 days: 9 and 11 of them", () =>
    expect(net(dueFees(paused(flat("a", "30", {}, { proration: "fixed_30" }), days), [], at("2026-01-31")).lines)).toBe(20_000_000n));

  test("rounded to the day: its price, rounded, times the days", () =>
    expect(net(dueFees(paused(flat("a", "10", {}, { proration: "rounded_day" }), days), [], at("2026-01-31")).lines)).toBe(
      // 9 days and 12 of them at 0.32; the whole month costs the 10 that it says.
      6_720_000n,
    ));

  for (const charge of ["advance", "arrears"])
    test(`where a part costs the whole, a month that began is paid once (${charge})`, () =>
      expect(due(paused(flat("a", "31", {}, { charge, proration: "none" }), days), "2026-02-01")[0]).toBe("2026-01-01/2026-02-01 31.00"));

  test("what is charged once isn't charged again", () => {
    const fees = [monthly("31"), { code: "in", name: "Installation", amount: "25" }];
    const lines = dueFees(paused(plan("a", { "2026-01-01": { fees } }), days), [], at("2026-03-01")).lines;
    expect(lines.filter(({ code }) => code === "in")).toHaveLength(1);
  });

  test("says in its trace that the service was paused", () =>
    expect(dueFees(paused(flat("a", "31"), days), [], at("2026-01-10")).lines.at(-1)?.trace[0]).toMatchObject({
      kind: "given_back",
      paused: true,
    }));
});

test("over whole months: they cost nothing, also where a part costs the whole", () => {
  for (const proration of ["actual_days", "none"])
    expect(due(paused(flat("a", "31", {}, { proration }), ["2026-02-01", "2026-04-01"]), "2026-04-15")).toEqual([
      "2026-01-01/2026-02-01 31.00",
      "2026-04-01/2026-05-01 31.00",
    ]);
});

test("asked for on a day that was charged already, it gives back that day; ended on it, the day is charged again", () => {
  const on = flat("a", "31");
  const first = dueFees(paused(on), [], at("2026-01-01")).lines;
  const second = dueFees(paused(on, ["2026-01-01", "2026-01-20"]), first, at("2026-01-01")).lines;
  expect(inShort(second)).toEqual(["2026-01-01/2026-02-01 -31.00"]);
  const third = dueFees(paused(on), [...first, ...second], at("2026-01-01")).lines;
  expect(inShort(third)).toEqual(["2026-01-01/2026-02-01 31.00"]);
  expect(due(paused(on), "2026-01-02", [...first, ...second, ...third])).toEqual([]);
});

test("looked at only after it has ended, it is given back and charged again at once", () => {
  const of = paused(flat("a", "31"), ["2026-01-10", "2026-01-20"]);
  const made = dueFees(of, [], at("2026-01-05")).lines;
  expect(due(of, "2026-01-25", made)).toEqual(["2026-01-10/2026-02-01 -22.00", "2026-01-20/2026-02-01 12.00"]);
});

test("ended sooner than was asked for, it is charged from then on", () => {
  const on = flat("a", "31");
  const made = dueFees(paused(on, ["2026-01-10", "2026-01-30"]), [], at("2026-01-14")).lines;
  expect(due(paused(on, ["2026-01-10", "2026-01-15"]), "2026-01-15", made)).toEqual(["2026-01-15/2026-02-01 17.00"]);
});

describe("what is added up at the end of the month", () => {
  const events = { code: "events", of: "event" as const, price: { shape: "per_unit" as const, steps: [{ price: "1" }] } };
  const minimumIn = (minimum: object, pause: [string, string]) => {
    const of = paused(plan("a", { "2026-01-01": { usage: [events], minimum: minimum as never } }), pause);
    return statementOf(of, day("2026-01-01"), []).lines.map(({ code, amountMicros }) => `${code} ${amountMicros}`);
  };

  test("the minimum is for the days without the pause", () =>
    expect(minimumIn({ amount: "31" }, ["2026-01-10", "2026-01-20"])).toEqual(["minimum 21000000"]));
  test("one that isn't divided stays whole, unless there was no other day", () => {
    expect(minimumIn({ amount: "31", prorate: false }, ["2026-01-10", "2026-01-20"])).toEqual(["minimum 31000000"]);
    expect(minimumIn({ amount: "31", prorate: false }, ["2025-12-10", "2026-02-20"])).toEqual([]);
  });
});
