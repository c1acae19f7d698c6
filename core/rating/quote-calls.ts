// A quote: the price of calls that nobody has made, by the function that charges those that were. Nothing is stored.
import * as v from "valibot";
import { type DocumentIssue, documentIssue, MAX_SECONDS } from "../catalog/plan-document.ts";
import { formatMicros } from "../kernel/money.ts";
import type { CompiledPlan } from "./compile-plan.ts";
import { type CallRating, explain } from "./rate-call.ts";
import { type TraceLine, traceText } from "./trace.ts";

export const MAX_QUOTED_CALLS = 100_000;

const shown = (issue: v.BaseIssue<unknown>) => JSON.stringify(issue.input)?.slice(0, 40);

const secondsMessage = (issue: v.BaseIssue<unknown>) => `must be a whole number of seconds from 0 to ${MAX_SECONDS}, not ${shown(issue)}`;
const destinationMessage = (issue: v.BaseIssue<unknown>) =>
  `must be the called number as a string such as "380441234567", not ${shown(issue)}`;
const instantMessage = (issue: v.BaseIssue<unknown>) =>
  `must be an instant with an offset such as "2026-11-23T10:00:00Z", not ${shown(issue)}`;

const call = v.strictObject({
  destination: v.pipe(v.string(destinationMessage), v.regex(/^[\x20-\x7e]{1,64}$/, destinationMessage)),
  seconds: v.pipe(
    v.number(secondsMessage),
    v.integer(secondsMessage),
    v.minValue(0, secondsMessage),
    v.maxValue(MAX_SECONDS, secondsMessage),
  ),
  startedAt: v.optional(v.pipe(v.string(instantMessage), v.check(isInstant, instantMessage))),
  answered: v.optional(
    v.boolean((issue) => `must be true or false, not ${shown(issue)}`),
    true,
  ),
});

const calls = v.pipe(
  v.array(call, "must be a call, or a list of calls"),
  v.minLength(1, "must have at least one call"),
  v.maxLength(MAX_QUOTED_CALLS, `must have at most ${MAX_QUOTED_CALLS} calls`),
);

export type QuotedUsage = v.InferOutput<typeof call>;
export type QuoteLine = { readonly usage: QuotedUsage; readonly rating: CallRating; readonly trace: readonly TraceLine[] };
export type Quote = {
  readonly plan: CompiledPlan;
  readonly lines: readonly QuoteLine[];
  /** Of the calls that have a price. */
  readonly totalMicros: bigint;
  readonly refused: number;
};

/** Checks usage as JSON: one call `{destination, seconds, startedAt?, answered?}` or a list of them. */
export function parseQuotedUsage(
  raw: unknown,
): { readonly ok: true; readonly calls: readonly QuotedUsage[] } | { readonly ok: false; readonly issues: readonly DocumentIssue[] } {
  const single = typeof raw === "object" && raw !== null && !Array.isArray(raw);
  const parsed = v.safeParse(calls, single ? [raw] : raw);
  if (parsed.success) return { ok: true, calls: parsed.output };
  const issues = parsed.issues.map(documentIssue);
  return { ok: false, issues: single ? issues.map((issue) => ({ ...issue, path: issue.path.replace(/^\[0\]\.?/, "") })) : issues };
}

export function quoteCalls(plan: CompiledPlan, usage: readonly QuotedUsage[]): Quote {
  const lines = usage.map((one) => {
    const { destination, seconds, answered, startedAt } = one;
    const startMs = startedAt === undefined ? undefined : Temporal.Instant.from(startedAt).epochMilliseconds;
    return { usage: one, ...explain(plan, { destination, billableSec: seconds, answered, startMs }) };
  });
  const totalMicros = lines.reduce((sum, { rating }) => sum + (rating.ok ? rating.amountMicros : 0n), 0n);
  return { plan, lines, totalMicros, refused: lines.filter(({ rating }) => !rating.ok).length };
}

/** The quote for other programs: money as decimal strings, a trace both in parts and in words. */
export function quoteToJson({ plan, lines, totalMicros, refused }: Quote) {
  return {
    plan: plan.name,
    currency: plan.currency,
    calls: lines.map(({ usage, rating, trace }) => ({
      ...usage,
      ...(rating.ok
        ? {
            ok: true,
            amount: formatMicros(rating.amountMicros, plan.decimals),
            billedSeconds: rating.billedSec,
            prefix: rating.prefix,
            destinationName: rating.destinationName,
            reason: rating.reason,
          }
        : { ok: false, code: rating.code }),
      trace,
      explanation: trace.map(traceText),
    })),
    total: formatMicros(totalMicros, plan.decimals),
    refused,
  };
}

/** The quote for a person, one block per call. */
export function quoteToText({ plan, lines, totalMicros, refused }: Quote): string {
  const money = (micros: bigint) => `${formatMicros(micros, plan.decimals)} ${plan.currency}`;
  const blocks = lines.map(({ usage, rating, trace }, index) => {
    const answer = rating.ok ? `${money(rating.amountMicros)} (${rating.billedSec} s billed)` : "refused";
    return [`${index + 1}. ${usage.destination}, ${usage.seconds} s: ${answer}`, ...trace.map((line) => `   ${traceText(line)}`)].join(
      "\n",
    );
  });
  const priced = lines.length - refused;
  const total = `Total: ${money(totalMicros)} for ${priced} of ${lines.length} ${lines.length === 1 ? "call" : "calls"}${refused ? `, ${refused} refused` : ""}`;
  return [`Plan: ${plan.name}`, ...blocks, total].join("\n\n");
}

function isInstant(text: string): boolean {
  try {
    Temporal.Instant.from(text);
    return true;
  } catch {
    return false;
  }
}
