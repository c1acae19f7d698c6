// Series of prepaid cards: what there is of each, where it is, making more, and moving ranges of serial numbers.
import { Hono } from "hono";
import type * as v from "valibot";
import { activateCards } from "../../cards/activate-cards.ts";
import { blockCards, unblockCards, voidCards } from "../../cards/block-cards.ts";
import { handOutCards, takeBackCards } from "../../cards/hand-out-cards.ts";
import type { RangeMoved } from "../../cards/range-command.ts";
import { returnCards } from "../../cards/return-cards.ts";
import { seeAlarms } from "../../cards/see-alarms.ts";
import { sellCards } from "../../cards/sell-cards.ts";
import { requestExport } from "../../interchange/request-export.ts";
import type { Command } from "../../kernel/command.ts";
import { cardsDealers, cardsDetail, cardsList } from "../../read/cards/query.ts";
import { numberOf } from "./card-series.ts";
import { leftText, onSeries } from "./card-step.ts";
import { alarmText, durationWords, grantWords, STOCK_COLUMNS, shownBatch, shownMovement, shownStock } from "./card-words.ts";
import type { AdminEnv, PageContext } from "./env.ts";
import { askFor, figuresOf, fragment, may, page, param, posted, route, run } from "./frame.ts";
import { pagingOf } from "./paging.ts";
import { settle } from "./settle.ts";
import { given } from "./typed-fields.ts";

export const cardsPages = new Hono<AdminEnv>();

cardsPages.get(
  "/cards",
  route({ permission: "cards:read" }, async (c) =>
    page(c, { title: "Cards", section: "cards", view: "admin/cards/index", data: await listShown(c) }),
  ),
);
/** Asked each second while cards are made. */
cardsPages.get(
  "/cards/rows",
  route({ permission: "cards:read" }, async (c) => fragment(c, "admin/cards/_rows", await listShown(c))),
);

async function listShown(c: PageContext) {
  const paging = pagingOf(c);
  const found = await askFor(c, cardsList, { limit: paging.limit, ...(paging.after ? { after: paging.after } : {}) });
  const text = figuresOf(c);
  return {
    series: found.rows.map((row) => ({
      href: `/cards/${row.seriesId}`,
      id: row.seriesId,
      name: row.name,
      code: row.code,
      kind: row.kind === "sold" ? "" : "promotion",
      value: text.money(row.valueMicros, row.currency),
      stock: shownStock(row, text).slice(0, 4),
      making:
        row.making === null
          ? null
          : {
              text: `${text.count(row.made ?? 0)} of ${text.count(row.making)}`,
              percent: Math.trunc(((row.made ?? 0) * 100) / row.making),
            },
    })),
    columns: STOCK_COLUMNS.slice(0, 4).map(([, label]) => label),
    working: found.rows.some(({ making }) => making !== null),
    alarms: found.alarms.map((alarm) => alarmText(alarm, text)),
    links: paging.linksOf(found),
    first: paging.first,
    last: paging.first + found.rows.length - 1,
    can: { write: may(c, "cards:write"), redeem: may(c, "cards:redeem"), export: may(c, "exports:create") },
  };
}

cardsPages.post(
  "/cards/exports",
  route({ permission: "exports:create" }, async (c) => {
    const outcome = await run(c, requestExport, { kind: "card-stock" });
    return settle(c, outcome, outcome.ok ? "/exports" : "/cards", "The spreadsheet is being made; it appears here when it is ready.");
  }),
);

cardsPages.post(
  "/cards/alarms",
  route({ permission: "cards:write" }, async (c) => settle(c, await run(c, seeAlarms, {}), "/cards", "Seen.")),
);

const ID = "/cards/:id{[0-9a-f-]{36}}";

cardsPages.get(
  ID,
  route({ permission: "cards:read" }, async (c) => {
    const data = await seriesShown(c);
    return page(c, { title: `Cards ${data.series.code}`, section: "cards", view: "admin/cards/show", data });
  }),
);
/** Asked each second while cards are made or exported. */
cardsPages.get(
  `${ID}/batches`,
  route({ permission: "cards:read" }, async (c) => fragment(c, "admin/cards/_batches", await seriesShown(c))),
);

