// A quote: the price of usage that nobody has made, by the functions that charge what was. Nothing is stored.
import { dayOf, type Period } from "../kernel/period.ts";
import { toExactText } from "../kernel/rational.ts";
import { grantsOn } from "./bundles.ts";
import type { Statement } from "./charges/statement.ts";
import type { CompiledPlan } from "./compile-plan.ts";
import { unitName, unitsOf } from "./figures.ts";
import { priceOfPeriod } from "./period-totals.ts";
import type { QuotedDocument, QuotedUsage } from "./quote-document.ts";
import { type PaperTotals, paperOf } from "./quote-paper.ts";
import { statementsOf } from "./quote-statements.ts";
import { quotedFact } from "./quoted-fact.ts";
import { type QuotedStay, quotedStays, stayAt } from "./quoted-stays.ts";
import { rateUsage } from "./rate-usage.ts";
import type { TraceLine } from "./trace.ts";
import type { RefusedUsage, UsageRating } from "./usage-rating.ts";
import type { PlanSegment } from "./walk-increments.ts";

export type NoPlan = { readonly ok: false; readonly code: "no_plan" };
export type QuoteLine = {
  readonly usage: QuotedUsage;
  readonly startMs: number;
  readonly rating: UsageRating | RefusedUsage | NoPlan;
  readonly trace: readonly TraceLine[];
};
/** What a component's usage in a billing period costs. */
export type QuotedTotal = Period & {
  readonly code: string;
  /** "plan-1" for the plan that is quoted, "plan-2" for the first that the service moves to. */
  readonly planId: string;
  readonly amountMicros: bigint;
  readonly taxMicros: bigint;
  readonly trace: readonly TraceLine[];
};
/** A bundle after the last usage; quantities are exact text in its units. */
export type QuotedBundle = {
  readonly code: string;
  readonly from: string;
  readonly drawn: string;
  readonly left: string;
  readonly unit: string;
};

export type Quote = {
  readonly plan: CompiledPlan;
  readonly plainCalls: boolean;
  readonly lines: readonly QuoteLine[];
  readonly totals: readonly QuotedTotal[];
  readonly bundles: readonly QuotedBundle[];
  /** Of the billing periods that were asked for. */
  readonly statements: readonly Statement[];
  /** Where one was asked for. */
  readonly paper: PaperTotals | undefined;
  /** Of the usage that has a price: net, and the tax on it. With statements, of these; with a paper, of that. */
  readonly netMicros: bigint;
  readonly taxMicros: bigint;
  readonly refused: number;
};

/** `segments`: the plan's versions, oldest first, at least one. Usage without an instant began at `nowMs`. */
export function quoteUsage(segments: readonly PlanSegment[], document: QuotedDocument, nowMs: number): Quote {
  const stays = quotedStays(segments, document, nowMs);
  const lines = document.usage.map((usage): QuoteLine => {
    const trace: TraceLine[] = [];
    const fact = quotedFact(usage, nowMs);
    const { startMs } = fact;
    if (startMs < (segments[0] as PlanSegment).fromMs) {
      trace.push({ kind: "no_version" });
      return { usage, startMs, rating: { ok: false, code: "no_plan" }, trace };
    }
    const { terms, state } = stayAt(stays, startMs);
    return { usage, startMs, rating: rateUsage(terms, fact, state, trace), trace };
  });
  const totals = totalsOf(stays, lines);
  const statements = document.period ? statementsOf(stays, document.period, lines, totals) : [];
  const plan = (segments.at(-1) as PlanSegment).plan;
  const paper = document.paper && paperOf(plan, document.paper, codesOf(lines, totals, statements), document.service.taxExempt);
  const sums = paper
    ? [{ amountMicros: paper.netMicros, taxMicros: paper.taxMicros }]
    : statements.length > 0
      ? statements.map((one) => ({ amountMicros: one.netMicros, taxMicros: one.taxMicros }))
      : [...ratedOf(lines), ...totals];
  return {
    plan,
    plainCalls: document.plainCalls,
    lines,
    totals,
    bundles: bundlesOf(stays, lines),
    statements,
    paper,
    netMicros: sums.reduce((sum, { amountMicros }) => sum + amountMicros, 0n),
    taxMicros: sums.reduce((sum, { taxMicros }) => sum + taxMicros, 0n),
    refused: lines.filter(({ rating }) => !rating.ok).length,
  };
}

/** What everything that is priced costs, by the code that decides the taxes on it. */
const codesOf = (lines: readonly QuoteLine[], totals: readonly QuotedTotal[], statements: readonly Statement[]) =>
  statements.length > 0
    ? statements.flatMap((one) => [...one.usage, ...one.lines])
    : [...ratedOf(lines).flatMap((rating) => rating.lines), ...totals];

const ratedOf = (lines: readonly QuoteLine[]) => lines.flatMap(({ rating }) => (rating.ok ? [rating] : []));

/** Each component and period once, in the order in which they were first used. */
function totalsOf(stays: readonly QuotedStay[], lines: readonly QuoteLine[]): QuotedTotal[] {
  const found = new Map<string, QuotedTotal>();
  for (const { rating, startMs } of lines)
    for (const { code, from, to, ...delta } of rating.ok ? rating.period : []) {
      const { planId, terms, state } = stayAt(stays, startMs);
      const key = `${planId} ${code} ${from}`;
      const known = found.get(key);
      const { plan } = terms.segments.findLast(({ fromMs }) => fromMs <= startMs) as PlanSegment;
      const component = plan.document.usage.find((one) => one.code === code);
      const period = { from: Temporal.PlainDate.from(from), to: Temporal.PlainDate.from(to) };
      // What the price of a session fell by as it went on.
      if (component?.per !== "period") {
        const amountMicros = (known?.amountMicros ?? 0n) + delta.amountMicros;
        found.set(key, { code, planId, ...period, amountMicros, taxMicros: (known?.taxMicros ?? 0n) + delta.taxMicros, trace: [] });
        continue;
      }
      if (known) continue;
      const trace: TraceLine[] = [];
      const priced = priceOfPeriod({ component, terms, period, zone: plan.zone }, state, trace);
      found.set(key, { code, planId, ...period, ...priced, trace });
    }
  return [...found.values()];
}

/** What is drawn of each grant, and what is left of those that last beyond the last usage. */
function bundlesOf(stays: readonly QuotedStay[], lines: readonly QuoteLine[]): QuotedBundle[] {
  const lastMs = lines.reduce((last, { startMs }) => Math.max(last, startMs), Number.NEGATIVE_INFINITY);
  const { terms, state } = stayAt(stays, lastMs);
  const { plan } = terms.segments.findLast(({ fromMs }) => fromMs <= lastMs) ?? (terms.segments[0] as PlanSegment);
  if (lines.length === 0) return [];
  const day = dayOf(Temporal.Instant.fromEpochMilliseconds(lastMs), plan.zone);
  return plan.document.bundles.flatMap((bundle) =>
    grantsOn(plan, terms, bundle, day, state).map(({ key, left }) => {
      const used = state.bundleUsed(key) + (key.code === bundle.code ? 0n : state.bundleUsed({ ...key, code: bundle.code }));
      return { code: bundle.code, from: key.from, drawn: exact(used, bundle), left: exact(left, bundle), unit: unitName(bundle) };
    }),
  );
}

const exact = (nano: bigint, of: Parameters<typeof unitsOf>[1]) => toExactText(unitsOf(nano, of));
