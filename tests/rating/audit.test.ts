// Prices at the edges of the calendar and of rounding. The figures were worked out by a
// program that shares nothing with this one: in fractions, with another library of time zones.
import { describe, expect, test } from "bun:test";
import { type PlanDocumentInput, parsePlanDocument } from "../../core/catalog/plan-document.ts";
import { parseMicros } from "../../core/kernel/money.ts";
import { compilePlan } from "../../core/rating/compile-plan.ts";
import { quoteToJson } from "../../core/rating/quote-answer.ts";
import { parseQuotedUsage } from "../../core/rating/quote-document.ts";
import { quoteUsage } from "../../core/rating/quote-usage.ts";
import { type CaseUsage, call, perUnit, planWith, priced, traffic, used } from "./cases.ts";
import { step } from "./plans.ts";

type Days = { startedOn: string; endedOn?: string; billingDay?: number; taxExempt?: boolean };
type Amounts = { amount: string; tax: string };
type Answer = {
  usage: (Amounts & { billedSeconds?: number; period?: Amounts[] })[];
  statements?: { from: string; net: string; tax: string }[];
  total: string;
  tax: string;
};

function quoted(plan: PlanDocumentInput, usage: CaseUsage[], days?: { service?: Days; period?: { from: string; to: string } }): Answer {
  const parsed = parsePlanDocument(JSON.parse(JSON.stringify(plan)));
  const asked = parseQuotedUsage({ usage, ...days });
  if (!parsed.ok || !asked.ok) throw new Error(JSON.stringify([parsed, asked]));
  const segments = [{ fromMs: Number.NEGATIVE_INFINITY, plan: compilePlan(parsed.plan) }];
  return quoteToJson(quoteUsage(segments, asked.document, 0)) as unknown as Answer;
}

const micros = (text: string) => parseMicros(text) ?? 0n;
const amounts = ({ usage }: Answer) =>
  usage.map(({ amount, period = [] }) => [amount, ...period.map((one) => one.amount)].map(micros).reduce((a, b) => a + b));
const expected = (...texts: string[]) => texts.map(micros);

/** 0.60 a minute and 0.20 to connect; in the band 0.12 and 0.05. */
const withBand = (zone: string, windows: NonNullable<PlanDocumentInput["bands"]>[number]["windows"], incrementSec = 1) =>
  planWith({
    zone,
    bands: [{ code: "night", windows }],
    rates: [
      {
        prefix: "",
        destination: "Everywhere",
        connectFee: "0.2",
        steps: [step("0.6", 60, incrementSec)],
        bands: [{ band: "night", connectFee: "0.05", steps: [step("0.12", 60, incrementSec)] }],
      },
    ],
  });

