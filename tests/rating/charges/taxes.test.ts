import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { type Taxes, taxOf } from "../../../core/rating/charges/taxes.ts";

const cents = { decimals: 2, mode: "half_up", exempt: false } as const;
const vat = (mode: "exclusive" | "inclusive", ...percents: string[]): Taxes => ({
  mode,
  rates: percents.map((percent, i) => ({ code: `t${i}`, name: "VAT", percent })),
});

describe("taxes", () => {
  test("without taxes the amount stays", () =>
    expect(taxOf(undefined, "a", 5_000_000n, cents)).toEqual({ amountMicros: 5_000_000n, taxMicros: 0n }));

  test("exclusive comes on top, and a credit has the same tax with the other sign", () => {
    expect(taxOf(vat("exclusive", "25"), "a", 154_670_000n, cents)).toEqual({ amountMicros: 154_670_000n, taxMicros: 38_670_000n });
    expect(taxOf(vat("exclusive", "25"), "a", -154_670_000n, cents)).toEqual({ amountMicros: -154_670_000n, taxMicros: -38_670_000n });
    expect(taxOf(vat("exclusive", "23.33"), "a", 25_710_000n, cents)).toEqual({ amountMicros: 25_710_000n, taxMicros: 6_000_000n });
  });

  test("inclusive is taken out", () =>
    expect(taxOf(vat("inclusive", "20"), "a", 10_000_000n, cents)).toEqual({ amountMicros: 8_330_000n, taxMicros: 1_670_000n }));

  test("an exempt customer pays the net", () => {
    expect(taxOf(vat("inclusive", "20"), "a", 12_000_000n, { ...cents, exempt: true })).toEqual({
      amountMicros: 10_000_000n,
      taxMicros: 0n,
    });
    expect(taxOf(vat("exclusive", "20"), "a", 12_000_000n, { ...cents, exempt: true })).toEqual({
      amountMicros: 12_000_000n,
      taxMicros: 0n,
    });
  });

  test("several rates add up before they are rounded, each on its codes", () => {
    const two: Taxes = {
      mode: "exclusive",
      rates: [
        { code: "vat", name: "VAT", percent: "20" },
        { code: "pf", name: "Fund", percent: "7.5", on: ["calls"] },
      ],
    };
    expect(taxOf(two, "calls", 1_000_000n, cents).taxMicros).toBe(280_000n);
    expect(taxOf(two, "line", 1_000_000n, cents).taxMicros).toBe(200_000n);
  });

  test("inclusive: net and tax are the gross, whatever the rates", () => {
    const seed = Date.now() % 1_000_000;
    console.info(`seed ${seed}`);
    fc.assert(
      fc.property(fc.bigInt(-(10n ** 12n), 10n ** 12n), fc.integer({ min: 0, max: 100_000 }), (amount, thousandths) => {
        const percent = `${Math.trunc(thousandths / 1000)}.${String(thousandths % 1000).padStart(3, "0")}`;
        const { amountMicros, taxMicros } = taxOf(vat("inclusive", percent), "a", amount, cents);
        expect(amountMicros + taxMicros).toBe(amount);
        const credit = taxOf(vat("inclusive", percent), "a", -amount, cents);
        expect(credit).toEqual({ amountMicros: -amountMicros, taxMicros: -taxMicros });
      }),
      { seed, numRuns: 2000 },
    );
  });
});
