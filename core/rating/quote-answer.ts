// The answer to a quote, for other programs and for a person: the same figures, every line with its reasons.
import { formatMicros } from "../kernel/money.ts";
import type { QuotedUsage } from "./quote-document.ts";
import type { Quote, QuoteLine } from "./quote-usage.ts";
import { traceText } from "./trace.ts";
import type { UsageRating } from "./usage-rating.ts";

type Amounts = { readonly amountMicros: bigint; readonly taxMicros: bigint };
type Format = (micros: bigint) => string;

/** Money as decimal strings, a trace both in parts and in words. Calls alone are answered as `calls`, all else as `usage`. */
export function quoteToJson(quote: Quote) {
  const { plan, plainCalls, lines, totals, bundles, statements, paper, netMicros, taxMicros, refused } = quote;
  const money: Format = (micros) => formatMicros(micros, plan.decimals);
  const amounts = ({ amountMicros, taxMicros }: Amounts) => ({ amount: money(amountMicros), tax: money(taxMicros) });
  return {
    plan: plan.name,
    currency: plan.currency,
    [plainCalls ? "calls" : "usage"]: lines.map(({ usage, rating, trace }) => ({
      ...usage,
      ...(rating.ok ? ratedJson(usage, rating, money) : rating),
      trace,
      explanation: trace.map(traceText),
    })),
    ...(totals.length > 0
      ? {
          periods: totals.map(({ code, from, to, trace, ...total }) => ({
            code,
            from: from.toString(),
            to: to.toString(),
            ...amounts(total),
            trace,
            explanation: trace.map(traceText),
          })),
        }
      : {}),
    ...(bundles.length > 0 ? { bundles } : {}),
    ...(statements.length > 0
      ? {
          statements: statements.map(({ period, usage, lines: charges, ...sums }) => ({
            from: period.from.toString(),
            to: period.to.toString(),
            usage: usage.map(({ code, ...one }) => ({ code, ...amounts(one) })),
            charges: charges.map(({ kind, code, name, from, to, quantity, trace, ...one }) => ({
              ...{ kind, code, name, from: from.toString(), to: to.toString(), quantity, ...amounts(one), trace },
              explanation: trace.map(traceText),
            })),
            net: money(sums.netMicros),
            tax: money(sums.taxMicros),
            gross: money(sums.payableMicros),
          })),
        }
      : {}),
    ...(paper
      ? {
          paper: {
            lines: money(paper.linesMicros),
            net: money(paper.netMicros),
            taxable: money(paper.taxableMicros),
            tax: money(paper.taxMicros),
            payable: money(paper.payableMicros),
          },
        }
      : {}),
    total: money(netMicros),
    tax: money(taxMicros),
    gross: money(netMicros + taxMicros),
    refused,
  };
}

function ratedJson(usage: QuotedUsage, rating: Extract<UsageRating, { ok: true }>, money: Format) {
  const amounts = ({ amountMicros, taxMicros }: Amounts) => ({ amount: money(amountMicros), tax: money(taxMicros) });
  const { prefix, destinationName, reason, lines, period, drawn } = rating;
  return {
    ok: true,
    ...amounts(rating),
    ...(usage.kind === undefined || usage.kind === "call" ? { billedSeconds: rating.billedSec } : {}),
    ...("destination" in usage ? { prefix, destinationName } : {}),
    ...(reason === null ? {} : { reason }),
    lines: lines.map(({ amountMicros, taxMicros, ...line }) => ({ ...line, ...amounts({ amountMicros, taxMicros }) })),
    ...(period.length > 0 ? { period: period.map(({ code, from, to, ...delta }) => ({ code, from, to, ...amounts(delta) })) } : {}),
    ...(drawn.length > 0 ? { drawn } : {}),
  };
}

