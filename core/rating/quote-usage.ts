// A quote: the price of usage that nobody has made, by the functions that charge what was. Nothing is stored.
import { dayOf, type Period } from "../kernel/period.ts";
import { toExactText } from "../kernel/rational.ts";
import { billingPeriodOf } from "./billing-period.ts";
import { grantsOn } from "./bundles.ts";
import { type Statement, statementOf } from "./charges/statement.ts";
import { isBefore, type ServiceTimeline } from "./charges/timeline.ts";
import type { CompiledPlan } from "./compile-plan.ts";
import { unitName, unitsOf } from "./figures.ts";
import { priceOfPeriod } from "./period-totals.ts";
import type { QuotedDocument, QuotedUsage } from "./quote-document.ts";
import { quotedFact } from "./quoted-fact.ts";
import { rateUsage } from "./rate-usage.ts";
import type { TraceLine } from "./trace.ts";
import type { RefusedUsage, ServiceTerms, UsageRating } from "./usage-rating.ts";
import { memoryState, type UsageState } from "./usage-state.ts";
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
  readonly statements: readonly (Statement & { readonly period: Period })[];
  /** Of the usage that has a price: net, and the tax on it. With statements, of these. */
  readonly netMicros: bigint;
  readonly taxMicros: bigint;
  readonly refused: number;
};

/** `segments`: the plan's versions, oldest first, at least one. Usage without an instant began at `nowMs`. */
export function quoteUsage(segments: readonly PlanSegment[], document: QuotedDocument, nowMs: number): Quote {
  const terms = termsOf(segments, document, nowMs);
  const state = memoryState();
  const lines = document.usage.map((usage): QuoteLine => {
    const trace: TraceLine[] = [];
    const fact = quotedFact(usage, nowMs);
    const { startMs } = fact;
    if (startMs < (segments[0] as PlanSegment).fromMs) {
      trace.push({ kind: "no_version" });
      return { usage, startMs, rating: { ok: false, code: "no_plan" }, trace };
    }
    return { usage, startMs, rating: rateUsage(terms, fact, state, trace), trace };
  });
  const totals = totalsOf(terms, lines, state);
  const statements = document.period ? statementsOf(terms, document, lines, totals) : [];
  const sums =
    statements.length > 0
      ? statements.map((one) => ({ amountMicros: one.netMicros, taxMicros: one.taxMicros }))
      : [...ratedOf(lines), ...totals];
  return {
    plan: (segments.at(-1) as PlanSegment).plan,
    plainCalls: document.plainCalls,
    lines,
    totals,
    bundles: bundlesOf(terms, lines, state),
    statements,
    netMicros: sums.reduce((sum, { amountMicros }) => sum + amountMicros, 0n),
    taxMicros: sums.reduce((sum, { taxMicros }) => sum + taxMicros, 0n),
    refused: lines.filter(({ rating }) => !rating.ok).length,
  };
}

function termsOf(segments: readonly PlanSegment[], { service, usage, period }: QuotedDocument, nowMs: number): ServiceTerms {
  const { zone } = (segments[0] as PlanSegment).plan;
  const days = usage.map((one) => dayOf(Temporal.Instant.fromEpochMilliseconds(quotedFact(one, nowMs).startMs), zone));
  if (period) days.push(Temporal.PlainDate.from(period.from));
  const first = days.reduce((a, b) => (isBefore(b, a) ? b : a));
  const { startedOn, billingDay, attributes, pooledServices, taxExempt } = service;
  return {
    segments,
    startedOn: startedOn === undefined ? first : Temporal.PlainDate.from(startedOn),
    ...(billingDay === undefined ? {} : { billingDay }),
    attributes,
    pooledServices,
    taxExempt,
  };
}

const ratedOf = (lines: readonly QuoteLine[]) => lines.flatMap(({ rating }) => (rating.ok ? [rating] : []));

