import { describe, expect, test } from "bun:test";
import { dueFees } from "../../../core/rating/charges/fees.ts";
import { at, flat, gross, inShort, money, monthly, net, plan, service } from "./timelines.ts";

const vat = (percent: string, mode: "exclusive" | "inclusive" = "exclusive") => ({
  taxes: { mode, rates: [{ code: "vat", name: "VAT", percent }] },
});
const due = (of: ReturnType<typeof service>, until: string) => inShort(dueFees(of, [], at(until)).lines);

describe("fees in advance", () => {
  test("P1: 50 a month from 8 January, VAT 20 %", () => {
    const { lines } = dueFees(service(["2026-01-08", flat("a", "50.00", vat("20"))]), [], at("2026-01-31"));
    expect(inShort(lines)).toEqual(["2026-01-08/2026-02-01 38.71+7.74"]);
    expect(money(gross(lines))).toBe("46.45");
  });

  test("P3: counted from the start, the 31st is clamped in short months and restored", () => {
    const from31 = service(["2024-01-31", flat("a", "10", { billing: { anchor: "start" } })]);
    expect(due(from31, "2024-04-29")).toEqual([
      "2024-01-31/2024-02-29 10.00",
      "2024-02-29/2024-03-31 10.00",
      "2024-03-31/2024-04-30 10.00",
    ]);
    const restored = service(["2026-01-31", flat("a", "10", { billing: { anchor: 31 } })]);
    expect(due(restored, "2026-04-29")).toEqual([
      "2026-01-31/2026-02-28 10.00",
      "2026-02-28/2026-03-31 10.00",
      "2026-03-31/2026-04-30 10.00",
    ]);
  });

  test("P5: 160 with VAT 25 %, ended after 1 of 30 days", () =>
    expect(due(service(["2026-06-01", flat("a", "160", vat("25")), "2026-06-02"]), "2026-06-02")).toEqual([
      "2026-06-01/2026-07-01 160.00+40.00",
      "2026-06-02/2026-07-01 -154.67+-38.67",
    ]));

  test("P6: a week of 29.99 with tax of 23.33 %, ended after 1 of 7 days", () => {
    const weekly = flat("a", "29.99", vat("23.33"), { every: "week" });
    expect(due(service(["2026-06-01", weekly, "2026-06-02"]), "2026-06-02").at(1)).toBe("2026-06-02/2026-06-08 -25.71+-6.00");
  });

  test("P9 and P11: up to the account's billing day", () => {
    expect(due(service(["2026-09-16", flat("a", "24.95")], { billingDay: 25 }), "2026-09-24")).toEqual(["2026-09-16/2026-09-25 7.24"]);
    expect(due(service(["2026-09-25", flat("a", "24.95")], { billingDay: 17 }), "2026-10-16")).toEqual(["2026-09-25/2026-10-17 18.30"]);
  });

  test("P13: 23 May to 15 June costs 23 of 31 days, by the fixed month 22 of 30", () => {
    const may = (proration: string) =>
      service(["2026-05-23", flat("a", "30", { rounding: { decimals: 6 } }, { proration }), "2026-06-15"], { billingDay: 23 });
    expect(net(dueFees(may("actual_days"), [], at("2026-06-15")).lines)).toBe(22_258_065n); // 30 × 23/31 = 22.2580645…
    expect(net(dueFees(may("fixed_30"), [], at("2026-06-15")).lines)).toBe(22_000_000n);
  });

  test("P16: two plans share the period at the day of the change", () => {
    const changed = service(["2011-02-10", flat("a", "100"), "2011-02-24", flat("b", "200")], { billingDay: 10 });
    expect(due(changed, "2011-02-24")).toEqual([
      "2011-02-10/2011-03-10 100.00",
      "2011-02-24/2011-03-10 -50.00",
      "2011-02-24/2011-03-10 100.00",
    ]);
  });

  test("K8: a credit of 20 and then a charge of 100 leave 80 to pay", () => {
    const a = flat("a", "20", {}, { proration: "none" });
    const given = dueFees(service(["2026-01-01", a]), [], at("2026-01-01")).lines;
    const back = dueFees(service(["2026-01-01", flat("b", "100")]), given, at("2026-01-01")).lines;
    expect(inShort(back)).toEqual(["2026-01-01/2026-02-01 -20.00", "2026-01-01/2026-02-01 100.00"]);
    expect(money(net(back))).toBe("80.00");
  });

  test("a change on a billing day gives nothing back", () =>
    expect(due(service(["2026-01-01", flat("a", "10"), "2026-02-01", flat("b", "20")]), "2026-02-01")).toEqual([
      "2026-01-01/2026-02-01 10.00",
      "2026-02-01/2026-03-01 20.00",
    ]));

  test("several changes in a month charge each day once", () => {
    const [a, b, c] = [flat("a", "31"), flat("b", "62"), flat("c", "93")];
    const { lines } = dueFees(service(["2026-01-01", a, "2026-01-11", b, "2026-01-12", c, "2026-01-21", a]), [], at("2026-01-31"));
    expect(money(net(lines))).toBe("50.00".replace("50", String(10 + 2 + 27 + 11)));
  });

  test("a service that begins and ends on one day pays that day; one that never was pays nothing", () => {
    expect(money(net(dueFees(service(["2026-01-10", flat("a", "31"), "2026-01-11"]), [], at("2026-01-12")).lines))).toBe("1.00");
    expect(due(service(["2026-01-10", flat("a", "31"), "2026-01-10"]), "2026-01-12")).toEqual([]);
  });

  test("the version of the period's first day is pinned", () => {
    const dearer = plan("a", { "2026-01-01": { fees: [monthly("10")] }, "2026-01-15": { fees: [monthly("20")] } });
    expect(due(service(["2026-01-01", dearer]), "2026-02-01")).toEqual(["2026-01-01/2026-02-01 10.00", "2026-02-01/2026-03-01 20.00"]);
    const ended = service(["2026-01-01", dearer, "2026-01-21"]);
    expect(due(ended, "2026-01-21")).toEqual(["2026-01-01/2026-02-01 10.00", "2026-01-21/2026-02-01 -3.55"]);
  });

  test("a fee that a later version brings begins with it; one that it drops ends with its period", () => {
    const brings = plan("a", { "2026-01-01": { fees: [{ code: "x", name: "X", amount: "1" }] }, "2026-01-17": { fees: [monthly("31")] } });
    expect(due(service(["2026-01-01", brings]), "2026-02-01")).toEqual([
      "2026-01-01/2026-01-02 1.00",
      "2026-01-17/2026-02-01 15.00",
      "2026-02-01/2026-03-01 31.00",
    ]);
    const drops = plan("a", { "2026-01-01": { fees: [monthly("31")] }, "2026-01-17": { fees: [{ code: "x", name: "X", amount: "1" }] } });
    expect(due(service(["2026-01-01", drops]), "2026-05-01")).toEqual(["2026-01-01/2026-02-01 31.00"]);
  });

  test("a leap day is a day like any other", () => {
    expect(due(service(["2024-02-29", flat("a", "29")]), "2024-02-29")).toEqual(["2024-02-29/2024-03-01 1.00"]);
    expect(due(service(["2024-02-29", flat("a", "366", { billing: { anchor: "start" } }, { every: "year" })]), "2025-03-01")).toEqual([
      "2024-02-29/2025-02-28 366.00",
      "2025-02-28/2026-02-28 366.00",
    ]);
  });

  test("every fortnight, quarter and year", () => {
    expect(due(service(["2026-01-05", flat("a", "14", {}, { every: "week", count: 2 })]), "2026-01-27")).toHaveLength(3);
    expect(due(service(["2026-02-01", flat("a", "90", {}, { every: "quarter" })]), "2026-02-01")).toEqual(["2026-02-01/2026-04-01 59.00"]);
    expect(due(service(["2026-12-31", flat("a", "365", {}, { every: "year" })]), "2026-12-31")).toEqual(["2026-12-31/2027-01-01 1.00"]);
  });

  test("days begin and end in the plan's zone, also when the clock changes", () => {
    const kyiv = flat("a", "31", { zone: "Europe/Kyiv" });
    const of = service(["2026-03-29", kyiv]);
    expect(dueFees(of, [], Temporal.Instant.from("2026-03-28T21:59:59Z")).lines).toEqual([]);
    expect(dueFees(of, [], Temporal.Instant.from("2026-03-28T22:00:00Z"))).toMatchObject({
      next: Temporal.Instant.from("2026-03-31T21:00:00Z"),
    });
    expect(inShort(dueFees(of, [], Temporal.Instant.from("2026-03-28T22:00:00Z")).lines)).toEqual(["2026-03-29/2026-04-01 3.00"]);
  });
});

