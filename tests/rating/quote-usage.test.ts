// The worked cases through `mb quote`, and what a quote answers beyond single usage.
import { afterAll, describe, expect, test } from "bun:test";
import { formatMicros, parseMicros } from "../../core/kernel/money.ts";
import { type Amounts, quoteOnFiles } from "../support/mb-quote.ts";
import { perUnit, planWith, priced, ratingCases, traffic, used } from "./cases.ts";

const { file, mb, quoted, plansOf, remove } = quoteOnFiles();
afterAll(remove);

const micros = (...amounts: readonly Amounts[]) =>
  amounts.reduce((sum, { amount, tax }) => sum + (parseMicros(amount) ?? 0n) + (parseMicros(tax) ?? 0n), 0n);

describe("worked cases as a quote", () => {
  for (const one of ratingCases)
    test(`${one.id}: ${one.says}`, async () => {
      const service = { startedOn: "2026-01-01", ...one.service };
      const answer = await quoted(plansOf(one), { service, usage: one.usage });
      const each = answer.usage.map((line) => (line.ok ? formatMicros(micros(line, ...(line.period ?? [])), 0) : line.code));
      expect(each).toEqual([...one.each]);
      expect(formatMicros(parseMicros(answer.gross) ?? 0n, 0)).toBe(one.total);
      for (const line of answer.usage) expect("explanation" in line && line.explanation.length).toBeGreaterThan(0);
    });
});

describe("a statement", () => {
  const litres = (price: object, fee = "30") =>
    file(
      planWith({
        usage: [priced(price as never, { per: "period", aggregate: "sum" })],
        fees: [{ code: "line", name: "Line", amount: fee, every: "month" }],
      }),
    );
  const september = { from: "2026-09-01", to: "2026-10-01" };
  const grossOf = async (plan: string, usage: unknown[], more: object = {}) => {
    const { statements } = await quoted([plan], { service: { startedOn: "2026-01-01" }, period: september, usage, ...more });
    expect(statements).toHaveLength(1);
    return statements[0]?.gross;
  };
  const tiers = [{ upTo: "1000", price: "1.5" }, { price: "2.0" }];

  test("K4: with the fee, all tiers and the top tier", async () => {
    const [all, top] = [litres({ shape: "graduated", tiers }), litres({ shape: "volume", tiers })];
    const amounts = [];
    for (const plan of [all, top]) for (const quantity of ["400", "1200"]) amounts.push(await grossOf(plan, [used(quantity)]));
    expect(amounts).toEqual(["630.000000", "1930.000000", "630.000000", "2430.000000"]);
  });

  test("K5: capacity with the fee", async () => {
    const plan = litres({ shape: "capacity", tiers: [{ upTo: "1000", price: "750" }, { price: "500" }] });
    expect([await grossOf(plan, [used("400")]), await grossOf(plan, [used("1200")])]).toEqual(["780.000000", "530.000000"]);
  });

  test("L27: a minimum with its true-up, by days", async () => {
    const plan = file(planWith({ rounding: { decimals: 2 }, usage: [priced(perUnit("8"))], minimum: { amount: "10.00" } }));
    const { statements } = await quoted([plan], {
      service: { startedOn: "2026-02-04" },
      period: { from: "2026-02-01", to: "2026-03-01" },
      usage: [used("1", "2026-02-10")],
    });
    expect(statements[0]).toMatchObject({ net: "8.93", charges: [{ kind: "minimum", amount: "0.93" }] });
  });

  test("P1: a fee in advance from the eighth, with VAT", async () => {
    const plan = file(
      planWith({
        rounding: { decimals: 2 },
        fees: [{ code: "line", name: "Line", amount: "50.00", every: "month" }],
        taxes: { mode: "exclusive", rates: [{ code: "vat", name: "VAT", percent: "20" }] },
      }),
    );
    const period = { from: "2026-01-01", to: "2026-02-01" };
    const { statements } = await quoted([plan], { service: { startedOn: "2026-01-08" }, period, usage: [] });
    expect(statements[0]).toMatchObject({ net: "38.71", tax: "7.74", gross: "46.45" });
  });

  test("has the flat fee of a component that nobody used, and none twice", async () => {
    const plan = litres({ shape: "graduated", tiers: [{ price: "1", flat: "2" }] }, "0");
    expect([await grossOf(plan, []), await grossOf(plan, [used("1"), used("1")])]).toEqual(["2.000000", "4.000000"]);
  });

  test("is one for each billing period that the days touch", async () => {
    const plan = litres({ shape: "graduated", tiers }, "30");
    const { statements } = await quoted([plan], {
      service: { startedOn: "2026-01-01", billingDay: 10 },
      period: september,
      usage: [used("1", "2026-09-09"), used("2", "2026-09-10")],
    });
    expect(statements.map(({ from, to, net }) => [from, to, net])).toEqual([
      ["2026-08-10", "2026-09-10", "31.500000"],
      ["2026-09-10", "2026-10-10", "33.000000"],
    ]);
  });
});