/** One block for each usage, then periods, bundles, statements and the total. */
export function quoteToText(quote: Quote): string {
  const { plan, lines, totals, bundles, statements, paper } = quote;
  const money: Format = (micros) => `${formatMicros(micros, plan.decimals)} ${plan.currency}`;
  const withTax = ({ amountMicros, taxMicros }: Amounts) => money(amountMicros) + (taxMicros === 0n ? "" : ` + ${money(taxMicros)} tax`);
  const explained = (trace: QuoteLine["trace"]) => trace.map((line) => `   ${traceText(line)}`);
  const blocks = lines.map((line, index) =>
    [`${index + 1}. ${usageText(line.usage)}: ${answerText(line, withTax)}`, ...explained(line.trace)].join("\n"),
  );
  for (const { code, from, to, trace, ...total } of totals)
    blocks.push([`${code}, ${from} to ${to}: ${withTax(total)}`, ...explained(trace)].join("\n"));
  if (bundles.length > 0)
    blocks.push(
      [
        "Bundles",
        ...bundles.map(({ code, from, drawn, left, unit }) => `   ${code}, granted ${from}: ${drawn} ${unit} taken, ${left} left`),
      ].join("\n"),
    );
  for (const { period, usage, lines: charges, ...sums } of statements)
    blocks.push(
      [
        `Statement, ${period.from} to ${period.to}`,
        ...usage.map(({ code, ...one }) => `   Usage ${code}: ${withTax(one)}`),
        ...charges.flatMap(({ name, from, to, trace, ...one }) => [
          `   ${name}, ${from} to ${to}: ${withTax(one)}`,
          ...trace.map((line) => `      ${traceText(line)}`),
        ]),
        `   Net ${money(sums.netMicros)}, tax ${money(sums.taxMicros)}, to pay ${money(sums.payableMicros)}`,
      ].join("\n"),
    );
  if (paper)
    blocks.push(
      [
        `Paper: lines ${money(paper.linesMicros)}, with its charges ${money(paper.netMicros)}`,
        `   Tax on ${money(paper.taxableMicros)}: ${money(paper.taxMicros)}, to pay ${money(paper.payableMicros)}`,
      ].join("\n"),
    );
  return [`Plan: ${plan.name}`, ...blocks, totalText(quote, money)].join("\n\n");
}

function totalText({ lines, plainCalls, refused, netMicros, taxMicros }: Quote, money: Format): string {
  const priced = lines.length - refused;
  const what = plainCalls ? (lines.length === 1 ? "call" : "calls") : lines.length === 1 ? "record" : "records";
  const taxed = taxMicros === 0n ? "" : ` + ${money(taxMicros)} tax = ${money(netMicros + taxMicros)}`;
  return `Total: ${money(netMicros)}${taxed} for ${priced} of ${lines.length} ${what}${refused ? `, ${refused} refused` : ""}`;
}

function answerText({ usage, rating }: QuoteLine, withTax: (amounts: Amounts) => string): string {
  if (!rating.ok) return "refused";
  const billed = usage.kind === undefined || usage.kind === "call" ? ` (${rating.billedSec} s billed)` : "";
  const changes = rating.period.map(({ code, ...delta }) => `${code} ${withTax(delta)}`);
  const own = rating.lines.length > 0 || changes.length === 0 ? [withTax(rating)] : [];
  return [...own, ...changes].join(", ") + billed;
}

function usageText(usage: QuotedUsage): string {
  switch (usage.kind) {
    case "session":
    case "traffic":
      return `${usage.kind}${"trafficClass" in usage && usage.trafficClass ? ` of ${usage.trafficClass}` : ""}, ${usage.seconds} s, ${usage.octetsIn} octets in, ${usage.octetsOut} out`;
    case "message":
      return `${usage.destination}, ${usage.messages} ${usage.messages === 1 ? "message" : "messages"}`;
    case "event":
      return [usage.type, ...Object.entries(usage.metrics).map(([metric, value]) => `${value} ${metric}`)].join(", ");
    default:
      return `${usage.destination}, ${usage.seconds} s${usage.trunk === undefined ? "" : `, trunk ${usage.trunk}`}`;
  }
}
