// How the price of one record came about: what was charged, what was taken out of bundles, and the steps, worked out again.
import type { PlanDocument } from "../../catalog/plan-document.ts";
import { numberText } from "../../kernel/display.ts";
import { canonical, plain } from "../../kernel/json.ts";
import { formatMicros } from "../../kernel/money.ts";
import { decimalText, fromExactText, roundQuotient } from "../../kernel/rational.ts";
import { type TraceLine, traceText } from "../../rating/trace.ts";
import type { UsageRecord } from "../../read/usage-records/query.ts";
import { explainRecord, type Unexplained } from "../../usage/explain-record.ts";
import type { StoredFact, StoredFacts } from "../../usage/fact.ts";
import type { FiguresText } from "./figures.ts";
import { freeReasonText, resultOf, type UsageWords } from "./usage-words.ts";

/** "380440000000 → 380671234567", "bakery: Internet session". */
export const recordTitle = ({ kind, source, subscriberName, destination }: UsageRecord, { what }: UsageWords) =>
  kind === "call" || kind === "message" ? `${source || subscriberName} → ${destination}` : `${source}: ${what}`;

export type Trace = {
  readonly lines: readonly { readonly text: string; readonly tone: string }[];
  /** What is wrong with the steps, or why there are none. */
  readonly note: { readonly tone: string; readonly text: string } | null;
};

/** Worked out again by the function that charged, from the versions that are pinned in the record and what was used before it. */
export function traceOf(record: UsageRecord, words: UsageWords, text: FiguresText): Trace {
  const explained = stepsOf(record);
  if (!explained.ok) return { lines: [], note: { tone: "info", text: UNEXPLAINED[explained.why] } };
  const { rating, trace, agrees } = explained;
  const [first, ...later] = record.versions;
  const head = [
    usageText(record, words, text),
    `${record.planName}, version ${record.planVersion}, prices it${first ? `: in force for this service from ${instantText(first.fromMs, text)}` : ""}`,
    ...later.map(({ version, fromMs }) => `Version ${version} is in force from ${instantText(fromMs, text)} on`),
  ];
  return {
    lines: [...head.map((line) => ({ text: line, tone: "" })), ...trace.map((line) => ({ text: traceText(line), tone: toneOf(line) }))],
    note: agrees
      ? null
      : {
          tone: "bad",
          text: `These steps give ${formatMicros(rating.amountMicros)}, which isn’t what was charged. Run “mb verify”, and tell whoever looks after the installation.`,
        },
  };
}

/** "Call to 380441234567, 145 s, answered 3 Sept 11:00:00", "Traffic: 2.1 GB in, 300 MB out, began 3 Sept 12:00:00". */
function usageText(record: UsageRecord, words: UsageWords, text: FiguresText): string {
  const { kind, direction, source, destination, billableSec, answeredAt, startedAt, disposition } = record;
  if (kind !== "call") return `${words.what}: ${resultOf(record, words)}, began ${text.dateTime(startedAt, true)}`;
  const party = direction === "in" ? `Call from ${source}` : `Call to ${destination}`;
  if (disposition === "answered") return `${party}, ${billableSec} s, answered ${text.dateTime(answeredAt ?? startedAt, true)}`;
  return `${party}: ${resultOf(record, words)}, began ${text.dateTime(startedAt, true)}`;
}

/** Whether they end with what is charged, to the last digit. */
export function stepsOf(record: UsageRecord) {
  const explained = explainRecord({ ...record, ...storedFact(record) });
  if (!explained.ok) return explained;
  const { rating } = explained;
  const agrees =
    rating.amountMicros === record.amountMicros &&
    rating.taxMicros === record.taxMicros &&
    canonical(plain(rating.period)) === canonical(plain(record.details?.period ?? []));
  return { ...explained, agrees };
}

const UNEXPLAINED: Record<Unexplained, string> = {
  rated_by_older_release:
    "There are no further steps: the record was rated by a release that didn’t keep what had been used before it. Once its charge changes by rating again, it has them.",
  earlier_usage_not_kept: "There are no further steps: the price depends on more earlier usage than is kept with a record.",
  refused_now: "The pinned version now has no price for this usage. Run “mb verify”, and tell whoever looks after the installation.",
};

const instantText = (ms: number, text: FiguresText) => text.dateTime(Temporal.Instant.fromEpochMilliseconds(ms).toString(), true);

/** The columns under their names in the database. */
const storedFact = (record: UsageRecord): StoredFact => ({
  kind: record.kind,
  call_id: record.callId,
  direction: record.direction,
  source: record.source,
  destination: record.destination,
  disposition: record.disposition,
  duration_sec: record.durationSec,
  billable_sec: record.billableSec,
  started_at: record.startedAt,
  answered_at: record.answeredAt,
  facts: record.facts as StoredFacts | null,
});

const toneOf = ({ kind }: TraceLine) => (kind === "charged" || kind === "free" ? "good" : kind === "refused" ? "bad" : "");

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
  const { trunk, remote, trafficClass, octetsIn, octetsOut, endedAt, slice, attributes } = (facts ?? {}) as {
    trunk?: string;
    remote?: { address: string; port?: number; protocol?: string };
    trafficClass?: string;
    octetsIn?: string;
    octetsOut?: string;
    endedAt?: string;
    slice?: { session: string; seconds: number; octetsIn?: string | number; octetsOut?: string | number };
    attributes?: Readonly<Record<string, string>>;
  };
  const octets = (name: string, value: string | undefined) => (value ? [{ name, value: `${text.count(BigInt(value))} octets` }] : []);
  return [
    ...(endedAt && kind !== "call" ? [{ name: "Ended", value: text.dateTime(endedAt, true) }] : []),
    ...(slice
      ? [
          { name: "Slice of session", value: slice.session },
          { name: "Before it", value: text.duration(slice.seconds) },
          ...octets("In before it", slice.octetsIn === undefined ? undefined : String(slice.octetsIn)),
          ...octets("Out before it", slice.octetsOut === undefined ? undefined : String(slice.octetsOut)),
        ]
      : []),
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