describe("a paper", () => {
  const plan = (mode: "exclusive" | "inclusive", on?: string[]) =>
    file(
      planWith({
        rounding: { decimals: 2 },
        usage: [priced(perUnit("10"))],
        fees: [{ code: "rent", name: "Rent", amount: "30", every: "month" }],
        taxes: { mode, rates: [{ code: "vat", name: "VAT", percent: "25", ...(on ? { on } : {}) }] },
      }),
    );
  const paper = {
    lines: [
      { quantity: "7", price: "400" },
      { quantity: "-3", price: "500" },
    ],
    charges: [{ code: "delivery", amount: "25" }],
  };

  test("D1: lines, what comes back, a charge of the whole, and the tax on the sum", async () => {
    const answer = await quoted([plan("exclusive")], { usage: [], paper });
    expect(answer.paper).toEqual({ lines: "1300.00", net: "1325.00", taxable: "1325.00", tax: "331.25", payable: "1656.25" });
    expect(answer).toMatchObject({ total: "1325.00", gross: "1656.25" });
    const { out } = await mb("quote", "--plan-file", plan("exclusive"), "--usage", file({ usage: [], paper }));
    expect(out).toContain("Paper: lines 1300.00 EUR, with its charges 1325.00 EUR\n   Tax on 1325.00 EUR: 331.25 EUR, to pay 1656.25 EUR");
  });

  test("has what usage, or a period with its fees, costs among its lines, and taxes where they are on", async () => {
    const usage = [used("1"), used("2")];
    expect((await quoted([plan("exclusive", ["use"])], { usage, paper })).paper).toMatchObject({
      lines: "1330.00",
      taxable: "30.00",
      tax: "7.50",
    });
    const period = { from: "2026-09-01", to: "2026-10-01" };
    const service = { startedOn: "2026-01-01" };
    const rented = await quoted([plan("exclusive")], { service, period, usage, paper: {} });
    expect(rented.paper).toMatchObject({ lines: "60.00", tax: "15.00", payable: "75.00" });
    const exempt = await quoted([plan("exclusive")], { service: { taxExempt: true }, usage, paper });
    expect(exempt.paper).toMatchObject({ tax: "0.00", payable: "1355.00" });
  });

  test("rounds its tax once, and not by line", async () => {
    const answer = await quoted([plan("exclusive")], { usage: [], paper: { lines: [{ price: "0.02" }, { price: "0.02" }] } });
    expect(answer.paper).toMatchObject({ tax: "0.01" });
    await expect(quoted([plan("inclusive")], { usage: [], paper })).rejects.toThrow("use a plan with exclusive taxes");
    await expect(quoted([plan("exclusive")], { usage: [], paper: { lines: [{ quantity: "x", price: "1" }] } })).rejects.toThrow(
      "for what comes back",
    );
    await expect(quoted([plan("exclusive")], { usage: [], paper: {} })).rejects.toThrow("a `paper` with lines or charges");
  });
});