/** Each component and period once, in the order in which they were first used. */
function totalsOf(terms: ServiceTerms, lines: readonly QuoteLine[], state: UsageState): QuotedTotal[] {
  const found = new Map<string, QuotedTotal>();
  for (const { rating, startMs } of lines)
    for (const { code, from, to } of rating.ok ? rating.period : []) {
      const key = `${code} ${from}`;
      if (found.has(key)) continue;
      const { plan } = terms.segments.findLast(({ fromMs }) => fromMs <= startMs) as PlanSegment;
      const component = plan.document.usage.find((one) => one.code === code);
      if (!component) continue;
      const period = { from: Temporal.PlainDate.from(from), to: Temporal.PlainDate.from(to) };
      const trace: TraceLine[] = [];
      const priced = priceOfPeriod({ component, terms, period, zone: plan.zone }, state, trace);
      found.set(key, { code, ...period, ...priced, trace });
    }
  return [...found.values()];
}

/** What is drawn of each grant, and what is left of those that last beyond the last usage. */
function bundlesOf(terms: ServiceTerms, lines: readonly QuoteLine[], state: UsageState): QuotedBundle[] {
  const lastMs = lines.reduce((last, { startMs }) => Math.max(last, startMs), Number.NEGATIVE_INFINITY);
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

/** Every billing period that the days asked for touch, as far as the service was on the plan in it. */
function statementsOf(
  terms: ServiceTerms,
  { period, service }: QuotedDocument,
  lines: readonly QuoteLine[],
  totals: readonly QuotedTotal[],
): Quote["statements"] {
  const timeline = timelineOf(terms, service.endedOn);
  const [stay] = timeline.stays;
  const statements: (Statement & { period: Period })[] = [];
  const until = Temporal.PlainDate.from((period as { to: string }).to);
  const end = stay?.to && isBefore(stay.to, until) ? stay.to : until;
  let day = Temporal.PlainDate.from((period as { from: string }).from);
  if (isBefore(day, terms.startedOn)) day = terms.startedOn;
  while (isBefore(day, end)) {
    const { plan, fromMs } = versionOn(terms, day);
    const whole = billingPeriodOf(plan, terms, Math.max(fromMs, day.toZonedDateTime(plan.zone).epochMilliseconds));
    statements.push({ period: whole, ...statementOf(timeline, day, usageIn(plan, whole, lines, totals)) });
    day = whole.to;
  }
  return statements;
}

const versionOn = ({ segments }: ServiceTerms, day: Temporal.PlainDate): PlanSegment =>
  segments.findLast(({ fromMs, plan }) => fromMs <= day.toZonedDateTime(plan.zone).epochMilliseconds) ?? (segments[0] as PlanSegment);

function timelineOf({ segments, startedOn, billingDay, taxExempt }: ServiceTerms, endedOn: string | undefined): ServiceTimeline {
  const { zone } = (segments[0] as PlanSegment).plan;
  const versions = segments.map(({ fromMs, plan }, index) => ({
    version: index + 1,
    from: Number.isFinite(fromMs) ? dayOf(Temporal.Instant.fromEpochMilliseconds(fromMs), zone) : startedOn,
    document: plan.document,
  }));
  const stay = { plan: { planId: "quote", zone, versions }, from: startedOn };
  return { stays: [endedOn === undefined ? stay : { ...stay, to: Temporal.PlainDate.from(endedOn) }], billingDay, taxExempt };
}

/** What each component, the deck ("calls") and each bundle cost in the period. */
function usageIn({ zone }: CompiledPlan, { from, to }: Period, lines: readonly QuoteLine[], totals: readonly QuotedTotal[]) {
  const sums = new Map<string, { kind: "usage"; code: string; amountMicros: bigint; taxMicros: bigint }>();
  const add = ({ code, amountMicros, taxMicros }: { code: string; amountMicros: bigint; taxMicros: bigint }) => {
    const before = sums.get(code) ?? { kind: "usage", code, amountMicros: 0n, taxMicros: 0n };
    sums.set(code, { ...before, amountMicros: before.amountMicros + amountMicros, taxMicros: before.taxMicros + taxMicros });
  };
  const inside = (day: Temporal.PlainDate) => !isBefore(day, from) && isBefore(day, to);
  for (const { rating, startMs } of lines)
    if (rating.ok && inside(dayOf(Temporal.Instant.fromEpochMilliseconds(startMs), zone))) rating.lines.forEach(add);
  for (const total of totals) if (inside(total.from)) add(total);
  return [...sums.values()];
}