describe("other ways to charge", () => {
  test("P2: 910 a quarter in arrears, on the plan from 20 May to 20 June inclusive", () => {
    const quarterly = flat("a", "910", {}, { every: "quarter", charge: "arrears" });
    expect(due(service(["2026-05-20", quarterly, "2026-06-21"]), "2026-06-20")).toEqual([]);
    expect(due(service(["2026-05-20", quarterly, "2026-06-21"]), "2026-06-21")).toEqual(["2026-05-20/2026-06-21 320.00"]);
  });

  test("B13: 10 a month by day sum to 10", () => {
    for (const [month, days] of [
      ["2026-02", 28],
      ["2024-02", 29],
      ["2026-04", 30],
      ["2026-03", 31],
    ] as const) {
      const first = Temporal.PlainYearMonth.from(month).toPlainDate({ day: 1 });
      const daily = flat("a", "10", {}, { charge: "daily" });
      const { lines } = dueFees(service([first.toString(), daily]), [], at(`${month}-${days}`));
      expect(lines).toHaveLength(days);
      expect(net(lines)).toBe(10_000_000n);
    }
  });

  test("P17: a deposit of 20 pays 15 days of 40 a month of 30 days", () => {
    const { lines } = dueFees(service(["2026-06-01", flat("a", "40", {}, { charge: "daily" })]), [], at("2026-06-16"));
    const affords = (days: number) => net(lines.slice(0, days)) <= 20_000_000n;
    expect([affords(15), affords(16)]).toEqual([true, false]);
    expect(net(lines.slice(0, 15))).toBe(20_000_000n);
  });

  test("daily taxes are the tax of the sum", () => {
    const { lines } = dueFees(service(["2026-01-01", flat("a", "10", vat("20"), { charge: "daily" })]), [], at("2026-01-31"));
    expect([net(lines), gross(lines)]).toEqual([10_000_000n, 12_000_000n]);
  });

  test("days charged after an end that is written down later are given back", () => {
    const daily = flat("a", "31", {}, { charge: "daily" });
    const made = dueFees(service(["2026-01-01", daily]), [], at("2026-01-05")).lines;
    const { lines } = dueFees(service(["2026-01-01", daily, "2026-01-04"]), made, at("2026-01-05"));
    expect(inShort(lines)).toEqual(["2026-01-04/2026-01-05 -1.00", "2026-01-05/2026-01-06 -1.00"]);
  });

  test("no proration: a part costs the whole, and nothing is given back", () =>
    expect(due(service(["2026-01-20", flat("a", "31", {}, { proration: "none" }), "2026-01-22"]), "2026-01-25")).toEqual([
      "2026-01-20/2026-02-01 31.00",
    ]));

  test("round to the day: its price, rounded, times the days", () => {
    const rounded = flat("a", "10", {}, { proration: "rounded_day" });
    expect(due(service(["2026-01-22", rounded]), "2026-01-22")).toEqual(["2026-01-22/2026-02-01 3.20"]); // 10/31 → 0.32
    expect(money(net(dueFees(service(["2026-01-01", rounded, "2026-01-11"]), [], at("2026-01-11")).lines))).toBe("3.20");
  });

  test("a trial runs over a period's end, and longer than the service pays nothing", () => {
    const tried = flat("a", "31", {}, { trialDays: 14 });
    expect(due(service(["2026-01-25", tried]), "2026-02-08")).toEqual(["2026-02-08/2026-03-01 23.25"]);
    expect(due(service(["2026-01-25", tried, "2026-02-08"]), "2026-03-08")).toEqual([]);
  });

  test("once at the start, once at the end", () => {
    const both = plan("a", {
      "2026-01-01": {
        fees: [
          { code: "in", name: "Installation", amount: "25" },
          { code: "out", name: "Removal", amount: "9.99", at: "end" },
        ],
      },
    });
    expect(due(service(["2026-01-05", both, "2026-03-01"]), "2026-02-28")).toEqual(["2026-01-05/2026-01-06 25.00"]);
    expect(due(service(["2026-01-05", both, "2026-03-01"]), "2026-03-01")).toEqual([
      "2026-01-05/2026-01-06 25.00",
      "2026-02-28/2026-03-01 9.99",
    ]);
  });

  test("a later end moves the fee at the end", () => {
    const out = plan("a", { "2026-01-01": { fees: [{ code: "out", name: "Removal", amount: "9.99", at: "end" }] } });
    const made = dueFees(service(["2026-01-05", out, "2026-03-01"]), [], at("2026-03-02")).lines;
    expect(inShort(dueFees(service(["2026-01-05", out, "2026-02-01"]), made, at("2026-03-02")).lines)).toEqual([
      "2026-01-31/2026-02-01 9.99",
      "2026-02-28/2026-03-01 -9.99",
    ]);
  });
});

