// Which prepaid cards are there, where are they, and what became of one? Counts come out of the stock, never out of the cards.
import { type SQL, sql } from "drizzle-orm";
import * as v from "valibot";
import type { CardGrant, CardKind, CardState, ExportFormat, PinAlphabet } from "../../../db/schema/cards.ts";
import type { Scope } from "../../kernel/actor.ts";
import { accept, refuse } from "../../kernel/errors.ts";
import { defineQuery } from "../../kernel/query.ts";
import { idField, providersIn } from "../input.ts";
import { afterField, limitField, pageOf, providerField, uuidPart } from "../page.ts";
import { rows } from "../rows.ts";

export type Stock = Readonly<Record<"printed" | "stock" | "blocked" | "sold" | "used" | "void" | "expired", number>>;

export type SeriesRow = Stock & {
  providerId: number;
  seriesId: string;
  code: string;
  name: string;
  kind: CardKind;
  valueMicros: bigint;
  currency: string;
  grants: CardGrant;
  sellableUntil: string | null;
  /** Of the batch that is being made. */
  making: number | null;
  made: number | null;
};

// Blocked cards are counted where they are, and said beside it.
const stockColumns = sql`
  coalesce(sum(k.cards), 0) as printed, coalesce(sum(k.cards) filter (where k.state in ('generated', 'activated')), 0) as stock,
  coalesce(sum(k.cards) filter (where k.blocked and k.state in ('generated', 'activated', 'sold')), 0) as blocked,
  coalesce(sum(k.cards) filter (where k.state = 'sold'), 0) as sold, coalesce(sum(k.cards) filter (where k.state = 'used'), 0) as used,
  coalesce(sum(k.cards) filter (where k.state = 'void'), 0) as void, coalesce(sum(k.cards) filter (where k.state = 'expired'), 0) as expired`;

export type AlarmRow = { providerId: number; alarmId: string; subject: string; accountNumber: string | null; at: string };

/** Limits on guesses that were hit and that nobody has looked at yet. */
const alarmsOf = (providers: SQL) => sql`
  select a.provider_id, a.id as alarm_id, a.subject, n.number as account_number, a.at from app.card_alarms a
  left join app.accounts n on n.provider_id = a.provider_id and a.subject = 'account:' || a.provider_id || ':' || n.account_id
  where a.provider_id = any(${providers}) and a.seen_at is null order by a.id desc limit 20`;

export const cardsList = defineQuery({
  name: "cards.list",
  summary: "Series of prepaid cards with their stock, and alarms about guessed PINs",
  permission: "cards:read",
  level: "provider",
  input: v.object({ providerId: providerField, limit: limitField, after: afterField(uuidPart) }),
  async run({ tx, scope }, { providerId, limit, after }) {
    const providers = providersIn(scope, providerId);
    const found = await rows<SeriesRow>(
      tx,
      sql`select s.provider_id, s.id as series_id, s.code, s.name, s.kind, s.value_micros, s.currency, s.grants, s.sellable_until, k.*, b.cards as making, b.made
          from app.card_series s
          cross join lateral (select ${stockColumns} from read.card_stock k where k.provider_id = s.provider_id and k.series_id = s.id) k
          left join lateral (select b.cards, b.made from app.card_batches b
            where b.provider_id = s.provider_id and b.series_id = s.id and b.state = 'making' order by b.id limit 1) b on true
          where s.provider_id = any(${providers}) ${after ? sql`and s.id < ${after[0]}::uuid` : sql``} order by s.id desc limit ${limit + 1}`,
    );
    return accept({ ...pageOf(found, limit, (row) => [row.seriesId]), alarms: await rows<AlarmRow>(tx, alarmsOf(providers)) });
  },
});

