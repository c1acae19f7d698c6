// What the commands over ranges of serial numbers have in common: the series is held, the cards that can are moved, and what happened is counted and told.
import type { Tx } from "../../db/client.ts";
import { rawOf } from "../../db/client.ts";
import type { CommandContext } from "../kernel/command.ts";
import { accept, type Outcome, refuse } from "../kernel/errors.ts";
import { countOf, type Move, type Moved, type Movement, moveCards, stockChanges, writeMovements } from "./move-cards.ts";
import { MAX_RANGE } from "./series-fields.ts";
import { lockSeries, type Series } from "./series-of.ts";

export type Range = {
  readonly seriesId: string;
  readonly firstSerial: number;
  readonly lastSerial: number;
  readonly why?: string | undefined;
};

/** How many were moved, and in which states the others are; a card that doesn't exist is in none. */
export type RangeMoved = { readonly moved: number; readonly left: number; readonly leftIn: Readonly<Record<string, number>> };

type Plan = {
  /** Says how they are moved, or why they can't be. */
  readonly move: (
    series: Series,
  ) => Outcome<Omit<Move, "firstSerial" | "lastSerial">> | Promise<Outcome<Omit<Move, "firstSerial" | "lastSerial">>>;
  /** Posts what is to be paid for them; gives the transaction of each movement. */
  readonly pay?: (series: Series, moved: readonly Moved[]) => Promise<Outcome<(one: Movement) => string | null>>;
};

const wrong = (message: string) => refuse("invalid_input", { issues: [{ path: "lastSerial", message }] });

/** Moves what can be moved. `cards_not_movable` when nothing can. */
export async function moveRange(context: CommandContext, what: string, range: Range, plan: Plan): Promise<Outcome<RangeMoved>> {
  const { tx, providerId, now, actor, audit, emit } = context;
  const { seriesId, firstSerial, lastSerial, why } = range;
  if (lastSerial < firstSerial) return wrong("must not be below the first");
  if (lastSerial - firstSerial >= MAX_RANGE) return wrong(`is too far: a range has at most ${MAX_RANGE} cards`);
  const series = await lockSeries(tx, providerId, seriesId);
  if (!series) return refuse("not_found");
  const move = await plan.move(series);
  if (!move.ok) return move;
  const t = rawOf(tx);
  const moved = await moveCards(t, providerId, series, { ...move.value, firstSerial, lastSerial });
  const counted = countOf(moved);
  const leftIn = await statesOf(tx, providerId, range, moved);
  const left = lastSerial - firstSerial + 1 - counted;
  if (counted === 0) return refuse("cards_not_movable", { leftIn });
  const paid = await plan.pay?.(series, moved);
  if (paid && !paid.ok) return paid;
  await writeMovements(t, providerId, seriesId, moved, { what, by: actor.name, why, ...(paid ? { transactionOf: paid.value } : {}) }, now);
  await emit("cards.moved", stockChanges(seriesId, moved));
  audit({ after: { series: series.code, firstSerial, lastSerial, moved: counted, left } });
  return accept({ moved: counted, left, leftIn });
}

/** The states of the cards in the range that were not moved. */
async function statesOf(tx: Tx, providerId: number, { seriesId, firstSerial, lastSerial }: Range, moved: readonly Moved[]) {
  if (countOf(moved) === lastSerial - firstSerial + 1) return {};
  const rows = await rawOf(tx)<{ state: string; cards: number }[]>`
    select case when blocked then 'blocked' else state end as state, count(*)::int as cards from app.cards
    where provider_id = ${providerId} and series_id = ${seriesId} and serial between ${firstSerial} and ${lastSerial} group by 1 order by 1`;
  const counts = new Map(rows.map(({ state, cards }) => [state, cards]));
  // Those that were moved are in their new state by now.
  for (const m of moved) {
    const state = m.toBlocked ? "blocked" : m.toState;
    counts.set(state, (counts.get(state) ?? 0) - m.cards);
  }
  return Object.fromEntries([...counts].filter(([, cards]) => cards > 0));
}
