// What every chart shares: axes as HTML text round a plot that stretches, so letters keep their size whatever the width, and
// nothing needs a style attribute: lengths inside the plot are SVG percentages. Below each chart stand its figures as a table.
import { compactText } from "../../core/kernel/display.ts";
import { escapeHtml, Html, html } from "./html.ts";
import { niceTicks } from "./nice-ticks.ts";

/** One value per category; null where there is none yet (the hours of today that have not come). */
export type Series = { name: string; values: readonly (bigint | null)[]; kind?: "now" | "before" | "third" };

export type ChartOptions = {
  /** Says what is drawn: "Charges by hour, today and yesterday". The accessible name and the table's caption. */
  title: string;
  /** One per value; the table prints it whole, the axis every `labelEvery`th (chosen when left out). */
  categories: readonly { label: string; axis?: string; href?: string }[];
  /** The head of the first column: "Hour". */
  categoryName: string;
  /** A value as people read it, with its unit: "3 097.59 UAH". */
  format: (value: bigint) => string;
  locale: string;
  /** How many of a value make one unit of the axis: 1_000_000n for micros (the default), 1n for counts. */
  scale?: bigint;
  labelEvery?: number;
  /** "short" for a chart in a narrow column. */
  height?: "short";
  /** Leaves the legend out where the sheet's header already has it. */
  legend?: boolean;
};

export type Scale = { ticks: bigint[]; top: bigint; span: bigint };

const isValue = (value: bigint | null | undefined): value is bigint => value !== null && value !== undefined;
const KINDS = ["now", "before", "third"] as const;

export function scaleOf(series: readonly Series[], { scale = 1_000_000n, height }: ChartOptions): Scale {
  const values = series.flatMap((one) => one.values.filter(isValue));
  const ticks = niceTicks(values.length > 0 ? values : [4n * scale], height === "short" ? 3 : 4);
  return { ticks, top: ticks[0]!, span: ticks[0]! - ticks.at(-1)! };
}

/** part / whole in per cent with three digits, in integers: share(1n, 3n) → "33.333%". */
export function share(part: bigint, whole: bigint): string {
  const thousandths = whole === 0n ? 0n : (part * 100_000n) / whole;
  return `${thousandths / 1000n}.${String(thousandths % 1000n).padStart(3, "0")}%`;
}

export const kindOf = (series: Series, index: number): string => series.kind ?? KINDS[index % KINDS.length]!;

/** Every first, second, third, fifth, … label, so that a wide axis carries about a dozen and a narrow one half of them. */
export function labelStep(count: number): number {
  return [1, 2, 3, 5, 7, 10, 14, 30].find((step) => Math.ceil(count / step) <= 12) ?? Math.ceil(count / 12);
}

function xAxis({ categories, labelEvery = labelStep(categories.length) }: ChartOptions): Html {
  const labels = categories.map(({ label, axis }, index) => {
    if (index % labelEvery !== 0) return html`<span></span>`;
    return html`<span${new Html(index % (labelEvery * 2) === 0 ? "" : ' class="minor"')}><i>${axis ?? label}</i></span>`;
  });
  return html`<div class="chart-x">${labels}</div>`;
}

export function gridLines({ ticks, top, span }: Scale): Html {
  const lines = ticks.map(
    (tick) =>
      html`<line class="${tick === 0n ? "base" : "grid"}" x1="0" x2="100%" y1="${share(top - tick, span)}" y2="${share(top - tick, span)}"/>`,
  );
  return html`${lines}`;
}

function figuresTable(series: readonly Series[], options: ChartOptions): Html {
  const rows = options.categories.map(({ label, href }, index) => {
    const cells = series.map(({ values }) => {
      const value = values[index];
      return html`<td class="num">${isValue(value) ? options.format(value) : "–"}</td>`;
    });
    return html`<tr><th scope="row">${href ? html`<a href="${href}">${label}</a>` : label}</th>${cells}</tr>`;
  });
  const heads = series.map(({ name }) => html`<th scope="col" class="num">${name}</th>`);
  return html`<details class="chart-figures"><summary>Figures</summary><div class="scroll tall" tabindex="0" role="region" aria-label="${options.title}, figures"><table class="tight"><caption class="unseen">${options.title}</caption><thead><tr><th scope="col">${options.categoryName}</th>${heads}</tr></thead><tbody>${rows}</tbody></table></div></details>`;
}

export function legend(series: readonly Series[]): Html {
  return html`<ul class="legend">${series.map((one, index) => html`<li class="key-${kindOf(one, index)}">${one.name}</li>`)}</ul>`;
}

/** Puts a plot (SVG children in per cent) into its frame. The plot is hidden from assistive technology: the table says it better. */
export function chartFrame(series: readonly Series[], options: ChartOptions, scale: Scale, plot: Html): Html {
  const labels = scale.ticks.map((tick) => html`<span>${compactText(tick, options.scale ?? 1_000_000n, options.locale)}</span>`);
  const isEmpty = series.every(({ values }) => !values.some(isValue));
  return html`<figure class="chart${options.height === "short" ? " short" : ""}" role="group" aria-label="${options.title}">${
    options.legend !== false && series.length > 1 ? legend(series) : ""
  }<div class="chart-body"><div class="chart-y" aria-hidden="true">${labels}</div><svg class="plot" aria-hidden="true" focusable="false">${gridLines(scale)}${plot}</svg><div class="chart-xs" aria-hidden="true">${xAxis(options)}</div>${
    isEmpty ? html`<p class="chart-empty">Nothing yet in this period</p>` : ""
  }</div>${figuresTable(series, options)}</figure>`;
}

/** The words that appear over a category: "16:00 · Today 3 097.59 UAH · Yesterday 2 920.48 UAH". */
export function tip(series: readonly Series[], options: ChartOptions, index: number): string {
  const values = series.flatMap(({ name, values }) => {
    const value = values[index];
    return isValue(value) ? [`${series.length > 1 ? `${name} ` : ""}${options.format(value)}`] : [];
  });
  return escapeHtml([options.categories[index]!.label, ...values].join(" · "));
}
