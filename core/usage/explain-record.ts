// The steps of a stored record's price, worked out again from what is pinned in it: plan versions, and what was used before. Pure.
import { parsePlanDocument } from "../catalog/plan-document.ts";
import { startOfDay } from "../kernel/period.ts";
import { type Basis, stateOfBasis, termsOfBasis } from "../rating/basis.ts";
import { compilePlan } from "../rating/compile-plan.ts";
import { explainUsage } from "../rating/explain-usage.ts";
import { spreadOver } from "../rating/shapes/percentile-95.ts";
import type { TraceLine } from "../rating/trace.ts";
import type { RatedUsage } from "../rating/usage-rating.ts";
import type { PlanSegment } from "../rating/walk-increments.ts";
import { factOfStored, type StoredFact } from "./fact.ts";

export type ExplainedRecord = StoredFact & {
  readonly zone: string;
  readonly details: { readonly basis?: unknown } | null;
  /** Versions that had a part in the price, the first of which was in force when the usage began. */
  readonly versions: readonly { readonly fromMs: number; readonly document: unknown }[];
  /** What 95th percentiles had counted before; null: it isn't known. */
  readonly counted: readonly Counted[] | null;
};
type Counted = {
  readonly code: string;
  readonly from: string;
  readonly to: string;
  readonly startedAt: string;
  readonly durationSec: number;
  readonly octetsIn: bigint;
  readonly octetsOut: bigint;
};

/** Why there are no steps. */
export type Unexplained = "rated_by_older_release" | "earlier_usage_not_kept" | "refused_now";

export type Explained =
  | { readonly ok: true; readonly rating: RatedUsage; readonly trace: readonly TraceLine[] }
  | { readonly ok: false; readonly why: Unexplained };

export function explainRecord(record: ExplainedRecord): Explained {
  const segments = record.versions.map(({ fromMs, document }): PlanSegment => ({ fromMs, plan: compiled(document, record) }));
  const basis = (record.details?.basis as Basis | undefined) ?? (segments.every(({ plan }) => plan.plain) ? OF_DECKS : undefined);
  if (!basis) return { ok: false, why: "rated_by_older_release" };
  const state =
    record.counted &&
    stateOfBasis(
      basis,
      record.counted.flatMap((one) => [...samplesOf(one, segments[0]!.plan.zone)]),
    );
  if (!state) return { ok: false, why: "earlier_usage_not_kept" };
  const { rating, trace } = explainUsage(termsOfBasis(basis, segments), factOfStored(record), state);
  return rating.ok ? { ok: true, rating, trace } : { ok: false, why: "refused_now" };
}

/** A deck's price doesn't depend on what was used before it. */
const OF_DECKS: Basis = { startedOn: "1970-01-01" };

/** Prices by prefix that the destination doesn't begin with are left out: compiling a long deck takes a second. One stays, since a deck has prices. */
function compiled(document: unknown, { zone, destination }: StoredFact & { readonly zone: string }) {
  const dialled = destination.replace(/^\+/, "");
  const own = <T extends { readonly prefix?: string }>(all: readonly T[]) =>
    all.filter(({ prefix = "" }, index) => index === 0 || dialled.startsWith(prefix));
  const {
    rates = [],
    usage = [],
    ...others
  } = document as { rates?: Prefixed; usage?: readonly { price: { rates?: Prefixed; prices?: Prefixed } }[] };
  const components = usage.map((one) => {
    const { rates: deck, prices } = one.price;
    return { ...one, price: { ...one.price, ...(deck ? { rates: own(deck) } : {}), ...(prices ? { prices: own(prices) } : {}) } };
  });
  const parsed = parsePlanDocument({ ...others, rates: own(rates), usage: components });
  if (!parsed.ok) throw new Error(`a published plan version can't be read: ${JSON.stringify(parsed.issues)}`);
  return compilePlan(parsed.plan, { zone });
}
type Prefixed = readonly { readonly prefix?: string }[];

function* samplesOf({ code, from, to, startedAt, durationSec: seconds, octetsIn, octetsOut }: Counted, zone: string) {
  const [fromMs, toMs] = [from, to].map((day) => startOfDay(Temporal.PlainDate.from(day), zone).epochMilliseconds) as [number, number];
  const fact = { startMs: Date.parse(startedAt), seconds, octetsIn, octetsOut };
  for (const { atMs, sample } of spreadOver({ fromMs, toMs }, fact)) yield { key: { code, pooled: false, from }, atMs, sample };
}