describe("nights on which the clock is changed, and borders of days", () => {
  const nights: [
    zone: string,
    from: string,
    to: string,
    incrementSec: number,
    startedAt: string,
    seconds: number,
    amount: string,
    billed: number,
  ][] = [
    ["Europe/Kyiv", "03:00", "04:00", 1, "2026-03-29T00:30:00Z", 3600, "36.2", 3600],
    ["Europe/Kyiv", "03:00", "04:00", 60, "2026-10-24T23:50:00Z", 9000, "32.6", 9000],
    ["Europe/Kyiv", "03:30", "03:40", 7, "2026-10-25T00:25:13Z", 5000, "40.674", 5005],
    ["America/New_York", "02:00", "03:00", 1, "2026-03-08T06:59:00Z", 120, "1.4", 120],
    ["America/New_York", "01:00", "02:00", 60, "2026-11-01T04:59:30Z", 7300, "15.8", 7320],
    ["Australia/Lord_Howe", "02:00", "02:30", 1, "2026-10-03T15:20:00Z", 1800, "18.2", 1800],
    ["Australia/Lord_Howe", "01:30", "02:00", 1, "2026-04-04T14:29:00Z", 3700, "8.4", 3700],
    ["America/Sao_Paulo", "00:00", "01:00", 1, "2018-11-04T02:30:00Z", 3600, "36.2", 3600],
    ["America/Sao_Paulo", "23:00", "24:00", 30, "2018-02-18T00:30:00Z", 7200, "29", 7200],
    ["Pacific/Apia", "22:00", "06:00", 60, "2011-12-30T09:30:00Z", 3600, "7.25", 3600],
    ["Asia/Kolkata", "18:00", "22:00", 6, "2026-06-30T12:29:57Z", 61, "0.38", 66],
    ["America/St_Johns", "22:00", "06:00", 1, "2026-02-28T09:29:59Z", 2, "0.062", 2],
  ];
  for (const [zone, from, to, incrementSec, startedAt, seconds, amount, billed] of nights)
    test(`${zone}, ${from} to ${to}: ${seconds} s from ${startedAt}`, () => {
      const answer = quoted(withBand(zone, [{ from, to }], incrementSec), [call(seconds, { startedAt })]);
      expect(amounts(answer)).toEqual(expected(amount));
      expect(answer.usage[0]?.billedSeconds).toBe(billed);
    });

  const pastMidnight: [weekday: "fri" | "sat" | "sun" | "wed", startedAt: string, seconds: number, amount: string][] = [
    ["fri", "2026-09-11T21:59:30Z", 60, "0.56"],
    ["fri", "2026-09-12T05:59:30Z", 60, "0.41"],
    ["sat", "2026-09-12T01:00:00Z", 60, "0.8"],
    ["sun", "2026-09-13T22:00:00Z", 60, "0.17"],
    ["wed", "2026-09-30T23:59:00Z", 3600, "7.25"],
  ];
  for (const [weekday, startedAt, seconds, amount] of pastMidnight)
    test(`22:00 to 06:00 of ${weekday} alone: ${seconds} s from ${startedAt}`, () =>
      expect(
        amounts(quoted(withBand("UTC", [{ from: "22:00", to: "06:00", weekdays: [weekday] }]), [call(seconds, { startedAt })])),
      ).toEqual(expected(amount)));

  test("a window whose last day is the last of the month still runs past that midnight", () => {
    const plan = withBand("UTC", [{ from: "22:00", to: "06:00", toDate: "2026-09-30" }]);
    const calls = [60, 120, 22_000].map((seconds) => call(seconds, { startedAt: "2026-09-30T23:59:00Z" }));
    expect(amounts(quoted(plan, calls))).toEqual(expected("0.17", "0.29", "46.77"));
  });
});

describe("rounding at ties, and figures of any size", () => {
  const modes = [
    ["half_up", ["0.13", "0.14", "0", "0.01", "1"]],
    ["half_even", ["0.12", "0.14", "0", "0", "1"]],
    ["up", ["0.13", "0.14", "0.01", "0.01", "1.01"]],
    ["down", ["0.12", "0.13", "0", "0", "1"]],
  ] as const;
  for (const [mode, rounded] of modes)
    test(mode, () => {
      const plan = planWith({ rounding: { decimals: 2, mode }, usage: [priced(perUnit("1"))] });
      const quantities = ["0.125", "0.135", "0.0049999", "0.005", "1.0000001"];
      expect(
        amounts(
          quoted(
            plan,
            quantities.map((one) => used(one)),
          ),
        ),
      ).toEqual(expected(...rounded));
    });

  test("a millionth of a millionth, and a trillion", () => {
    const tiny = planWith({ usage: [priced(perUnit("0.000000000001"))] });
    expect(
      amounts(
        quoted(
          tiny,
          ["499999", "500000", "999999999999999999"].map((one) => used(one)),
        ),
      ),
    ).toEqual(expected("0", "0.000001", "1000000"));
    const huge = planWith({ usage: [priced(perUnit("999999999999.999999999999"))] });
    expect(quoted(huge, [used("999999")]).total).toBe("999998999999999999.999999");
  });
});