export type SeriesDetail = Omit<SeriesRow, keyof Stock | "making" | "made"> & {
  alphabet: PinAlphabet;
  pinLength: number;
  usableFor: string | null;
  grantedFor: string | null;
  potName: string | null;
  potPriority: number | null;
  planId: string | null;
  planName: string | null;
  groupName: string | null;
  dealerId: string | null;
  lastSerial: number;
  createdAt: string;
  createdBy: string;
};
export type StockRow = Stock & { dealerId: string | null; dealerName: string | null; generated: number; activated: number };
export type BatchRow = {
  batchId: string;
  firstSerial: number;
  cards: number;
  made: number;
  state: "making" | "made" | "cancelled" | "failed";
  problem: string | null;
  requestedBy: string;
  requestedAt: string;
  exportState: "waiting" | "ready" | "failed" | "dropped" | null;
  exportFormat: ExportFormat | null;
  exportDone: number | null;
  exportProblem: string | null;
  exportedBy: string | null;
  exportedAt: string | null;
  fetchedBy: string | null;
  fetchedAt: string | null;
};
export type MovementRow = {
  movementId: string;
  what: string;
  fromState: CardState | null;
  toState: CardState;
  fromDealer: string | null;
  toDealer: string | null;
  cards: number;
  firstSerial: number;
  lastSerial: number;
  transactionId: string | null;
  why: string | null;
  movedBy: string;
  at: string;
};

const seriesOf = (scope: Scope, seriesId: string) => sql`
  select s.provider_id, s.id as series_id, s.code, s.name, s.kind, s.value_micros, s.currency, s.grants, s.sellable_until, s.alphabet, s.pin_length, s.usable_for, s.granted_for,
    s.pot_name, s.pot_priority, s.plan_id, p.name as plan_name, g.name as group_name, s.dealer_id, s.last_serial, s.created_at, s.created_by
  from app.card_series s left join app.plans p on p.provider_id = s.provider_id and p.id = s.plan_id
  left join app.subscriber_groups g on g.provider_id = s.provider_id and g.id = s.group_id
  where s.provider_id = any(${providersIn(scope)}) and s.id = ${seriesId}`;

/** Movements newest first. */
export const cardsDetail = defineQuery({
  name: "cards.detail",
  summary: "One series: what it is, its stock by dealer, its batches and what was moved",
  permission: "cards:read",
  level: "provider",
  input: v.object({ seriesId: idField, limit: limitField, after: afterField(uuidPart) }),
  async run({ tx, scope }, { seriesId, limit, after }) {
    const [series] = await rows<SeriesDetail>(tx, seriesOf(scope, seriesId));
    if (!series) return refuse("not_found");
    const of = (alias: SQL) => sql`${alias}.provider_id = ${series.providerId} and ${alias}.series_id = ${seriesId}`;
    const stock = await rows<StockRow>(
      tx,
      sql`select d.id as dealer_id, d.name as dealer_name, ${stockColumns}, coalesce(sum(k.cards) filter (where k.state = 'generated'), 0) as generated,
            coalesce(sum(k.cards) filter (where k.state = 'activated'), 0) as activated
          from read.card_stock k left join app.card_dealers d on d.provider_id = k.provider_id and d.id = k.dealer_id
          where ${of(sql`k`)} group by 1, 2 having sum(k.cards) <> 0 order by d.name nulls first`,
    );
    const batches = await rows<BatchRow>(
      tx,
      sql`select b.id as batch_id, b.first_serial, b.cards, b.made, b.state, b.problem, b.requested_by, b.requested_at, e.state as export_state, e.format as export_format,
            e.cards_done as export_done, e.problem as export_problem, e.requested_by as exported_by, e.requested_at as exported_at, e.fetched_by, e.fetched_at
          from app.card_batches b left join app.card_exports e on e.provider_id = b.provider_id and e.batch_id = b.id
          where ${of(sql`b`)} order by b.id desc limit 50`,
    );
    const movements = await rows<MovementRow>(
      tx,
      sql`select m.id as movement_id, m.what, m.from_state, m.to_state, f.name as from_dealer, d.name as to_dealer, m.cards, m.first_serial, m.last_serial, m.transaction_id, m.why,
            m.moved_by, m.at
          from app.card_movements m left join app.card_dealers f on f.provider_id = m.provider_id and f.id = m.from_dealer
          left join app.card_dealers d on d.provider_id = m.provider_id and d.id = m.to_dealer
          where ${of(sql`m`)} ${after ? sql`and m.id < ${after[0]}::uuid` : sql``} order by m.id desc limit ${limit + 1}`,
    );
    return accept({ series, stock, batches, ...pageOf(movements, limit, (row) => [row.movementId]) });
  },
});

