// Cards as pages to print and cut: ten on a sheet of A4, each with a code that leads to the portal's page with the PIN filled in.
import { renderSVG } from "uqr";
import { groupedPin } from "./pin.ts";
import type { Printed, PrintedCard } from "./printed-file.ts";

const escapes: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
const escapeHtml = (text: string) => text.replace(/[&<>"]/g, (c) => escapes[c]!);

const STYLE = `@page{size:A4;margin:10mm}body{margin:0;font:11pt/1.35 system-ui,sans-serif;color:#000;background:#fff}
main{display:grid;grid-template-columns:1fr 1fr}article{display:flex;gap:4mm;align-items:center;box-sizing:border-box;height:55mm;padding:4mm;border:.2mm dashed #888;break-inside:avoid}
article svg{width:34mm;height:34mm;flex:none}b{display:block;font-size:15pt}code{display:block;font:600 11pt ui-monospace,monospace;overflow-wrap:anywhere}small{display:block;font-size:8pt}`;

export async function* sheetsHtml(
  { series, totals, redeemUrl }: Printed,
  parts: AsyncIterable<readonly PrintedCard[]>,
): AsyncGenerator<string> {
  const title = escapeHtml(`${series.name}: ${totals.firstSerial} to ${totals.lastSerial}`);
  yield `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${title}</title><style>${STYLE}</style></head><body><main>\n`;
  const page = redeemUrl ?? "";
  for await (const part of parts)
    yield part
      .map(({ serial, pin }) => {
        const code = renderSVG(`${page}?pin=${pin}`, { ecc: "M", border: 0 });
        return `<article>${code}<div>${escapeHtml(series.name)}<b>${series.value} ${series.currency}</b><code>${groupedPin(pin)}</code><small>${serial}</small><small>${escapeHtml(page)}</small></div></article>\n`;
      })
      .join("");
  yield "</main></body></html>\n";
}
