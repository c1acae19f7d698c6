// What does a deck say, of which rate is a number, and what differs between two decks?
import { sql } from "drizzle-orm";
import * as v from "valibot";
import type { Tx } from "../../../db/client.ts";
import type { Scope } from "../../kernel/actor.ts";
import { accept, refuse } from "../../kernel/errors.ts";
import { defineQuery } from "../../kernel/query.ts";
import { idField, providersIn, searchField } from "../input.ts";
import { afterField, limitField, pageOf } from "../page.ts";
import { rows } from "../rows.ts";
import { DIFF_KINDS, type DiffKind, type DiffLine, diffOf, REFERENCE_SEC } from "./compare.ts";
import { type Deck, deckOf, isFound, matchOf, placeOf, type Terms } from "./deck.ts";

/** The number of a version, or "draft". */
export const deckField = v.union(
  [
    v.literal("draft"),
    v.pipe(v.string(), v.regex(/^[1-9]\d{0,8}$/), v.transform(Number)),
    v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(999_999_999)),
  ],
  'must be the number of a version, or "draft"',
);
const dayField = v.pipe(
  v.string(),
  v.regex(/^\d{4}-\d\d-\d\d$/, "must be a day such as 2027-01-31"),
  v.description("Of the draft: as its deck will be then"),
);
const afterPrefix = afterField(/^\d{0,24}$/);

export type DeckRate = Terms & { readonly prefix: string; readonly destination: string };
export const rateAt = (deck: Deck, i: number): DeckRate | null =>
  i < 0 ? null : { prefix: deck.prefixes[i]!, destination: deck.names[i]!, ...deck.terms[i] };

type PlanHead = { providerId: number; planId: string; code: string; name: string; currency: string };

async function planHead(tx: Tx, scope: Scope, planId: string): Promise<PlanHead | undefined> {
  const [plan] = await rows<PlanHead>(
    tx,
    sql`select provider_id, id as plan_id, code, name, currency from app.plans where provider_id = any(${providersIn(scope)}) and id = ${planId}`,
  );
  return plan;
}

/** Rates in the order of prefixes; `match` is the rate that a call to the number `search` would have. */
export const plansDeck = defineQuery({
  name: "plans.deck",
  summary: "Rates of a plan's version or draft, searched by number or name",
  permission: "plans:read",
  level: "subscriber",
  input: v.object({
    ...{ planId: idField, of: deckField, day: v.optional(dayField) },
    ...{ search: v.optional(searchField, ""), after: afterPrefix, limit: limitField },
  }),
  async run({ tx, scope }, { planId, of, day, search, after, limit }) {
    const plan = await planHead(tx, scope, planId);
    const deck = plan && (await deckOf(tx, { ...plan, of, ...(day === undefined ? {} : { day }) }));
    if (!deck) return refuse("not_found");
    const { prefixes, names } = deck;
    const digits = search.replaceAll(/[\s+()-]/g, "");
    const found = isFound(search);
    const places: number[] = [];
    let count = search === "" ? prefixes.length : 0;
    const start = after === undefined ? 0 : placeOf(deck, after[0]!) + 1;
    for (let i = search === "" ? start : 0; i < prefixes.length; i++) {
      if (search === "" ? places.length > limit : !found(prefixes[i]!, names[i]!)) {
        if (search === "") break;
        continue;
      }
      if (search !== "") count++;
      if (i >= start && places.length <= limit) places.push(i);
    }
    const shown = pageOf(places, limit, (i) => [prefixes[i]!]);
    return accept({
      ...plan,
      ...{ of, rates: prefixes.length, found: count, next: shown.next },
      match: /^\d+$/.test(digits) ? rateAt(deck, matchOf(deck, digits)) : null,
      rows: shown.rows.map((i) => rateAt(deck, i)!),
    });
  },
});

export type DiffRow = {
  readonly kind: DiffKind;
  readonly prefix: string;
  readonly before: DeckRate | null;
  readonly after: DeckRate | null;
  /** What the reference call costs; null where there is no price. */
  readonly beforeMicros: bigint | null;
  readonly afterMicros: bigint | null;
};

/** As many as a spreadsheet takes at a time. */
const MOST_LINES = 5000;
const manyField = v.optional(
  v.union([
    v.pipe(v.string(), v.regex(/^\d{1,4}$/), v.transform(Number), v.minValue(1), v.maxValue(MOST_LINES)),
    v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(MOST_LINES)),
  ]),
  50,
);

/** Compared by what a call of `referenceSec` outside time bands costs, before the plan's rounding. `counts` are of all lines, `found` of those asked for. */
export const plansDiff = defineQuery({
  name: "plans.diff",
  summary: "What differs between the decks of two versions, or of a version and the draft",
  permission: "plans:read",
  level: "subscriber",
  input: v.object({
    ...{ planId: idField, from: deckField, to: deckField, fromDay: v.optional(dayField), toDay: v.optional(dayField) },
    ...{ kind: v.optional(v.picklist(DIFF_KINDS)), search: v.optional(searchField, ""), after: afterPrefix, limit: manyField },
  }),
  async run({ tx, scope }, { planId, from, to, fromDay, toDay, kind, search, after, limit }) {
    const plan = await planHead(tx, scope, planId);
    const old = plan && (await deckOf(tx, { ...plan, of: from, ...(fromDay === undefined ? {} : { day: fromDay }) }));
    const now = plan && (await deckOf(tx, { ...plan, of: to, ...(toDay === undefined ? {} : { day: toDay }) }));
    if (!old || !now) return refuse("not_found");
    const diff = await diffOf(old, now);
    const nameOf = (line: DiffLine) => (line.after >= 0 ? now.names[line.after]! : old.names[line.before]!);
    const isAsked = isFound(search);
    const asked = diff.lines.filter(
      (line) =>
        (kind === undefined ? line.kind !== "unchanged" : line.kind === kind) && (search === "" || isAsked(line.prefix, nameOf(line))),
    );
    const begun = after === undefined ? 0 : asked.findIndex(({ prefix }) => prefix > after[0]!);
    const shown = pageOf(begun < 0 ? [] : asked.slice(begun, begun + limit + 1), limit, ({ prefix }) => [prefix]);
    const cost = (rate: Deck, i: number) => (i < 0 ? null : (diff.costOf(rate.terms[i]!) ?? null));
    return accept({
      ...plan,
      ...{ referenceSec: REFERENCE_SEC, counts: diff.counts, found: asked.length, next: shown.next },
      rows: shown.rows.map(
        (line): DiffRow => ({
          ...{ kind: line.kind, prefix: line.prefix, before: rateAt(old, line.before), after: rateAt(now, line.after) },
          ...{ beforeMicros: cost(old, line.before), afterMicros: cost(now, line.after) },
        }),
      ),
    });
  },
});