const serialField = v.union([v.pipe(v.string(), v.regex(/^\d{1,12}$/, "must be a serial number"), v.transform(Number)), v.number()]);

export type CardRow = {
  providerId: number;
  seriesId: string;
  code: string;
  seriesName: string;
  serial: number;
  valueMicros: bigint;
  currency: string;
  state: CardState;
  blocked: boolean;
  dealerName: string | null;
  usableUntil: string | null;
  usedAt: string | null;
  accountId: string | null;
  accountNumber: string | null;
  subscriberName: string | null;
  transactionId: string | null;
  serviceId: string | null;
};

/** By the id of the series, or by its code. */
export const cardsCard = defineQuery({
  name: "cards.card",
  summary: "One card by its serial number: where it is, who used it, and what was moved",
  permission: "cards:read",
  level: "provider",
  input: v.object({
    seriesId: v.optional(idField),
    code: v.optional(v.pipe(v.string(), v.toUpperCase(), v.regex(/^[A-Z0-9]{1,20}$/))),
    serial: serialField,
    providerId: providerField,
  }),
  async run({ tx, scope }, { seriesId, code, serial, providerId }) {
    const [card] = await rows<CardRow>(
      tx,
      sql`select c.provider_id, c.series_id, s.code, s.name as series_name, c.serial, s.value_micros, s.currency, c.state, c.blocked, d.name as dealer_name, c.usable_until, c.used_at,
            c.account_id, n.number as account_number, u.name as subscriber_name, c.transaction_id, c.service_id
          from app.card_series s join app.cards c on c.provider_id = s.provider_id and c.series_id = s.id and c.serial = ${serial}
          left join app.card_dealers d on d.provider_id = c.provider_id and d.id = c.dealer_id
          left join app.accounts n on n.provider_id = c.provider_id and n.account_id = c.account_id
          left join app.subscribers u on u.provider_id = n.provider_id and u.id = n.subscriber_id
          where s.provider_id = any(${providersIn(scope, providerId)}) and (s.id = ${seriesId ?? null}::uuid or s.code = ${code ?? null}::text) order by s.provider_id limit 1`,
    );
    if (!card) return refuse("not_found");
    const movements = await rows<MovementRow>(
      tx,
      sql`select m.id as movement_id, m.what, m.from_state, m.to_state, f.name as from_dealer, d.name as to_dealer, m.cards, m.first_serial, m.last_serial, m.transaction_id, m.why,
            m.moved_by, m.at
          from app.card_movements m left join app.card_dealers f on f.provider_id = m.provider_id and f.id = m.from_dealer
          left join app.card_dealers d on d.provider_id = m.provider_id and d.id = m.to_dealer
          where m.provider_id = ${card.providerId} and m.series_id = ${card.seriesId} and ${serial}::bigint between m.first_serial and m.last_serial order by m.id desc limit 100`,
    );
    return accept({ card, movements });
  },
});

export type DealerRow = Stock & {
  providerId: number;
  dealerId: string;
  name: string;
  accountId: string;
  accountNumber: string;
  currency: string;
  balanceMicros: bigint;
  commissionPpm: number;
};

export const cardsDealers = defineQuery({
  name: "cards.dealers",
  summary: "Dealers of cards, with what they have",
  permission: "cards:read",
  level: "provider",
  input: v.object({ providerId: providerField }),
  async run({ tx, scope }, { providerId }) {
    const dealers = await rows<DealerRow>(
      tx,
      sql`select d.provider_id, d.id as dealer_id, d.name, d.account_id, n.number as account_number, n.currency, b.balance_micros, d.commission_ppm, k.*
          from app.card_dealers d join app.accounts n on n.provider_id = d.provider_id and n.account_id = d.account_id
          join app.balances b on b.provider_id = n.provider_id and b.account_id = n.account_id and b.currency = n.currency
          cross join lateral (select ${stockColumns} from read.card_stock k where k.provider_id = d.provider_id and k.dealer_id = d.id) k
          where d.provider_id = any(${providersIn(scope, providerId)}) order by d.name, d.id limit 500`,
    );
    return accept({ dealers });
  },
});