async function seriesShown(c: PageContext) {
  const paging = pagingOf(c);
  const found = await askFor(c, cardsDetail, {
    seriesId: param(c, "id"),
    limit: paging.limit,
    ...(paging.after ? { after: paging.after } : {}),
  });
  const { series } = found;
  const { dealers } = await askFor(c, cardsDealers, { providerId: series.providerId });
  const text = figuresOf(c);
  const batches = found.batches.map((row) => shownBatch(row, series.code, text));
  const here = `/cards/${series.seriesId}`;
  return {
    series: {
      ...series,
      value: text.money(series.valueMicros, series.currency),
      grantsText: grantWords(series),
      sellable: series.sellableUntil === null ? "for ever" : `until ${text.date(series.sellableUntil)}`,
      usable: series.usableFor === null ? "for ever" : `${durationWords(series.usableFor)} after activation`,
      pin: `${series.pinLength} ${series.alphabet === "digits" ? "digits" : "letters and digits"}, the last one a check`,
      since: `${series.createdBy}, ${text.date(series.createdAt)}`,
      last: series.lastSerial,
    },
    here,
    columns: STOCK_COLUMNS.map(([, label]) => label),
    stock: found.stock.map((row) => ({
      name: row.dealerName ?? "Own stock",
      detail: `${text.count(row.generated)} generated, ${text.count(row.activated)} activated`,
      counts: shownStock(row, text),
    })),
    batches,
    working: batches.some(({ making, exporting }) => making || exporting),
    movements: found.rows.map((row) => shownMovement(row, series.code, text)),
    links: paging.linksOf(found),
    first: paging.first,
    last: paging.first + found.rows.length - 1,
    dealers: [{ value: "", label: "–" }, ...dealers.map(({ dealerId, name }) => ({ value: dealerId, label: name }))],
    moves: Object.entries(moves)
      .filter(([, { of }]) => of === undefined || of === series.kind)
      .map(([value, { label }]) => ({ value, label })),
    can: { write: may(c, "cards:write"), export: may(c, "cards:export") },
  };
}

type MoveInput = typeof handOutCards.input;
type MoveButton = {
  readonly command: Command<v.GenericSchema<v.InferInput<MoveInput>>, RangeMoved>;
  readonly label: string;
  readonly past: string;
  /** Concerns a dealer. */
  readonly dealer?: true;
  readonly of?: "sold";
};

const moves: Readonly<Record<string, MoveButton>> = {
  activate: { command: activateCards, label: "Activate", past: "activated" },
  "hand-out": { command: handOutCards, label: "Hand out to a dealer", past: "handed out", dealer: true },
  "take-back": { command: takeBackCards as MoveButton["command"], label: "Take back from a dealer", past: "taken back", dealer: true },
  sell: { command: sellCards, label: "Sell, to a dealer or for cash", past: "sold", dealer: true, of: "sold" },
  return: { command: returnCards, label: "Take sold ones back, and repay", past: "returned", dealer: true, of: "sold" },
  block: { command: blockCards, label: "Block", past: "blocked" },
  unblock: { command: unblockCards, label: "Unblock", past: "unblocked" },
  void: { command: voidCards, label: "Void for good", past: "void from now on" },
};

/** A serial number, alone or as it is printed. */
const serialTyped = (text: string) => numberOf(text.replace(/^[A-Za-z0-9]+-/, "").replace(/^0+(?=\d)/, "")) as number;

cardsPages.post(
  `${ID}/movements`,
  route({ permission: "cards:write" }, (c) => {
    const move = Object.hasOwn(moves, posted(c, "move")) ? moves[posted(c, "move")]! : moves.activate!;
    const first = posted(c, "firstSerial");
    return onSeries(
      c,
      (seriesId, providerId) =>
        run(
          c,
          move.command,
          {
            ...{ seriesId, firstSerial: serialTyped(first), lastSerial: serialTyped(posted(c, "lastSerial") || first) },
            ...(move.dealer ? given({ dealerId: posted(c, "dealerId") }, "dealerId") : {}),
            ...given({ why: posted(c, "why") }, "why"),
          },
          { providerId },
        ),
      ({ moved, left, leftIn }: { moved: number; left: number; leftIn: object }) =>
        `${figuresOf(c).count(moved)} ${moved === 1 ? "card is" : "cards are"} ${move.past}.${left > 0 ? ` ${figuresOf(c).count(left)} stay as they are:${leftText(leftIn) || " there are no such cards."}` : ""}`,
    );
  }),
);