describe("the most that usage costs", () => {
  const cents = { decimals: 2 };
  const maxCost = { amount: "0.10", strategy: "disconnect" } as const;

  test("pays for increments in full, before anything is rounded, by the deck as by a component", () => {
    const deck = planWith({ rounding: cents, rates: [{ prefix: "", destination: "Everywhere", maxCost, steps: [step("0.01", 60, 1)] }] });
    const price = perUnit("0.01", { maxCost }, { per: "60", increment: "1" });
    const component = planWith({ rounding: cents, usage: [priced(price, { of: "call", metric: "seconds" })] });
    for (const plan of [deck, component]) expect(quoted(plan, [call(3600)]).usage).toMatchObject([{ amount: "0.10", billedSeconds: 600 }]);
  });

  test("an amount that is rounded down pays for no more", () => {
    const rates = [{ prefix: "", destination: "Everywhere", maxCost: { ...maxCost, amount: "10" }, steps: [step("0.7", 1, 1)] }];
    const plan = planWith({ rounding: { decimals: 0, mode: "down" }, rates });
    expect(quoted(plan, [call(60)]).usage).toMatchObject([{ amount: "9", billedSeconds: 14 }]);
  });

  test("is above the least", () => {
    const price = perUnit("1", { minimumCharge: "12", maxCost: { amount: "10", strategy: "free" } });
    expect(amounts(quoted(planWith({ usage: [priced(price)] }), [used("1"), used("11"), used("13")]))).toEqual(expected("10", "10", "10"));
  });

  test("a percentage's least, most and free events", () => {
    const price = { shape: "percentage", percent: "10", minimumCharge: "1", maximumCharge: "5", freeEvents: 1 } as const;
    const events = ["1000", "1", "1000", "20"].map((one) => used(one));
    expect(amounts(quoted(planWith({ usage: [priced(price)] }), events))).toEqual(expected("0", "1", "5", "2"));
  });
});

describe("totals of a period", () => {
  const gigabytes = { of: "traffic", unit: { name: "GB", size: "1000000000" }, per: "period", aggregate: "prevailing_direction" } as const;
  const GB = 1_000_000_000;
  const { metric: _, ...component } = priced(perUnit("1", {}, { increment: "1" }), gigabytes);

  test("the direction that prevails changes", () => {
    const answer = quoted(planWith({ usage: [component] }), [
      traffic(`${GB / 2}`, "0"),
      traffic("0", `${1.5 * GB}`),
      traffic(`${2 * GB}`, `${GB}`),
    ]);
    expect(amounts(answer)).toEqual(expected("1", "1", "1"));
  });

  test("of what isn't used at all: the flat fees of first tiers, and a capacity's first price", () => {
    const period = { per: "period" } as const;
    const graduated = {
      shape: "graduated",
      tiers: [
        { upTo: "10", price: "1", flat: "5" },
        { price: "2", flat: "7" },
      ],
    } as const;
    const usage = [
      priced(graduated as never, period),
      priced({ shape: "volume", tiers: [{ price: "1", flat: "3" }] }, { ...period, code: "volume" }),
      priced({ shape: "graduated_percentage", tiers: [{ percent: "1", flat: "0.5" }] }, { ...period, code: "percent" }),
      priced({ shape: "capacity", tiers: [{ price: "11" }] }, { ...period, code: "peak", aggregate: "max" }),
    ];
    expect(quoted(planWith({ usage }), [], { period: { from: "2026-09-01", to: "2026-10-01" } }).total).toBe("19.500000");
  });
});

