// A deck as pages and comparisons need it: sorted by prefix, with equal prices held once. Read from the database once per process for each
// version: a version never changes, and a draft that changes has another revision.
import { sql } from "drizzle-orm";
import type { Tx } from "../../../db/client.ts";
import { type DatedLines, deckOn } from "../../catalog/deck/deck-line.ts";
import type { PlanRate } from "../../catalog/plan-document.ts";
import { inTurns } from "../../kernel/turns.ts";
import { rows } from "../rows.ts";

/** What a rate says beside its prefix and its name. */
export type Terms = Partial<Omit<PlanRate, "prefix" | "destination">>;

/** Columns of one deck: of the rate at `i`, `prefixes[i]`, `names[i]` and `terms[i]`, which is the same object for the same terms. */
export type Deck = {
  readonly key: string;
  /** The document that the deck stands in, without it. */
  readonly document: Readonly<Record<string, unknown>>;
  readonly prefixes: readonly string[];
  readonly names: readonly string[];
  readonly terms: readonly Terms[];
};

/** A version by its number, or the draft, perhaps as it will be on a day. */
export type DeckOf = { readonly providerId: number; readonly planId: string; readonly of: number | "draft"; readonly day?: string };

/** Rates that are kept at most, of all decks together: some 100 bytes each. */
const MAX_KEPT = 1_000_000;
const kept = new Map<string, Deck>();

/** Undefined when there is no such version or draft. */
export async function deckOf(tx: Tx, { providerId, planId, of, day }: DeckOf): Promise<Deck | undefined> {
  const state = of === "draft" ? await draftRevision(tx, providerId, planId) : String(of);
  if (state === undefined) return undefined;
  const key = [providerId, planId, of === "draft" ? `draft ${state}` : state, day ?? ""].join("|");
  const known = kept.get(key);
  if (known) {
    kept.delete(key);
    kept.set(key, known);
    return known;
  }
  const deck = await readDeck(tx, key, { providerId, planId, of, ...(day === undefined ? {} : { day }) });
  if (!deck) return undefined;
  kept.set(key, deck);
  let total = 0;
  for (const { prefixes } of kept.values()) total += prefixes.length;
  for (const [oldest, { prefixes }] of kept) {
    if (total <= MAX_KEPT || oldest === key) break;
    kept.delete(oldest);
    total -= prefixes.length;
  }
  return deck;
}

async function draftRevision(tx: Tx, providerId: number, planId: string): Promise<string | undefined> {
  const [draft] = await rows<{ revision: number }>(
    tx,
    sql`select revision from app.plan_drafts where provider_id = ${providerId} and plan_id = ${planId}`,
  );
  return draft && String(draft.revision);
}

type RateRow = { prefix: string | null; name: string | null; terms: string };

async function readDeck(tx: Tx, key: string, { providerId, planId, of, day }: DeckOf): Promise<Deck | undefined> {
  const source =
    of === "draft"
      ? sql`app.plan_drafts s where s.provider_id = ${providerId} and s.plan_id = ${planId}`
      : sql`app.plan_versions s where s.provider_id = ${providerId} and s.plan_id = ${planId} and s.version = ${of}`;
  const [head] = await tx.execute<{ document: Record<string, unknown> }>(sql`select document - 'rates' as document from ${source}`);
  if (!head) return undefined;
  const found = await tx.execute<RateRow>(
    sql`select r ->> 'prefix' as prefix, r ->> 'destination' as name, (r - 'prefix' - 'destination')::text as terms
        from (select document -> 'rates' as rates from ${source}) d,
          jsonb_array_elements(case jsonb_typeof(d.rates) when 'array' then d.rates else '[]' end) r
        where jsonb_typeof(r) = 'object' order by (r ->> 'prefix') collate "C"`,
  );
  const deck = await deckFrom(key, head.document, found);
  if (of !== "draft" || day === undefined) return deck;
  const [draft] = await tx.execute<{ changes: DatedLines[] }>(
    sql`select changes from app.plan_drafts where provider_id = ${providerId} and plan_id = ${planId}`,
  );
  return onDay(deck, draft?.changes ?? [], day);
}

async function deckFrom(key: string, document: Deck["document"], found: readonly RateRow[]): Promise<Deck> {
  const [prefixes, names, terms]: [string[], string[], Terms[]] = [[], [], []];
  const [knownTerms, knownNames] = [new Map<string, Terms>(), new Map<string, string>()];
  for await (const [, piece] of inTurns(found))
    for (const rate of piece) {
      prefixes.push(rate.prefix ?? "");
      const name = rate.name ?? "";
      names.push(knownNames.get(name) ?? name);
      knownNames.set(names.at(-1)!, names.at(-1)!);
      const same = knownTerms.get(rate.terms) ?? (JSON.parse(rate.terms) as Terms);
      knownTerms.set(rate.terms, same);
      terms.push(same);
    }
  return { key, document, prefixes, names, terms };
}

/** The draft's deck as its changes make it up to the day. */
async function onDay(deck: Deck, changes: readonly DatedLines[], day: string): Promise<Deck> {
  const rates = deck.prefixes.map(
    (prefix, i): PlanRate => ({ connectFee: "0", steps: [], bands: [], ...deck.terms[i], prefix, destination: deck.names[i]! }),
  );
  return deckFrom(
    deck.key,
    deck.document,
    deckOn(rates, changes, day).map(({ prefix, destination, ...terms }) => ({ prefix, name: destination, terms: JSON.stringify(terms) })),
  );
}

/** Where a prefix is, or would be. */
export function placeOf({ prefixes }: Deck, prefix: string): number {
  let [low, high] = [0, prefixes.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (prefixes[middle]! < prefix) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The rate of a number: its longest prefix that the deck has; -1 when it has none. */
export function matchOf(deck: Deck, digits: string): number {
  for (let length = Math.min(digits.length, 24); length >= 0; length--) {
    const at = placeOf(deck, digits.slice(0, length));
    if (deck.prefixes[at] === digits.slice(0, length)) return at;
  }
  return -1;
}

/** The rates whose prefixes a number begins with, one of which is its own. */
export function candidatesOf(deck: Deck, digits: string): number[] {
  const places = Array.from({ length: Math.min(digits.length, 24) + 1 }, (_, length) => placeOf(deck, digits.slice(0, length)));
  return [...new Set(places)].filter((at) => digits.startsWith(deck.prefixes[at] ?? " "));
}

/** Whether a line answers what is searched: of digits, prefixes that begin with them or that they begin with; of words, the name. */
export function isFound(search: string): (prefix: string, name: string) => boolean {
  const digits = search.replaceAll(/[\s+()-]/g, "");
  if (/^\d+$/.test(digits)) return (prefix) => prefix.startsWith(digits) || (prefix !== "" && digits.startsWith(prefix));
  const words = search.toLowerCase();
  return (_, name) => name.toLowerCase().includes(words);
}