describe("what a quote answers", () => {
  test("the evidence of a 95th percentile: how many five minutes, which one decides, which are discarded", async () => {
    const plan = file(
      planWith({
        usage: [
          {
            code: "line",
            of: "traffic",
            per: "period",
            aggregate: "percentile_95",
            unit: { name: "Mbit/s", size: "1000000" },
            price: perUnit("10"),
          },
        ],
      }),
    );
    // 433 of September's 8640 five minutes have traffic; 432 are discarded. The smallest, 37,500,000 octets, is 1 Mbit/s.
    const usage = Array.from({ length: 433 }, (_, i) =>
      traffic(String(37_500_000 * (i + 1)), "0", { startedAt: new Date(Date.parse("2026-09-01T00:00:00Z") + i * 300_000).toISOString() }),
    );
    const answer = await quoted([plan], { usage });
    expect(answer.gross).toBe("10.000000");
    expect(answer.periods[0]?.explanation).toContain(
      "In: of 8640 five minutes (433 with traffic) the 432 largest are discarded; number 8208 in ascending order, 2026-09-01T00:00:00Z, has 1000000 bit/s",
    );
  });

  test("bundles drawn and left, for a person too", async () => {
    const plan = file(
      planWith({
        usage: [priced(perUnit("0.5"))],
        bundles: [{ code: "units", of: "event", metric: "quantity", quantity: "50", validity: { kind: "period" } }],
      }),
    );
    const usage = file([used("24"), used("50")]);
    const { out, exitCode } = await mb("quote", "--plan-file", plan, "--usage", usage);
    expect(exitCode).toBe(0);
    expect(out).toContain(
      "1. use, 24 quantity: 0.000000 EUR\n   Out of units, granted 2026-09-01: there were 50 quantity, it takes 24, 26 left",
    );
    expect(out).toContain("2. use, 50 quantity: 12.000000 EUR");
    expect(out).toContain("Bundles\n   units, granted 2026-09-01: 50 quantity taken, 0 left");
    expect(out).toEndWith("Total: 12.000000 EUR for 2 of 2 records");
  });

  test("usage before the first version has no price", async () => {
    const plan = `${file(planWith({ usage: [priced(perUnit("1"))] }))}@2026-09-11T00:00:00Z`;
    const answer = await quoted([plan], [used("1", "2026-09-10"), used("1", "2026-09-11")]);
    expect(answer.usage).toMatchObject([{ ok: false, code: "no_plan" }, { ok: true }]);
  });
});

describe("bad usage", () => {
  const plan = file(planWith({ usage: [priced(perUnit("1"))] }));
  const bad: [what: string, usage: unknown, says: RegExp][] = [
    ["another kind", { kind: "water" }, /kind must have as `kind` one of call, session, traffic, message or event, not "water"/],
    ["octets below zero", [{ kind: "session", octetsIn: -1 }], /\[0\]\.octetsIn must be a whole number of octets/],
    ["metrics as numbers", [{ kind: "event", type: "x", metrics: { litres: 1.5 } }], /\[0\]\.metrics\.litres is the JSON number 1\.5; put/],
    ["no address", [{ kind: "traffic", remote: { address: "300.0.0.1" } }], /\[0\]\.remote\.address must be an IP address/],
    ["a period that ends before it begins", { period: { from: "2026-02-01", to: "2026-01-01" }, usage: [] }, /period must not end/],
    [
      "a billing day of 32",
      { service: { billingDay: 32 }, usage: [{ destination: "1", seconds: 1 }] },
      /service\.billingDay must be a whole/,
    ],
    ["a document without usage", { service: {} }, /usage is missing/],
    ["a misspelt field", { kind: "message", destination: "1", mesages: 1 }, /mesages is not a known field/],
  ];
  for (const [what, usage, says] of bad)
    test(`${what} is refused with its place`, async () => {
      const { exitCode, err } = await mb("quote", "--plan-file", plan, "--usage", file(usage));
      expect(err).toMatch(says);
      expect(exitCode).toBe(2);
    });

  test("two versions without an instant, or with one, are told apart", async () => {
    const usage = file([used("1")]);
    expect((await mb("quote", "--plan-file", plan, "--plan-file", plan, "--usage", usage)).err).toMatch(/say from when/);
    const at = `${plan}@2026-01-01T00:00:00Z`;
    expect((await mb("quote", "--plan-file", at, "--plan-file", at, "--usage", usage)).err).toMatch(/same instant/);
    const never = `${plan}@2026-02-30T00:00:00Z`;
    expect(await mb("quote", "--plan-file", plan, "--plan-file", never, "--usage", usage)).toMatchObject({
      err: expect.stringContaining("is no instant"),
      exitCode: 2,
    });
    const dollars = `${file({ ...planWith({ usage: [priced(perUnit("1"))] }), currency: "USD" })}@2026-01-01T00:00:00Z`;
    expect((await mb("quote", "--plan-file", plan, "--plan-file", dollars, "--usage", usage)).err).toMatch(
      /different currencies, EUR and USD/,
    );
  });

  test("the schema of usage is printed", async () => {
    const { out, exitCode } = await mb("schema", "usage");
    expect(exitCode).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      title: "MediaBilling usage to be quoted",
      $schema: "https://json-schema.org/draft/2020-12/schema",
    });
  });
});