describe("fees at the edges of months and years", () => {
  type FeeParts = Partial<NonNullable<PlanDocumentInput["fees"]>[number]>;
  type Case = [says: string, fee: FeeParts, days: Days & { from?: string; to: string }, nets: string[], plan?: Partial<PlanDocumentInput>];
  const atStart = { billing: { anchor: "start" } } as const;
  const cases: Case[] = [
    ["28 January of a leap year", {}, { startedOn: "2024-01-28", to: "2024-03-01" }, ["2024-01-01 12.90", "2024-02-01 100.00"]],
    [
      "29 January, anchored at the start",
      {},
      { startedOn: "2023-01-29", to: "2023-03-30" },
      ["2023-01-29 100.00", "2023-02-28 100.00", "2023-03-29 100.00"],
      atStart,
    ],
    [
      "31 January, billing day 30",
      {},
      { startedOn: "2024-01-31", billingDay: 30, to: "2024-03-31" },
      ["2024-01-30 96.67", "2024-02-29 100.00", "2024-03-30 100.00"],
    ],
    [
      "billing day 31, fixed month",
      { proration: "fixed_30" },
      { startedOn: "2023-02-15", billingDay: 31, to: "2023-04-01" },
      ["2023-01-31 50.00", "2023-02-28 100.00", "2023-03-31 100.00"],
    ],
    ["29 February, fixed month", { proration: "fixed_30" }, { startedOn: "2024-02-29", to: "2024-03-01" }, ["2024-02-01 6.67"]],
    ["28 February, fixed month", { proration: "fixed_30" }, { startedOn: "2023-02-28", to: "2023-03-01" }, ["2023-02-01 10.00"]],
    ["31 January, fixed month", { proration: "fixed_30" }, { startedOn: "2024-01-31", to: "2024-02-01" }, ["2024-01-01 3.33"]],
    ["the price of a rounded day", { proration: "rounded_day" }, { startedOn: "2024-02-10", to: "2024-03-01" }, ["2024-02-01 69.00"]],
    [
      "whole, whatever the days",
      { proration: "none" },
      { startedOn: "2024-02-29", endedOn: "2024-03-02", to: "2024-03-31" },
      ["2024-02-01 100.00", "2024-03-01 100.00"],
    ],
    ...(["arrears", "advance"] as const).map(
      (charge): Case => [
        `in ${charge}, ended in the second month`,
        { charge },
        { startedOn: "2024-01-20", endedOn: "2024-02-29", to: "2024-03-01" },
        ["2024-01-01 38.71", "2024-02-01 96.55"],
      ],
    ),
    [
      "rounded days, ended in the second month",
      { proration: "rounded_day" },
      { startedOn: "2024-01-20", endedOn: "2024-02-29", to: "2024-03-01" },
      ["2024-01-01 38.76", "2024-02-01 96.60"],
    ],
    [
      "day by day over the short night",
      { charge: "daily", amount: "10" },
      { startedOn: "2026-03-28", endedOn: "2026-03-31", to: "2026-04-01" },
      ["2026-03-01 0.97"],
    ],
    [
      "day by day over the long night",
      { charge: "daily", amount: "10" },
      { startedOn: "2026-10-24", endedOn: "2026-10-27", to: "2026-11-01" },
      ["2026-10-01 0.97"],
    ],
    [
      "day by day of a fixed month, all of February",
      { charge: "daily", proration: "fixed_30", amount: "10" },
      { startedOn: "2023-02-01", to: "2023-03-01" },
      ["2023-02-01 10.00"],
    ],
    [
      "a quarter from a day of it",
      { every: "quarter" },
      { startedOn: "2024-02-29", to: "2024-07-01" },
      ["2024-01-01 35.16", "2024-04-01 100.00"],
      { billing: { period: "quarter" } },
    ],
    [
      "a leap year from 29 February",
      { every: "year" },
      { startedOn: "2024-02-29", to: "2025-02-01" },
      ["2024-01-01 83.88", "2025-01-01 100.00"],
      { billing: { period: "year" } },
    ],
    [
      "a year anchored at 29 February, a day short",
      { every: "year" },
      { startedOn: "2024-02-29", endedOn: "2025-02-27", to: "2025-02-01" },
      ["2024-02-29 99.73"],
      { billing: { period: "year", anchor: "start" } },
    ],
    ["a fortnight from a Wednesday", { every: "week", count: 2 }, { startedOn: "2026-09-16", to: "2026-10-01" }, ["2026-09-01 135.71"]],
    [
      "a trial that ends inside the month",
      { trialDays: 14 },
      { startedOn: "2024-01-25", to: "2024-03-01" },
      ["2024-01-01 0.00", "2024-02-01 75.86"],
    ],
    [
      "a trial as long as the stay",
      { trialDays: 30 },
      { startedOn: "2024-01-25", endedOn: "2024-02-24", to: "2024-03-01" },
      ["2024-01-01 0.00", "2024-02-01 0.00"],
    ],
    [
      "half even at a tie",
      { amount: "0.25" },
      { startedOn: "2024-01-01", to: "2024-02-01" },
      ["2024-01-01 0.2"],
      { rounding: { decimals: 1, mode: "half_even" } },
    ],
  ];
  for (const [says, parts, { from, to, ...service }, nets, more] of cases)
    test(says, () => {
      const fee = { code: "fee", name: "Fee", amount: "100.00", every: "month", ...parts } as const;
      const plan = planWith({ zone: "Europe/Kyiv", rounding: { decimals: 2 }, fees: [fee], ...more });
      const { statements } = quoted(plan, [], { service, period: { from: from ?? service.startedOn, to } });
      expect(statements?.map((one) => `${one.from} ${one.net}`)).toEqual(nets);
    });
});

