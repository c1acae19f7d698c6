import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { barChart } from "../../views/shared/bar-chart.ts";
import { type ChartOptions, labelStep, share } from "../../views/shared/chart-frame.ts";
import { lineChart } from "../../views/shared/line-chart.ts";
import { niceStep, niceTicks } from "../../views/shared/nice-ticks.ts";
import { sparkline } from "../../views/shared/sparkline.ts";

const options = (labels: string[], more: Partial<ChartOptions> = {}): ChartOptions => ({
  title: "Charges <by> hour",
  categoryName: "Hour",
  categories: labels.map((label) => ({ label, href: `/usage?hour=${label}&x="1"` })),
  format: (value) => `${value} µ`,
  locale: "en-GB",
  ...more,
});

describe("ticks", () => {
  test("are multiples of 1, 2 or 5 × 10^n, evenly spaced, enclose zero and every value, and are few", () => {
    const value = fc.bigInt({ min: -(10n ** 18n), max: 10n ** 18n });
    fc.assert(
      fc.property(fc.array(value, { minLength: 1, maxLength: 40 }), (values) => {
        const ticks = niceTicks(values);
        const step = ticks[0]! - ticks[1]!;
        expect(String(step)).toMatch(/^[125]0*$/);
        expect(ticks).toContain(0n);
        expect(ticks.length).toBeGreaterThanOrEqual(2);
        expect(ticks.length).toBeLessThanOrEqual(7);
        for (const [index, tick] of ticks.entries()) expect(ticks[0]! - tick).toBe(BigInt(index) * step);
        for (const one of values) expect(one <= ticks[0]! && one >= ticks.at(-1)!).toBe(true);
      }),
    );
  });

  test("of nothing but zeros are still an axis", () => {
    expect(niceTicks([0n, 0n])).toEqual([1n, 0n]);
    expect(niceStep(0n, 4)).toBe(1n);
  });

  test("of six thousand units are at every two thousand", () => {
    expect(niceTicks([5_132_490_000n])).toEqual([6_000_000_000n, 4_000_000_000n, 2_000_000_000n, 0n]);
  });
});

describe("a bar chart", () => {
  test("escapes labels, titles and links, and says every figure in its table", () => {
    const chart = String(barChart([{ name: "To&day", values: [820_490_000n, null] }], options(["<00>", "01"])));
    expect(chart).toContain('aria-label="Charges &lt;by&gt; hour"');
    expect(chart).toContain(
      '<th scope="row"><a href="/usage?hour=&lt;00&gt;&amp;x=&quot;1&quot;">&lt;00&gt;</a></th><td class="num">820490000 µ</td>',
    );
    expect(chart).toContain("<title>&lt;00&gt; · 820490000 µ</title>");
    expect(chart).toContain('<td class="num">–</td>');
    expect(chart).not.toMatch(/\sstyle=|<00>/);
  });

  test("keeps every bar inside the plot, above the base for gains and below it for losses", () => {
    fc.assert(
      fc.property(fc.array(fc.option(fc.bigInt({ min: -(10n ** 15n), max: 10n ** 15n })), { minLength: 1, maxLength: 31 }), (values) => {
        const chart = String(barChart([{ name: "Net", values }], options(values.map((_, index) => String(index)))));
        for (const [, y, height] of chart.matchAll(/class="mark \w+" x="[\d.]+%" y="(-?[\d.]+)%" width="[\d.]+%" height="([\d.]+)%"/g)) {
          expect(Number(y)).toBeGreaterThanOrEqual(-1);
          expect(Number(y) + Number(height)).toBeLessThanOrEqual(101);
        }
      }),
    );
  });

  test("shows a sliver for something and nothing for zero", () => {
    const chart = String(barChart([{ name: "Calls", values: [1_000_000n, 1n, 0n] }], options(["a", "b", "c"])));
    expect(chart.match(/class="mark/g)).toHaveLength(2);
    expect(chart).toContain('height="0.625%"');
  });

  test("names the month's thirty days on the axis without crowding", () => {
    expect([7, 12, 24, 30, 31, 60].map(labelStep)).toEqual([1, 1, 2, 3, 3, 5]);
  });

  test("says so when there is nothing yet", () => {
    expect(String(barChart([{ name: "Calls", values: [null, null] }], options(["a", "b"])))).toContain("Nothing yet in this period");
  });
});

test("a line breaks where there is no value instead of falling to zero", () => {
  const chart = String(lineChart([{ name: "Online", values: [4n, 6n, null, 8n] }], options(["a", "b", "c", "d"], { scale: 1n })));
  expect(chart.match(/class="line now"/g)).toHaveLength(2);
});

test("a sparkline of nothing is an empty drawing with its name", () => {
  expect(String(sparkline([], "Calls"))).toContain('aria-label="Calls"></svg>');
  expect(String(sparkline([0n, 10n], "Calls"))).toContain("M0 960L1000 40");
});

test("shares are exact thousandths of a per cent", () => {
  expect([share(1n, 3n), share(0n, 0n), share(10n ** 30n, 10n ** 30n)]).toEqual(["33.333%", "0.000%", "100.000%"]);
});
