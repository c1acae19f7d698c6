import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import {
  ageSec,
  ageText,
  amountText,
  bytesText,
  clockText,
  compactText,
  dateText,
  dateTimeText,
  durationText,
  integerText,
  minorDigits,
  moneyText,
  percentText,
  timeText,
} from "../../core/kernel/display.ts";

const plain = (text: string) => text.replaceAll("\u00a0", " ");
const kyiv = { zone: "Europe/Kyiv", locale: "en-GB" };

describe("money", () => {
  test("shows every micro that is there, and at least the currency's minor digits", () => {
    const text = (micros: bigint) => plain(amountText(micros, "UAH", { locale: "en-GB" }));
    expect([text(-74_400_000n), text(2_318_125_000n), text(1n), text(0n)]).toEqual(["−74.40", "2 318.125", "0.000001", "0.00"]);
  });

  test("of a summary is rounded to the minor unit, half away from zero, and never shows minus nothing", () => {
    const text = (micros: bigint, currency = "UAH") => plain(moneyText(micros, currency, { locale: "en-GB", digits: "minor" }));
    expect([text(2_318_125_000n), text(-5_000n), text(-4_999n)]).toEqual(["2 318.13 UAH", "−0.01 UAH", "0.00 UAH"]);
    expect(text(1_500_000n, "JPY")).toBe("2 JPY");
    expect([minorDigits("KWD"), minorDigits("not a code")]).toEqual([3, 2]);
  });

  test("is exact where a float is not", () => {
    expect(plain(amountText(999_999_999_999_999_999n, "UAH", { locale: "en-GB" }))).toBe("999 999 999 999.999999");
    fc.assert(
      fc.property(fc.bigInt({ min: -(10n ** 18n) + 1n, max: 10n ** 18n - 1n }), (micros) => {
        const [units, fraction = ""] = amountText(micros, "UAH", { locale: "en-GB" }).replaceAll("\u00a0", "").replace("−", "-").split(".");
        expect(BigInt(`${units}${fraction.padEnd(6, "0")}`)).toBe(micros);
      }),
    );
  });

  test("follows the locale's decimal sign and puts a plus before a gain when asked", () => {
    expect(plain(moneyText(2_000_000_000n, "UAH", { locale: "uk", signed: true }))).toBe("+2 000,00 UAH");
    expect(plain(amountText(0n, "UAH", { locale: "uk", signed: true }))).toBe("0,00");
  });
});

test("counts are grouped alike in every locale, whatever their size", () => {
  expect(["en-US", "de", "de-CH", "uk"].map((locale) => plain(integerText(12_480n, locale)))).toEqual(Array(4).fill("12 480"));
  expect(plain(integerText(12_345_678_901_234_567_890n, "en-GB"))).toBe("12 345 678 901 234 567 890");
});

test("ticks of an axis are short and exact", () => {
  const ticks = [2_000_000_000n, 500_000n, 20n, 0n, -1_500_000_000n];
  expect(ticks.map((tick) => compactText(tick, 1_000_000n, "en-GB"))).toEqual(["2k", "0.5", "0.00002", "0", "−1.5k"]);
  expect(compactText(18_300n, 1n, "en-US")).toBe("18.3K");
});

test("traffic is in decimal units, cut and not rounded up", () => {
  expect([0n, 999n, 1000n, 148_299_999_999n, -1_550n].map((bytes) => plain(bytesText(bytes, "en-GB")))).toEqual([
    "0 B",
    "999 B",
    "1 kB",
    "148.2 GB",
    "−1.5 kB",
  ]);
});

test("shares are rounded half up to a tenth of a per cent, and have no value without a whole", () => {
  expect(plain(percentText(62n, 1000n, "en-GB"))).toBe("6.2 %");
  expect(plain(percentText(-1n, 3n, "en-GB", true))).toBe("−33.3 %");
  expect(plain(percentText(-1n, 100_000n, "en-GB"))).toBe("0 %");
  expect(percentText(1n, 0n, "en-GB")).toBe("–");
});

test("durations say their two largest units, without a zero", () => {
  expect([0, 48, 75, 3600, 22_320n, 90_061].map((seconds) => plain(durationText(seconds)))).toEqual([
    "0 s",
    "48 s",
    "1 min 15 s",
    "1 h",
    "6 h 12 min",
    "1 d 1 h",
  ]);
  expect([22, 75, 22_320].map(clockText)).toEqual(["0:22", "1:15", "6:12:00"]);
});

describe("time", () => {
  test("is in the provider's zone, from what the database returns as well as from ISO 8601", () => {
    expect(dateTimeText("2026-10-31 22:00:00+00", kyiv)).toBe("1 Nov 2026 00:00");
    expect(dateTimeText("2026-10-31T22:00:05.9Z", kyiv, Temporal.Instant.from("2026-11-23T14:00:00Z"), true)).toBe("1 Nov 00:00:05");
    expect(timeText("2026-03-29T01:00:00Z", kyiv)).toBe("04:00");
  });

  test("of a plain day does not move with the zone", () => {
    expect(dateText("2026-11-01", { zone: "America/Los_Angeles", locale: "en-GB" })).toBe("1 Nov 2026");
    expect(dateText(Temporal.Instant.from("2026-10-31T22:00:00Z"), { zone: "Europe/Kyiv", locale: "uk" })).toBe("1 Nov 2026");
  });

  test("ages are whole and never negative", () => {
    const now = Temporal.Instant.from("2026-11-23T14:45:00Z");
    expect(plain(ageText(ageSec("2026-11-23 14:33:00+00", now)))).toBe("12 min");
    expect([-3, 1, 7200, 90_000].map((seconds) => plain(ageText(seconds)))).toEqual(["0 s", "1 s", "2 h", "1 d"]);
  });
});
