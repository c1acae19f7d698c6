// A quote as the page shows it: what is paid, how it came about step by step, what bundles gave. Finished text; nothing is computed here but sums of two.
import type { Period } from "../../../kernel/period.ts";
import type { QuotedUsage } from "../../../rating/quote-document.ts";
import type { Quote, QuoteLine } from "../../../rating/quote-usage.ts";
import { traceText } from "../../../rating/trace.ts";
import type { FiguresText } from "../figures.ts";

type Amounts = { readonly amountMicros: bigint; readonly taxMicros: bigint };
/** Of a month's usage, so many are shown one by one. */
const MOST_SHOWN = 20;

export function shownQuote(quote: Quote, text: FiguresText) {
  const { plan, lines, totals, bundles, statements, netMicros, taxMicros, refused } = quote;
  const money = (micros: bigint) => text.money(micros, plan.currency);
  const amounts = ({ amountMicros, taxMicros: tax }: Amounts) => ({ amount: money(amountMicros), tax: tax === 0n ? "" : money(tax) });
  const nameOf = (code: string) =>
    code === "calls" ? "Calls" : ([...plan.document.usage, ...plan.document.bundles].find((one) => one.code === code)?.name ?? code);
  const days = ({ from, to }: Period) => `${text.date(from)} – ${text.date(to.subtract({ days: 1 }))}`;

  const shownLine = ({ usage, rating, trace }: QuoteLine) => ({
    title: titleOf(usage, text),
    trace: trace.map(traceText),
    ...(rating.ok
      ? {
          ok: true as const,
          ...amounts(rating),
          billed: rating.billedSec > 0 ? `${text.duration(rating.billedSec)} billed` : "",
          charges: [
            ...rating.lines.map((one) => ({
              name: nameOf(one.code),
              billed: one.billed ? `${one.billed.quantity} ${one.billed.unit}` : "",
              ...amounts(one),
            })),
            ...rating.period.map((one) => ({ name: `${nameOf(one.code)}, change of the period`, billed: "", ...amounts(one) })),
          ],
        }
      : { ok: false as const }),
  });
  return {
    net: money(netMicros),
    tax: taxMicros === 0n ? "" : money(taxMicros),
    gross: money(netMicros + taxMicros),
    refused,
    allRefused: refused > 0 && refused === lines.length,
    count: `${text.count(lines.length)} ${lines.length === 1 ? "record" : "records"}, each with its price`,
    lines: lines.slice(0, MOST_SHOWN).map(shownLine),
    more: lines.length > MOST_SHOWN ? text.count(lines.length - MOST_SHOWN) : "",
    totals: totals.map((one) => ({ name: nameOf(one.code), days: days(one), ...amounts(one), trace: one.trace.map(traceText) })),
    bundles: bundles.map(({ code, from, drawn, left, unit }) => ({
      name: nameOf(code),
      from: text.date(from),
      drawn: `${drawn} ${unit}`,
      left: `${left} ${unit}`,
    })),
    statements: statements.map(({ period, usage, lines: charges, ...sums }) => ({
      days: days(period),
      usage: usage.map((one) => ({ name: nameOf(one.code), ...amounts(one) })),
      charges: charges.map((one) => ({ name: one.name, days: days(one), ...amounts(one), trace: one.trace.map(traceText) })),
      net: money(sums.netMicros),
      tax: sums.taxMicros === 0n ? "" : money(sums.taxMicros),
      gross: money(sums.payableMicros),
    })),
  };
}

function titleOf(usage: QuotedUsage, text: FiguresText): string {
  switch (usage.kind) {
    case "session":
    case "traffic":
      return `${"trafficClass" in usage && usage.trafficClass ? `${usage.trafficClass}: ` : ""}${text.bytes(BigInt(usage.octetsIn))} in, ${text.bytes(BigInt(usage.octetsOut))} out, ${text.duration(usage.seconds)}`;
    case "message":
      return `${text.count(usage.messages)} to ${usage.destination}`;
    case "event":
      return [usage.type, ...Object.entries(usage.metrics).map(([metric, value]) => `${value} ${metric}`)].join(", ");
    default:
      return `${usage.destination}, ${text.duration(usage.seconds)}`;
  }
}
