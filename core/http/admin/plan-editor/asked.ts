// What somebody tries on a plan: a call, a session, messages, or a month of all of them; as typed, and as the usage that a quote prices.
import type { PlanDocument } from "../../../catalog/plan-document.ts";
import { compilePlan } from "../../../rating/compile-plan.ts";
import { parseQuotedUsage } from "../../../rating/quote-document.ts";
import { type Quote, quoteUsage } from "../../../rating/quote-usage.ts";
import { traceText } from "../../../rating/trace.ts";
import type { FiguresText } from "../figures.ts";
import { instantOf } from "../local-time.ts";
import type { Price } from "../plan-price.ts";

export const examples = [
  { value: "call", label: "A call" },
  { value: "session", label: "An internet session" },
  { value: "message", label: "Messages" },
  { value: "month", label: "A month of use" },
] as const;

/** As typed. `when`: a wall clock in the plan's zone. `calls` is how many there are in a month, each as long as `seconds`. */
const NAMES = ["kind", "number", "seconds", "when", "gigabytes", "messages", "calls"] as const;
export type Asked = Readonly<Record<(typeof NAMES)[number], string>>;

export const firstAsked = (now: Temporal.ZonedDateTime): Asked => ({
  kind: "call",
  number: "380441234567",
  seconds: "75",
  when: now.toPlainDateTime().toString({ smallestUnit: "minute" }),
  gigabytes: "2",
  messages: "1",
  calls: "30",
});

/** What isn't on the page has its first value. */
export function askedOf(fields: URLSearchParams, first: Asked): Asked {
  const entries = NAMES.map((name) => [name, (fields.get(`try.${name}`) ?? first[name]).trim()]);
  return Object.fromEntries(entries) as Asked;
}

const MOST_CALLS = 1000;

/** The price of what is asked on a plan that has passed its check. */
export function quotedPrice(document: PlanDocument, asked: Asked, text: FiguresText): Price {
  const plan = compilePlan(document, { zone: text.zone });
  const raw = usageOf(asked, plan.zone, document);
  if (typeof raw === "string") return { kind: "not-yet", text: raw };
  const parsed = parseQuotedUsage(raw);
  if (!parsed.ok) return { kind: "not-yet", text: parsed.issues.map(({ path, message }) => `${path} ${message}`).join("; ") };
  const quote = quoteUsage([{ fromMs: Number.NEGATIVE_INFINITY, plan }], parsed.document, 0);
  return asked.kind === "month" ? monthPrice(quote, document, text) : onePrice(quote, text);
}

/** The usage for a quote, or what is still to be written. */
function usageOf(asked: Asked, zone: string, document: PlanDocument): object | string {
  const began = /^\d{4}-\d\d-\d\dT/.test(asked.when) ? { startedAt: instantOf(asked.when, zone) } : undefined;
  if (!began) return "Choose a day and a time.";
  const destination = asked.number.replaceAll(/[\s+()-]/g, "");
  const whole = (typed: string) => (/^\d{1,8}$/.test(typed) ? Number(typed) : typed);
  const octets = octetsOf(asked.gigabytes);
  const call = { kind: "call", destination, seconds: whole(asked.seconds), ...began };
  const session = { kind: "session", octetsIn: octets, seconds: 3600, ...began };
  const message = { kind: "message", destination, messages: whole(asked.messages), ...began };
  switch (asked.kind) {
    case "session":
      return octets === undefined ? "Write how many gigabytes." : session;
    case "message":
      return destination === "" || asked.messages === "" ? "Write a number and how many messages." : message;
    case "month": {
      const from = Temporal.PlainDate.from(asked.when.slice(0, 10)).with({ day: 1 });
      // A month has what the plan is about: nobody sends messages over a plan for calls.
      const has = (kind: string) => [...document.usage, ...document.bundles].some(({ of }) => of === kind);
      const telephone = destination !== "" && (document.rates.length > 0 || has("call"));
      const calls = Math.min(MOST_CALLS, /^\d{1,5}$/.test(asked.calls) ? Number(asked.calls) : 0);
      return {
        service: { startedOn: from.toString() },
        period: { from: from.toString(), to: from.add({ months: 1 }).toString() },
        usage: [
          ...Array.from({ length: telephone ? calls : 0 }, () => call),
          ...(octets !== undefined && octets !== "0" && has("session") ? [session] : []),
          ...(/[1-9]/.test(asked.messages) && destination !== "" && has("message") ? [message] : []),
        ],
      };
    }
    default:
      return destination === "" || asked.seconds === "" ? "Write a number and how many seconds." : call;
  }
}

/** "1.5" GB → "1500000000". */
function octetsOf(gigabytes: string): string | undefined {
  const match = /^(\d{1,8})(?:[.,](\d{1,9}))?$/.exec(gigabytes);
  return match ? String(BigInt(match[1]! + (match[2] ?? "").padEnd(9, "0"))) : undefined;
}

function onePrice(quote: Quote, text: FiguresText): Price {
  const [line] = quote.lines;
  const lines = [...line!.trace, ...quote.totals.flatMap(({ trace }) => trace)].map(traceText);
  if (!line!.rating.ok) return { kind: "refused", lines };
  const billed = line!.rating.billedSec > 0 ? text.duration(line!.rating.billedSec) : "";
  return {
    kind: "priced",
    amount: sum(quote, text),
    billed: [billed && `${billed} billed`, withTax(quote, text)].filter(Boolean).join(", "),
    lines,
  };
}

const sum = ({ netMicros, taxMicros, plan }: Quote, text: FiguresText) => text.money(netMicros + taxMicros, plan.currency);
const withTax = ({ taxMicros, plan }: Quote, text: FiguresText) =>
  taxMicros === 0n ? "" : `with ${text.money(taxMicros, plan.currency)} of tax`;

/** What the period costs line by line; usage that has no price is said to have none. */
function monthPrice(quote: Quote, document: PlanDocument, text: FiguresText): Price {
  const names = new Map<string, string>([
    ["calls", "Calls"],
    ...[...document.usage, ...document.bundles].map(({ code, name }) => [code, name ?? code] as const),
  ]);
  const money = (micros: bigint) => text.money(micros, quote.plan.currency);
  const [statement] = quote.statements;
  const charged = [
    ...(statement?.usage ?? []).map((one) => ({ ...one, name: names.get(one.code) ?? one.code })),
    ...(statement?.lines ?? []),
  ];
  const lines = charged.map(
    ({ name, amountMicros, taxMicros }) => `${name}: ${money(amountMicros)}${taxMicros === 0n ? "" : ` and ${money(taxMicros)} of tax`}`,
  );
  const bundles = quote.bundles.map(
    ({ code, drawn, left, unit }) => `${names.get(code) ?? code}: ${drawn} ${unit} used, ${left} ${unit} left`,
  );
  const refused = quote.refused === 0 ? [] : [`Without a price, ${quote.refused} of these would wait in quarantine: they are never free`];
  return { kind: "priced", amount: sum(quote, text), billed: withTax(quote, text), lines: [...lines, ...bundles, ...refused] };
}
