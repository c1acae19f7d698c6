// A line the height of the text: the shape of a row's recent past. The words beside it say the figure; `label` says the shape.
import { Html, html } from "./html.ts";

/** `values` from old to new; null is a gap. `label`: "Calls of the last 24 hours, from 3 to 184". */
export function sparkline(values: readonly (bigint | null)[], label: string): Html {
  let low = 0n;
  let high = 1n;
  for (const value of values) {
    if (value !== null && value < low) low = value;
    if (value !== null && value > high) high = value;
  }
  let pen = "M";
  let path = "";
  const last = BigInt(Math.max(1, values.length - 1));
  for (const [index, value] of values.entries()) {
    if (value === null) {
      pen = "M";
      continue;
    }
    path += `${pen}${(BigInt(index) * 1000n) / last} ${40n + ((high - value) * 920n) / (high - low)}`;
    pen = "L";
  }
  const line = new Html(path && `<path class="line now" d="${path}"/>`);
  return html`<svg class="spark" viewBox="0 0 1000 1000" preserveAspectRatio="none" role="img" aria-label="${label}">${line}</svg>`;
}
