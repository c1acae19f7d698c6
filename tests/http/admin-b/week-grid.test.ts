// The painted week: whatever is painted, the windows that are written show exactly that week again.
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { Band } from "../../../core/catalog/document/calendar.ts";
import { CELLS, gridOf, painted, ROWS, type Row, type WeekGrid, windowsOf } from "../../../core/http/admin/plan-editor/week-grid.ts";

const blank: WeekGrid = { cells: ROWS.map(() => Array.from({ length: CELLS }, () => -1)), ownHolidays: false };
const bandsOf = (grid: WeekGrid): Band[] => windowsOf(grid, 3).map((windows, i) => ({ code: `b${i}`, weight: 0, windows }));
const time = (cell: number) => `${String(Math.floor(cell / 2)).padStart(2, "0")}:${cell % 2 ? "30" : "00"}`;

const stroke = fc.record({
  rows: fc.subarray([...ROWS]) as fc.Arbitrary<Row[]>,
  from: fc.integer({ min: 0, max: CELLS - 1 }).map(time),
  to: fc.integer({ min: 1, max: CELLS }).map(time),
  band: fc.integer({ min: -1, max: 2 }),
});

describe("a painted week", () => {
  test("comes back from its windows, whatever was painted", () => {
    fc.assert(
      fc.property(fc.array(stroke, { maxLength: 12 }), (strokes) => {
        const week = strokes.reduce((grid, { from, to, ...one }) => (from === to ? grid : painted(grid, { ...one, from, to })), blank);
        const back = gridOf(bandsOf(week));
        expect(back?.cells.slice(0, 7)).toEqual(week.cells.slice(0, 7) as never);
        // Holidays that are painted like every weekday are no different from them.
        if (back?.ownHolidays) expect(back.cells[7]).toEqual(week.cells[7] as never);
      }),
      { numRuns: 500 },
    );
  });

  test("joins evenings and mornings into nights, and days with the same hours into one window", () => {
    const week = painted(blank, { rows: ROWS.slice(0, 7), from: "18:00", to: "08:00", band: 0 });
    expect(windowsOf(week, 1)).toEqual([[{ from: "18:00", to: "08:00", holidays: "any" }]]);
  });

  test("gives public holidays a row of their own", () => {
    const night = painted(blank, { rows: ROWS.slice(0, 7), from: "20:00", to: "24:00", band: 0 });
    const week = painted(night, { rows: ["holiday"], from: "00:00", to: "24:00", band: 1 });
    expect(windowsOf(week, 2)).toEqual([
      [{ from: "20:00", to: "24:00", holidays: "except" }],
      [{ from: "00:00", to: "24:00", holidays: "only" }],
    ]);
  });

  test("isn't shown when it depends on the weekday which band holds on a holiday", () => {
    const bands: Band[] = [
      { code: "day", weight: 0, windows: [{ weekdays: ["mon"], from: "08:00", to: "18:00", holidays: "any" }] },
      { code: "off", weight: 20, windows: [{ from: "09:00", to: "10:00", holidays: "only" }] },
    ];
    expect(gridOf(bands)).toBeUndefined();
    expect(gridOf([{ ...bands[1]!, windows: [{ from: "00:00", to: "24:00", holidays: "only" }] }, bands[0]!])).toBeDefined();
  });
});
