// Moves cards from state to state and from hand to hand: any number in one statement, by the declared table, with a movement for each kind of card it met.
import type { RawTx } from "../../db/client.ts";
import type { CardState } from "../../db/schema/cards.ts";
import { newId } from "../kernel/id.ts";
import { type CardTrigger, stepFor } from "./card-states.ts";
import type { Series } from "./series-of.ts";

/** Cards that were alike and now are alike. */
export type Moved = {
  readonly movementId: string;
  readonly fromState: CardState;
  readonly toState: CardState;
  readonly fromBlocked: boolean;
  readonly toBlocked: boolean;
  readonly fromDealer: string | null;
  readonly toDealer: string | null;
  /** Of the sale before. */
  readonly commissionPpm: number | null;
  readonly cards: number;
  readonly firstSerial: number;
  readonly lastSerial: number;
};

export type Move = {
  readonly trigger: CardTrigger;
  readonly firstSerial: number;
  readonly lastSerial: number;
  /** Only cards of these hands; null is the provider itself. */
  readonly ofDealers?: readonly (string | null)[];
  /** Whose they are then; unchanged when not said. */
  readonly toDealer?: string | null;
  /** Only those that can't be used any more at this instant. */
  readonly endedAt?: Temporal.Instant;
  readonly usableUntil?: Temporal.Instant | null;
  readonly commissionPpm?: number | null;
};

/** Holds the cards it moves until the transaction ends. Gives what it moved, by kind; the others stay as they are. Write the movements afterwards. */
export async function moveCards(t: RawTx, providerId: number, series: Series, move: Move): Promise<Moved[]> {
  const step = stepFor(move.trigger, series.kind);
  if (!step) return [];
  const { toDealer, ofDealers, usableUntil, commissionPpm, endedAt } = move;
  const pairs = Object.entries(step.from);
  const ofHands = ofDealers?.filter((id): id is string => id !== null) ?? [];
  const rows = await t<(Omit<Moved, "movementId" | "firstSerial" | "lastSerial"> & { firstSerial: string; lastSerial: string })[]>`
    with chosen as materialized (
      select serial, state, blocked, dealer_id, commission_ppm from app.cards
      where provider_id = ${providerId} and series_id = ${series.id} and serial between ${move.firstSerial} and ${move.lastSerial} and state = any(${pairs.map(([from]) => from)}::text[])
        ${step.blocked === undefined ? t`` : t`and blocked = ${step.blocked}`}
        ${ofDealers === undefined ? t`` : t`and (dealer_id = any(${ofHands}::uuid[]) ${ofDealers.includes(null) ? t`or dealer_id is null` : t``})`}
        ${endedAt === undefined ? t`` : t`and usable_until <= ${endedAt.toString()}::timestamptz`}
      order by serial for update),
    moved as (
      update app.cards c set state = (${JSON.stringify(step.from)}::text::jsonb) ->> o.state, blocked = ${step.becomes ? t`${step.becomes.blocked}` : t`o.blocked`},
        dealer_id = ${toDealer === undefined ? t`o.dealer_id` : t`${toDealer}::uuid`},
        usable_until = ${usableUntil === undefined ? t`c.usable_until` : t`${usableUntil?.toString() ?? null}::timestamptz`},
        commission_ppm = ${commissionPpm === undefined ? t`c.commission_ppm` : t`${commissionPpm}::int`}
      from chosen o where c.provider_id = ${providerId} and c.series_id = ${series.id} and c.serial = o.serial
      returning o.state as from_state, c.state as to_state, o.blocked as from_blocked, c.blocked as to_blocked, o.dealer_id as from_dealer, c.dealer_id as to_dealer,
        o.commission_ppm, c.serial)
    select from_state as "fromState", to_state as "toState", from_blocked as "fromBlocked", to_blocked as "toBlocked", from_dealer as "fromDealer", to_dealer as "toDealer",
      commission_ppm as "commissionPpm", count(*)::int as cards, min(serial)::text as "firstSerial", max(serial)::text as "lastSerial"
    from moved group by 1, 2, 3, 4, 5, 6, 7 order by min(serial)`;
  return rows.map((row) => ({ ...row, movementId: newId(), firstSerial: Number(row.firstSerial), lastSerial: Number(row.lastSerial) }));
}

export type Movement = Omit<Moved, "fromState" | "commissionPpm"> & { readonly fromState: CardState | null };
type About = {
  readonly what: string;
  readonly by: string;
  readonly why?: string | undefined;
  readonly transactionOf?: (one: Movement) => string | null;
};

/** Adds the movements to the stock ledger. */
export async function writeMovements(
  t: RawTx,
  providerId: number,
  seriesId: string,
  movements: readonly Movement[],
  { what, by, why, transactionOf }: About,
  now: Temporal.Instant,
): Promise<void> {
  const rows = movements.map((m) => ({ ...m, transactionId: transactionOf?.(m) ?? null }));
  await t`
    insert into app.card_movements (provider_id, id, series_id, what, from_state, to_state, from_blocked, to_blocked, from_dealer, to_dealer, cards, first_serial, last_serial,
      transaction_id, why, moved_by, at)
    select ${providerId}, m."movementId", ${seriesId}, ${what}, m."fromState", m."toState", m."fromBlocked", m."toBlocked", m."fromDealer", m."toDealer", m.cards,
      m."firstSerial", m."lastSerial", m."transactionId", ${why ?? null}, ${by}, ${now.toString()}::timestamptz
    from jsonb_to_recordset(${JSON.stringify(rows)}::text::jsonb) as m("movementId" uuid, "fromState" text, "toState" text, "fromBlocked" boolean, "toBlocked" boolean,
      "fromDealer" uuid, "toDealer" uuid, cards int, "firstSerial" bigint, "lastSerial" bigint, "transactionId" uuid)`;
}

const NOBODY = "00000000-0000-0000-0000-000000000000";

/** What the event `cards.moved` says of them: what each place gained. */
export function stockChanges(seriesId: string, movements: readonly Movement[]) {
  const sums = new Map<string, { seriesId: string; dealerId: string; state: CardState; blocked: boolean; cards: number }>();
  const add = (dealer: string | null, state: CardState, blocked: boolean, cards: number) => {
    const key = `${dealer} ${state} ${blocked}`;
    const sum = sums.get(key);
    if (sum) sum.cards += cards;
    else sums.set(key, { seriesId, dealerId: dealer ?? NOBODY, state, blocked, cards });
  };
  for (const m of movements) {
    if (m.fromState !== null) add(m.fromDealer, m.fromState, m.fromBlocked, -m.cards);
    add(m.toDealer, m.toState, m.toBlocked, m.cards);
  }
  return { stock: [...sums.values()].filter(({ cards }) => cards !== 0) };
}

export const countOf = (moved: readonly { readonly cards: number }[]): number => moved.reduce((sum, { cards }) => sum + cards, 0);
