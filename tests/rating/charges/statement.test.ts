import { describe, expect, test } from "bun:test";
import { overParts, partOf } from "../../../core/rating/charges/billing-part.ts";
import { periodEnd } from "../../../core/rating/charges/period-end.ts";
import { documentTotals, statementOf } from "../../../core/rating/charges/statement.ts";
import { at, day, flat, gross, money, monthly, plan, service } from "./timelines.ts";

const cents = (amount: string) => BigInt(amount.replace(".", "")) * 10_000n;
const used = (code: string, amount: string, tax = "0.00") => ({
  kind: "usage" as const,
  code,
  amountMicros: cents(amount),
  taxMicros: cents(tax),
});
const short = (of: ReturnType<typeof statementOf>) =>
  of.lines.map((one) => `${one.kind} ${one.code} ${money(one.amountMicros)}${one.taxMicros ? `+${money(one.taxMicros)}` : ""}`);
const events = { code: "events", of: "event" as const, price: { shape: "per_unit" as const, steps: [{ price: "1" }] } };

describe("the end of a billing period", () => {
  test("L27: one event at 8, a minimum of 10, 25 of 28 days", () => {
    const least = plan("a", { "2026-01-01": { usage: [events], minimum: { amount: "10.00" } } });
    const of = statementOf(service(["2026-02-04", least]), day("2026-02-10"), [used("events", "8.00")]);
    expect(short(of)).toEqual(["minimum minimum 0.93"]);
    expect(money(of.payableMicros)).toBe("8.93");
  });

  test("K5: a fee of 30 and the capacity of the peak; without any usage the first tier", () => {
    const capacity = { shape: "capacity" as const, tiers: [{ upTo: "1000", price: "750" }, { price: "500" }] };
    const water = plan("a", {
      "2026-01-01": {
        fees: [monthly("30")],
        usage: [{ code: "peak", of: "event", metric: "litres", per: "period", aggregate: "max", price: capacity }],
      },
    });
    const of = service(["2026-01-01", water]);
    expect(money(statementOf(of, day("2026-01-10"), [used("peak", "750.00")]).payableMicros)).toBe("780.00");
    expect(money(statementOf(of, day("2026-01-10"), [used("peak", "500.00")]).payableMicros)).toBe("530.00");
    expect(short(statementOf(of, day("2026-01-10"), []))).toEqual(["fee line 30.00", "usage peak 750.00"]);
  });

  test("a minimum counts what the plan says, and nothing is missing when it is reached", () => {
    const least = (counts: "usage" | "usage_and_fees") =>
      plan("a", { "2026-01-01": { fees: [monthly("6")], usage: [events], minimum: { amount: "10", counts } } });
    const missing = (counts: "usage" | "usage_and_fees") =>
      short(statementOf(service(["2026-01-01", least(counts)]), day("2026-01-10"), [used("events", "3.00")])).at(1);
    expect(missing("usage")).toBe("minimum minimum 7.00");
    expect(missing("usage_and_fees")).toBe("minimum minimum 1.00");
    expect(short(statementOf(service(["2026-01-01", least("usage")]), day("2026-01-10"), [used("events", "12.00")]))).toEqual([
      "fee line 6.00",
    ]);
  });

  test("discounts: percent, then an amount off what is left, never below zero", () => {
    const off = (...discounts: object[]) =>
      plan("a", {
        "2026-01-01": {
          fees: [monthly("100")],
          usage: [events],
          discounts: discounts.map((one, i) => ({ code: `d${i}`, name: "Off", ...one })) as never,
        },
      });
    const of = (...discounts: object[]) =>
      short(statementOf(service(["2026-01-01", off(...discounts)]), day("2026-01-10"), [used("events", "50.00")])).slice(1);
    expect(of({ percent: "10" })).toEqual(["discount d0 -15.00"]);
    expect(of({ percent: "10", on: ["line"] }, { amount: "5" })).toEqual(["discount d0 -10.00", "discount d1 -5.00"]);
    expect(of({ percent: "60" }, { amount: "100" })).toEqual(["discount d0 -90.00", "discount d1 -60.00"]);
    expect(of({ percent: "100" }, { amount: "1" })).toEqual(["discount d0 -150.00"]);
    expect(of({ amount: "70", on: ["events"] })).toEqual(["discount d0 -50.00"]);
  });

  test("a discount has the tax of what it is on", () => {
    const mixed = plan("a", {
      "2026-01-01": {
        fees: [monthly("100")],
        usage: [events],
        discounts: [{ code: "d", name: "Off", percent: "10" }],
        taxes: { mode: "exclusive", rates: [{ code: "vat", name: "VAT", percent: "20", on: ["line"] }] },
      },
    });
    const of = statementOf(service(["2026-01-01", mixed]), day("2026-01-10"), [used("events", "50.00")]);
    expect(short(of)).toEqual(["fee line 100.00+20.00", "discount d -15.00+-2.00"]);
  });

  test("prices with the tax in them: the discount is off the price, and an exempt customer pays the net", () => {
    const inclusive = flat("a", "120", {
      discounts: [{ code: "d", name: "Off", amount: "12" }],
      taxes: { mode: "inclusive", rates: [{ code: "vat", name: "VAT", percent: "20" }] },
    });
    expect(short(statementOf(service(["2026-01-01", inclusive]), day("2026-01-10"), []))).toEqual([
      "fee line 100.00+20.00",
      "discount d -10.00+-2.00",
    ]);
    expect(short(statementOf(service(["2026-01-01", inclusive], { taxExempt: true }), day("2026-01-10"), []))).toEqual([
      "fee line 100.00",
      "discount d -10.00",
    ]);
  });

  test("a discount on the first two periods, the part of the first month being one", () => {
    const early = flat("a", "31", { discounts: [{ code: "d", name: "Off", percent: "50", periods: 2 }] });
    const of = service(["2026-01-20", early]);
    const discounts = (on: string) => short(statementOf(of, day(on), [])).slice(1);
    expect([discounts("2026-01-31"), discounts("2026-02-01"), discounts("2026-03-01")]).toEqual([
      ["discount d -6.00"],
      ["discount d -15.50"],
      [],
    ]);
  });

  test("a change of plan divides the minimum; each part has its own", () => {
    const least = (id: string, amount: string) => plan(id, { "2026-01-01": { usage: [events], minimum: { amount } } });
    const of = statementOf(service(["2026-04-01", least("a", "30"), "2026-04-11", least("b", "60")]), day("2026-04-15"), []);
    expect(short(of)).toEqual(["minimum minimum 10.00", "minimum minimum 40.00"]);
  });

  test("usage that comes late takes back what it makes too much", () => {
    const least = plan("a", { "2026-01-01": { usage: [events], minimum: { amount: "10" } } });
    const part = partOf(service(["2026-01-01", least]).stays[0]!, undefined, day("2026-01-01"));
    const first = periodEnd(part, [used("events", "8.00")], [], false);
    const given = first.map(({ kind, code, name, amountMicros, taxMicros }) => ({ kind, code, name, amountMicros, taxMicros, times: 1 }));
    const second = periodEnd(part, [used("events", "11.00")], given, false);
    expect(second.map(({ amountMicros }) => money(amountMicros))).toEqual(["-2.00"]);
    expect(second[0]!.key).not.toBe(first[0]!.key);
  });

  test("periods are closed when they are over, from where they were closed", () => {
    const of = service(["2026-01-20", flat("a", "31", { minimum: { amount: "1" } }), "2026-03-05"]);
    const parts = (from: string | undefined, now: string) =>
      overParts(of, from ? day(from) : undefined, at(now)).parts.map(({ from, to, number }) => `${number}: ${from}/${to}`);
    expect(parts(undefined, "2026-03-04")).toEqual(["1: 2026-01-20/2026-02-01", "2: 2026-02-01/2026-03-01"]);
    expect(parts("2026-02-01", "2026-03-05")).toEqual(["2: 2026-02-01/2026-03-01", "3: 2026-03-01/2026-03-05"]);
  });
});

test("D1: lines 7 × 400 and −3 × 500, document charge 25, VAT 25 %", () => {
  const taxes = { mode: "exclusive" as const, rates: [{ code: "vat", name: "VAT", percent: "25" }] };
  const lines = [
    { code: "x", amountMicros: 7n * cents("400.00") },
    { code: "y", amountMicros: -3n * cents("500.00") },
  ];
  const totals = documentTotals(lines, [{ code: "delivery", amountMicros: cents("25.00") }], taxes, { decimals: 2, mode: "half_up" });
  expect([totals.linesMicros, totals.taxableMicros, totals.taxMicros, totals.payableMicros].map(money)).toEqual([
    "1300.00",
    "1325.00",
    "331.25",
    "1656.25",
  ]);
});

test("a statement adds up", () => {
  const a = flat("a", "50", { taxes: { mode: "exclusive", rates: [{ code: "vat", name: "VAT", percent: "20" }] } });
  const of = statementOf(service(["2026-01-08", a]), day("2026-01-20"), []);
  expect(money(of.payableMicros)).toBe("46.45");
  expect(gross(of.lines)).toBe(of.payableMicros);
});