describe("taxes, discounts and the minimum together", () => {
  const taxes = (mode: "inclusive" | "exclusive") => ({ mode, rates: [{ code: "vat", name: "VAT", percent: "20" }] });
  const monthly = (amount: string) => [{ code: "fee", name: "Fee", amount, every: "month" as const }];
  const off = (parts: { percent: string } | { amount: string }) => [{ code: "off", name: "Off", ...parts }];
  const metered = [priced(perUnit("1"))];
  const minimum = { amount: "10" };
  const cases: [says: string, parts: Partial<PlanDocumentInput>, units: string | undefined, total: string, tax: string, exempt?: true][] = [
    [
      "10 % off a price with tax in it",
      { fees: monthly("120"), discounts: off({ percent: "10" }), taxes: taxes("inclusive") },
      undefined,
      "90.00",
      "18.00",
    ],
    [
      "an amount off a price with tax in it",
      { fees: monthly("100"), discounts: off({ amount: "10" }), taxes: taxes("inclusive") },
      undefined,
      "75.00",
      "15.00",
    ],
    [
      "the same for who pays no tax",
      { fees: monthly("120"), discounts: off({ amount: "12" }), taxes: taxes("inclusive") },
      undefined,
      "90.00",
      "0.00",
      true,
    ],
    ["a minimum with tax in it", { usage: metered, minimum, taxes: taxes("inclusive") }, "6", "8.33", "1.67"],
    ["the same for who pays no tax", { usage: metered, minimum, taxes: taxes("inclusive") }, "6", "8.33", "0.00", true],
    ["a discount of more than there is", { usage: metered, discounts: off({ percent: "150" }) }, "5", "0.00", "0.00"],
    ["the minimum is of what the discount leaves", { usage: metered, minimum, discounts: off({ amount: "3" }) }, "5", "10.00", "0.00"],
    [
      "7 × 400, less 1500, and a charge of 25, by 25 %",
      {
        usage: [priced(perUnit("400"))],
        fees: [{ code: "paper", name: "Paper", amount: "25" }],
        discounts: [{ code: "off", name: "Returned", amount: "1500", on: ["use"] }],
        taxes: { mode: "exclusive", rates: [{ code: "vat", name: "VAT", percent: "25" }] },
      },
      "7",
      "1325.00",
      "331.25",
    ],
  ];
  for (const [says, parts, units, total, tax, exempt] of cases)
    test(`${says}${exempt ? ": net alone" : ""}`, () => {
      const days = { service: { startedOn: "2026-09-01", taxExempt: exempt ?? false }, period: { from: "2026-09-01", to: "2026-10-01" } };
      const answer = quoted(planWith({ rounding: { decimals: 2 }, ...parts }), units === undefined ? [] : [used(units)], days);
      expect(answer).toMatchObject({ total, tax });
    });
});