describe("what was charged stays", () => {
  test("nothing is due twice", () => {
    const of = service(["2026-01-08", flat("a", "50"), "2026-02-10", flat("b", "10")]);
    const made = dueFees(of, [], at("2026-03-15")).lines;
    expect(dueFees(of, made, at("2026-03-15")).lines).toEqual([]);
  });

  test("another billing day shortens the next period only", () => {
    const a = flat("a", "31");
    const made = dueFees(service(["2026-01-01", a]), [], at("2026-01-20")).lines;
    expect(inShort(dueFees(service(["2026-01-01", a], { billingDay: 10 }), made, at("2026-02-10")).lines)).toEqual([
      "2026-02-01/2026-02-10 9.00",
      "2026-02-10/2026-03-10 31.00",
    ]);
  });

  test("a customer who becomes exempt gets back the tax that was paid", () => {
    const a = flat("a", "30", vat("20"));
    const made = dueFees(service(["2026-06-01", a]), [], at("2026-06-01")).lines;
    expect(inShort(dueFees(service(["2026-06-01", a, "2026-06-11"], { taxExempt: true }), made, at("2026-06-11")).lines)).toEqual([
      "2026-06-11/2026-07-01 -20.00+-4.00",
    ]);
  });

  test("a plan that was replaced on its first day is given back whole, and charged again when it comes back", () => {
    const [a, b] = [flat("a", "30", vat("20")), flat("b", "60")];
    const first = dueFees(service(["2026-06-01", a]), [], at("2026-06-01")).lines;
    const second = dueFees(service(["2026-06-01", b]), first, at("2026-06-01")).lines;
    expect(inShort(second)).toEqual(["2026-06-01/2026-07-01 -30.00+-6.00", "2026-06-01/2026-07-01 60.00"]);
    const third = dueFees(service(["2026-06-01", a]), [...first, ...second], at("2026-06-01")).lines;
    expect(inShort(third)).toEqual(["2026-06-01/2026-07-01 -60.00", "2026-06-01/2026-07-01 30.00+6.00"]);
    expect(new Set([...first, ...second, ...third].map(({ key }) => key)).size).toBe(5);
  });
});
