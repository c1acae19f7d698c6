// Bars, grouped side by side when there are several series (today beside yesterday), above and below zero.
import { type ChartOptions, chartFrame, kindOf, type Scale, type Series, scaleOf, share, tip } from "./chart-frame.ts";
import { escapeHtml, Html } from "./html.ts";

/** Of the width of a category, in thousandths: the gap at each side. */
const SIDE = 140n;

function bars(series: readonly Series[], index: number, count: bigint, { top, span }: Scale): string {
  const slot = (1000n - 2n * SIDE) / BigInt(series.length);
  return series
    .map((one, order) => {
      const value = one.values[index];
      if (value === null || value === undefined || value === 0n) return "";
      // A value too small to see still gets a sliver: something is not nothing.
      const size = value < 0n ? -value : value;
      const least = span / 160n;
      const tall = size < least ? least : size;
      const x = share(BigInt(index) * 1000n + SIDE + slot * BigInt(order), count * 1000n);
      const y = share(value < 0n ? top : top - tall, span);
      return `<rect class="mark ${kindOf(one, order)}" x="${x}" y="${y}" width="${share((slot * 92n) / 100n, count * 1000n)}" height="${share(tall, span)}" rx="1.5"/>`;
    })
    .join("");
}

/**
 * `series` hold bigint values, one per category. The first series is the one the page is about. A category with `href` is a link
 * to the rows behind it: by mouse in the plot, by keyboard in the table below it. Returns a `<figure>`.
 */
export function barChart(series: readonly Series[], options: ChartOptions): Html {
  const scale = scaleOf(series, options);
  const count = BigInt(Math.max(1, options.categories.length));
  const columns = options.categories.map(({ href }, index) => {
    const hit = `<rect class="hit" x="${share(BigInt(index), count)}" y="0" width="${share(1n, count)}" height="100%"/>`;
    const column = `<g class="column"><title>${tip(series, options, index)}</title>${hit}${bars(series, index, count, scale)}</g>`;
    return href ? `<a href="${escapeHtml(href)}" tabindex="-1">${column}</a>` : column;
  });
  return chartFrame(series, options, scale, new Html(columns.join("")));
}
