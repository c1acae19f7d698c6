// Two decks side by side. Lines are compared by what a call of 60 seconds outside time bands costs, worked out by the price function itself
// to a millionth and before any rounding of the plan; what costs the same and is written otherwise is said to be changed.
import { PLAN_SCHEMA_ID, type PlanDocument, type PlanRate } from "../../catalog/plan-document.ts";
import { inTurns } from "../../kernel/turns.ts";
import { compilePlan } from "../../rating/compile-plan.ts";
import { rateCall } from "../../rating/rate-call.ts";
import type { Deck, Terms } from "./deck.ts";

export const REFERENCE_SEC = 60;
export const DIFF_KINDS = ["added", "removed", "dearer", "cheaper", "changed", "unchanged"] as const;
export type DiffKind = (typeof DIFF_KINDS)[number];

/** `before` and `after` are places in the two decks, -1 where the prefix isn't. */
export type DiffLine = { readonly kind: DiffKind; readonly prefix: string; readonly before: number; readonly after: number };
export type Diff = {
  readonly lines: readonly DiffLine[];
  readonly counts: Readonly<Record<DiffKind, number>>;
  /** Cost of the reference call, in micros; undefined where there is no price to compare. */
  readonly costOf: (terms: Terms) => bigint | undefined;
};

const kept = new Map<string, Diff>();
const MAX_KEPT = 4;

/** In the order of prefixes. The last few are kept: pages of one comparison are asked for one after another. */
export async function diffOf(before: Deck, after: Deck): Promise<Diff> {
  const key = `${before.key} ${after.key}`;
  const known = kept.get(key) ?? (await compare(before, after));
  kept.delete(key);
  kept.set(key, known);
  if (kept.size > MAX_KEPT) kept.delete(kept.keys().next().value!);
  return known;
}

/** Places of the same prefix in both decks, -1 where one doesn't have it. */
function* pairsOf(before: Deck, after: Deck): Generator<readonly [number, number]> {
  for (let i = 0, j = 0; i < before.prefixes.length || j < after.prefixes.length; ) {
    const [old, now] = [before.prefixes[i], after.prefixes[j]];
    if (now === undefined || (old !== undefined && old < now)) yield [i++, -1];
    else if (old === undefined || now < old) yield [-1, j++];
    else yield [i++, j++];
  }
}

async function compare(before: Deck, after: Deck): Promise<Diff> {
  const texts = new Map<Terms, string>();
  const textOf = (terms: Terms) => {
    const text = texts.get(terms) ?? JSON.stringify(inOrder(terms));
    texts.set(terms, text);
    return text;
  };
  const pairs = [...pairsOf(before, after)];
  const isSame = ([i, j]: readonly [number, number]) => i >= 0 && j >= 0 && textOf(before.terms[i]!) === textOf(after.terms[j]!);
  // What is written alike costs alike: of most decks little is left to be priced.
  const different = new Set<Terms | undefined>();
  for await (const [, piece] of inTurns(pairs))
    for (const pair of piece) if (!isSame(pair)) different.add(before.terms[pair[0]]).add(after.terms[pair[1]]);
  const costs = new Map<Terms, bigint | undefined>();
  for await (const [, piece] of inTurns([...different])) for (const [terms, cost] of referenceCosts(piece)) costs.set(terms, cost);
  const costOf = (terms: Terms) => {
    if (!costs.has(terms)) for (const [key, cost] of referenceCosts([terms])) costs.set(key, cost);
    return costs.get(terms);
  };
  const kindOf = (pair: readonly [number, number]): DiffKind => {
    const [i, j] = pair;
    if (i < 0) return "added";
    if (j < 0) return "removed";
    if (isSame(pair)) return before.names[i] === after.names[j] ? "unchanged" : "changed";
    const [was, is] = [costOf(before.terms[i]!), costOf(after.terms[j]!)];
    return was === undefined || is === undefined || was === is ? "changed" : is > was ? "dearer" : "cheaper";
  };
  const counts = Object.fromEntries(DIFF_KINDS.map((kind) => [kind, 0])) as Record<DiffKind, number>;
  const lines: DiffLine[] = [];
  for await (const [, piece] of inTurns(pairs))
    for (const pair of piece) {
      const kind = kindOf(pair);
      counts[kind] += 1;
      lines.push({ kind, prefix: (after.prefixes[pair[1]] ?? before.prefixes[pair[0]])!, before: pair[0], after: pair[1] });
    }
  return { lines, counts, costOf };
}

/** What is left out counts as what it means, and the order of fields as nothing. */
function inOrder({ connectFee = "0", steps = [], bands = [], minimumCharge, freeSec, maxCost }: Terms) {
  return { connectFee, steps: steps.map((s) => [s.fromSec, s.price, s.perSec, s.incrementSec]), bands, minimumCharge, freeSec, maxCost };
}

/** All different terms are priced as one plan. A draft may hold what can't be priced: then there is nothing to compare. */
function referenceCosts(all: Iterable<Terms | undefined>): Map<Terms, bigint | undefined> {
  const different = [...new Set(all)].filter((terms) => terms !== undefined);
  const rates = different.map((terms, i): PlanRate => {
    const { steps = [], bands = [], connectFee = "0", ...rest } = terms;
    // A price that holds only in bands is compared in its first.
    const [first] = bands;
    const plain = steps.length > 0 || !first ? { connectFee, steps } : { connectFee: first.connectFee ?? connectFee, steps: first.steps };
    return { ...rest, ...plain, bands: [], prefix: String(10_000_000 + i), destination: "" };
  });
  const costs = new Map<Terms, bigint | undefined>(different.map((terms) => [terms, undefined]));
  const take = (from: number, to: number): void => {
    try {
      const plan = compilePlan({ ...blank, rates: rates.slice(from, to) });
      for (let i = from; i < to; i++) {
        const rating = rateCall(plan, { destination: rates[i]!.prefix, billableSec: REFERENCE_SEC });
        if (rating.ok) costs.set(different[i]!, rating.amountMicros);
      }
    } catch {
      // Halved until what is wrong stands alone.
      if (to - from < 2) return;
      const middle = (from + to) >>> 1;
      take(from, middle);
      take(middle, to);
    }
  };
  if (rates.length > 0) take(0, rates.length);
  return costs;
}

const blank: Omit<PlanDocument, "rates"> = {
  ...{ schema: PLAN_SCHEMA_ID, kind: "telephone", name: "Reference", currency: "XXX" },
  ...{ rounding: { decimals: 6, mode: "half_up" }, billing: { period: "month", anchor: "account", change: "at_once" } },
  ...{ bands: [], trafficClasses: [], usage: [], bundles: [], fees: [], discounts: [] },
};
