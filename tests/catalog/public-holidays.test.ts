// Which days are public holidays, and what a plan is told about a place that has none that are known.
import { describe, expect, test } from "bun:test";
import { holidayTest } from "../../core/catalog/document/public-holidays.ts";
import { parsePlanDocument } from "../../core/catalog/plan-document.ts";

const issues = (holidays: object) => {
  const parsed = parsePlanDocument({
    schema: "mediabilling/plan@1",
    kind: "telephone",
    name: "Home",
    currency: "UAH",
    holidays,
    rates: [{ prefix: "", destination: "Everywhere", steps: [{ fromSec: 0, price: "1", perSec: 60, incrementSec: 60 }] }],
  });
  return parsed.ok ? [] : parsed.issues;
};

describe("public holidays", () => {
  test("of several days are all of their days; one from noon on is none", () => {
    const saudi = holidayTest({ country: "SA", also: [], not: [] });
    expect(["2026-03-18", "2026-03-19", "2026-03-22", "2026-03-23"].map(saudi)).toEqual([false, true, true, false]);
    const iceland = holidayTest({ country: "IS", also: [], not: [] });
    expect(["2026-12-24", "2026-12-25"].map(iceland)).toEqual([false, true]);
    // 25 hours long in Haiti, where clocks change on that day.
    const haiti = holidayTest({ country: "HT", also: [], not: [] });
    expect(["2026-11-01", "2026-11-03"].map(haiti)).toEqual([true, false]);
  });

  test("observances and bank holidays are none", () =>
    expect(["2026-12-24", "2026-12-25"].map(holidayTest({ country: "DE", also: [], not: [] }))).toEqual([false, true]));

  test("`not` wins over `also`; without a country only they count", () => {
    const isHoliday = holidayTest({ also: ["2026-03-03", "2026-03-04"], not: ["2026-03-04"] });
    expect(["2026-03-03", "2026-03-04", "2026-12-25"].map(isHoliday)).toEqual([true, false, false]);
    expect(holidayTest(undefined)("2026-12-25")).toBe(false);
  });
});

describe("a place whose holidays are not known", () => {
  test("is refused, with the choice", () => {
    expect(issues({ country: "XX" })).toEqual([{ path: "holidays.country", message: "is a country whose public holidays are not known" }]);
    expect(issues({ country: "DE", state: "ZZ" })).toMatchObject([{ path: "holidays.state", message: expect.stringContaining("BY, HB") }]);
    expect(issues({ country: "DE", state: "BY", region: "ZZ" })).toMatchObject([
      { path: "holidays.region", message: expect.stringContaining("A, ") },
    ]);
    expect(issues({ state: "BY" })).toMatchObject([{ path: "holidays.country" }]);
    expect(issues({ country: "DE", region: "A" })).toMatchObject([{ path: "holidays.state" }]);
  });

  test("one that is known is not", () => {
    expect(issues({ country: "UA" })).toEqual([]);
    expect(issues({ country: "DE", state: "BY", region: "A" })).toEqual([]);
    expect(issues({ also: ["2026-03-03"] })).toEqual([]);
  });
});
