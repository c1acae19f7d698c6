// Lines over time, the first one with its area filled: for levels (online now, records per second), where bars would shout.
import { type ChartOptions, chartFrame, kindOf, type Series, scaleOf, share, tip } from "./chart-frame.ts";
import { Html } from "./html.ts";

const SIZE = 10_000n;

/** Runs of points without a null between them, in a square of 10 000 that the plot stretches. */
function runs(values: readonly (bigint | null)[], top: bigint, span: bigint): [bigint, bigint][][] {
  const found: [bigint, bigint][][] = [];
  let open: [bigint, bigint][] | undefined;
  for (const [index, value] of values.entries()) {
    if (value === null) {
      open = undefined;
      continue;
    }
    if (!open) {
      open = [];
      found.push(open);
    }
    open.push([((2n * BigInt(index) + 1n) * SIZE) / (2n * BigInt(values.length)), ((top - value) * SIZE) / (span || 1n)]);
  }
  return found;
}

/** Same arguments and frame as `barChart`. A null is a gap in the line, not a zero. */
export function lineChart(series: readonly Series[], options: ChartOptions): Html {
  const scale = scaleOf(series, options);
  const zero = (scale.top * SIZE) / (scale.span || 1n);
  const shapes = series.map((one, order) => {
    const kind = kindOf(one, order);
    return runs(one.values, scale.top, scale.span)
      .map((points) => {
        const path = `M${points.map(([x, y]) => `${x} ${y}`).join("L")}`;
        const area = order === 0 ? `<path class="area ${kind}" d="${path}V${zero}H${points[0]![0]}Z"/>` : "";
        return `${area}<path class="line ${kind}" d="${points.length === 1 ? `${path}h1` : path}"/>`;
      })
      .join("");
  });
  const count = BigInt(Math.max(1, options.categories.length));
  const columns = options.categories.map(
    (_, index) =>
      `<g class="column"><title>${tip(series, options, index)}</title><rect class="hit" x="${share(BigInt(index), count)}" y="0" width="${share(1n, count)}" height="100%"/></g>`,
  );
  const stretched = `<svg viewBox="0 0 ${SIZE} ${SIZE}" preserveAspectRatio="none" width="100%" height="100%">${shapes.reverse().join("")}</svg>`;
  return chartFrame(series, options, scale, new Html(columns.join("") + stretched));
}
