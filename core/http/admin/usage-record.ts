// How the price of one record came about: what was charged, what was taken out of bundles, and the steps, computed again from the pinned version.
import { type PlanDocument, parsePlanDocument } from "../../catalog/plan-document.ts";
import { numberText } from "../../kernel/display.ts";
import { formatMicros } from "../../kernel/money.ts";
import { decimalText, fromExactText, roundQuotient } from "../../kernel/rational.ts";
import { compilePlan } from "../../rating/compile-plan.ts";
import { explain } from "../../rating/rate-call.ts";
import { type TraceLine, traceText } from "../../rating/trace.ts";
import type { UsageRecord } from "../../read/usage-records/query.ts";
import type { FiguresText } from "./figures.ts";
import { freeReasonText, type UsageWords } from "./usage-words.ts";

/** "380440000000 → 380671234567", "bakery: Internet session". */
export const recordTitle = ({ kind, source, subscriberName, destination }: UsageRecord, { what }: UsageWords) =>
  kind === "call" || kind === "message" ? `${source || subscriberName} → ${destination}` : `${source}: ${what}`;

export type Trace = {
  readonly lines: readonly { readonly text: string; readonly tone: string }[];
  readonly agrees: boolean;
  readonly expected: string;
} | null;

/**
 * Of a call that one version of a deck priced: computed again by the function that charged, from the version that is pinned. Null when there was
 * nothing to compute, or when the price depends on what was used before it: then the record keeps how it came about.
 */
export function traceOf(record: UsageRecord): Trace {
  if (record.kind !== "call" || record.direction === "in" || record.details) return null;
  const document = record.planDocument as { rates?: readonly { prefix?: unknown }[] };
  // Of a deck of 100,000 prices only the one that was used: compiling them all takes half a second.
  const parsed = parsePlanDocument({
    ...document,
    rates: (document.rates ?? []).filter((rate) => record.prefix === null || rate.prefix === record.prefix),
  });
  if (!parsed.ok) return null;
  const { rating, trace } = explain(compilePlan(parsed.plan, { zone: record.zone }), {
    destination: record.destination.replace(/^\+/, ""),
    billableSec: record.billableSec,
    answered: record.disposition === "answered",
    startMs: Date.parse(record.answeredAt ?? record.startedAt),
  });
  if (!rating.ok) return null;
  return {
    lines: trace.map((line) => ({ text: traceText(line), tone: toneOf(line) })),
    agrees: rating.amountMicros === record.amountMicros,
    expected: formatMicros(rating.amountMicros),
  };
}

const toneOf = ({ kind }: TraceLine) => (kind === "rounding" || kind === "free" ? "good" : kind === "refused" ? "bad" : "");

/** Lines of a price that isn't a deck's alone, in words; null for one that is. */
export function shownDetails({ details, planDocument, currency }: UsageRecord, text: FiguresText) {
  if (!details) return null;
  const nameOf = namesIn(planDocument as Partial<PlanDocument>);
  const money = (micros: string) => text.money(BigInt(micros), currency);
  const period = ({ from, to }: { from: string; to: string }) =>
    `${text.date(Temporal.PlainDate.from(from))} – ${text.date(Temporal.PlainDate.from(to).subtract({ days: 1 }))}`;
  return {
    lines: [
      ...details.drawn.map((one) => ({
        what: nameOf(one.code),
        note: `Taken out of the bundle${one.pooled ? ", which is shared" : ""}, granted on ${text.date(Temporal.PlainDate.from(one.from))}`,
        quantity: unitsOf(one.quantity, unitNameOf(planDocument as Partial<PlanDocument>, one.code), text),
        amount: "",
      })),
      ...details.lines.map((line) => ({
        what: nameOf(line.code),
        note: line.reason ? freeReasonText(line.reason) : (line.destinationName ?? ""),
        quantity: line.billed ? unitsOf(line.billed.quantity, line.billed.unit, text) : "",
        amount: withTax(money(line.amountMicros), line.taxMicros, money),
      })),
      ...details.period.map((one) => ({
        what: nameOf(one.code),
        note: `What the price of the period ${period(one)} ${BigInt(one.amountMicros) < 0n ? "falls" : "rises"} by; charged with the period`,
        quantity: "",
        amount: withTax(money(one.amountMicros), one.taxMicros, money),
      })),
    ],
    versions: details.segments.map(({ from, version }) => `From ${text.dateTime(from, true)} on, version ${version} prices it`),
  };
}

const withTax = (amount: string, taxMicros: string | undefined, money: (micros: string) => string) =>
  taxMicros && taxMicros !== "0" ? `${amount} + tax ${money(taxMicros)}` : amount;

/** "46.2 MB"; of what has more than three decimals, about so much: "≈ 57.917 min". */
function unitsOf(quantity: string, unit: string, { locale }: FiguresText): string {
  const { num, den } = fromExactText(quantity);
  const decimal = numberText(decimalText(roundQuotient(num * 1000n, den, "half_up"), 3), locale, { maximumFractionDigits: 3 });
  return `${(num * 1000n) % den === 0n ? "" : "≈ "}${decimal} ${unit}`.trim();
}

type Named = { readonly code: string; readonly name?: string | undefined };
function namesIn({ usage = [], bundles = [] }: Partial<PlanDocument>): (code: string) => string {
  const names = new Map<string, string>([["calls", "Calls"]]);
  for (const { code, name } of [...usage, ...bundles] as readonly Named[]) names.set(code, name ?? code);
  return (code) => names.get(code) ?? code;
}

function unitNameOf({ bundles = [] }: Partial<PlanDocument>, code: string): string {
  const bundle = bundles.find((one) => one.code === code);
  return bundle?.unit?.name ?? bundle?.metric ?? (bundle?.of === "call" ? "seconds" : "");
}

/** What the record says beside its figures: trunk, remote end, attributes. */
export function shownFacts({ facts, kind }: UsageRecord, text: FiguresText): { name: string; value: string }[] {
  const { trunk, remote, trafficClass, octetsIn, octetsOut, endedAt, attributes } = (facts ?? {}) as {
    trunk?: string;
    remote?: { address: string; port?: number; protocol?: string };
    trafficClass?: string;
    octetsIn?: string;
    octetsOut?: string;
    endedAt?: string;
    attributes?: Readonly<Record<string, string>>;
  };
  const octets = (name: string, value: string | undefined) => (value ? [{ name, value: `${text.count(BigInt(value))} octets` }] : []);
  return [
    ...(endedAt && kind !== "call" ? [{ name: "Ended", value: text.dateTime(endedAt, true) }] : []),
    ...octets("In", octetsIn),
    ...octets("Out", octetsOut),
    ...(trafficClass ? [{ name: "Traffic class", value: trafficClass }] : []),
    ...(remote
      ? [{ name: "Far end", value: [remote.address, remote.port, remote.protocol].filter((part) => part !== undefined).join(" ") }]
      : []),
    ...(trunk ? [{ name: "Trunk", value: trunk }] : []),
    ...Object.entries(attributes ?? {}).map(([name, value]) => ({ name, value })),
  ];
}
