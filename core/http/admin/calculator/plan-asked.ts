// The plan that prices, in the versions that the usage needs. Of a deck only the rates that a number may match are read, so that a page's cost
// doesn't grow with the deck.
import { type DocumentIssue, type PlanRate, parsePlanDocument } from "../../../catalog/plan-document.ts";
import { compilePlan } from "../../../rating/compile-plan.ts";
import type { QuotedDocument } from "../../../rating/quote-document.ts";
import type { PlanSegment } from "../../../rating/walk-increments.ts";
import { plansDeck } from "../../../read/plan-deck/query.ts";
import { plansDocument } from "../../../read/plans/query.ts";
import type { PageContext } from "../env.ts";
import { askFor } from "../frame.ts";
import type { PlanDetail } from "../plans.ts";

/** A version, the draft, or each usage by the version in force when it begins. */
export type Of = number | "draft" | "in force";

export type Segments =
  | { readonly ok: true; readonly segments: readonly PlanSegment[] }
  | { readonly ok: false; readonly issue: DocumentIssue | undefined };

export async function segmentsFor(c: PageContext, plan: PlanDetail, of: Of, usage: QuotedDocument, zone: string): Promise<Segments> {
  const numbers = [...new Set(usage.usage.flatMap((one) => ("destination" in one ? [one.destination] : [])))];
  const wanted: { of: number | "draft"; fromMs: number }[] =
    of === "in force" ? needed(plan, usage) : [{ of, fromMs: Number.NEGATIVE_INFINITY }];
  const segments: PlanSegment[] = [];
  for (const one of wanted) {
    const parsed = parsePlanDocument(await documentFor(c, plan.planId, one.of, numbers));
    if (!parsed.ok) return { ok: false, issue: parsed.issues[0] };
    segments.push({ fromMs: one.fromMs, plan: compilePlan(parsed.plan, { zone }) });
  }
  return { ok: true, segments };
}

/** Versions that are in force at some time from the first day on that matters; of two from the same instant on, the later one. Oldest first. */
function needed({ versions }: PlanDetail, { usage, service, period }: QuotedDocument) {
  const instants = usage.flatMap(({ startedAt }) => (startedAt ? [Temporal.Instant.from(startedAt).epochMilliseconds] : []));
  // A day begins up to fourteen hours before it does in UTC.
  const days = [service.startedOn, period?.from].flatMap((day) => (day ? [Date.parse(`${day}T00:00:00Z`) - 14 * 3_600_000] : []));
  const first = [...instants, ...days].reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const all = versions
    .map(({ version, validFrom }) => ({ of: version, fromMs: Temporal.Instant.from(validFrom).epochMilliseconds }))
    .reverse()
    .filter(({ fromMs }, i, list) => list[i + 1]?.fromMs !== fromMs);
  return all.slice(
    Math.max(
      0,
      all.findLastIndex(({ fromMs }) => fromMs <= first),
    ),
  );
}

async function documentFor(c: PageContext, planId: string, of: number | "draft", numbers: readonly string[]): Promise<unknown> {
  const rates = new Map<string, PlanRate>();
  let document: Record<string, unknown> | undefined;
  for (const number of numbers.length > 0 ? numbers : [""]) {
    const found = await askFor(c, plansDocument, { planId, of, deck: "number", number: number.slice(0, 40) });
    document = found.document;
    for (const rate of document.rates as PlanRate[]) rates.set(rate.prefix, rate);
  }
  if (rates.size === 0 && (await askFor(c, plansDeck, { planId, of, limit: 1 })).rates > 0) rates.set(elsewhere, standIn);
  return { ...document, rates: [...rates.values()] };
}

// That a plan has a deck means something, also to what the deck doesn't price.
const elsewhere = "999999999999999999";
const standIn: PlanRate = {
  prefix: elsewhere,
  destination: "–",
  connectFee: "0",
  steps: [{ fromSec: 0, price: "0", perSec: 60, incrementSec: 60 }],
  bands: [],
};
