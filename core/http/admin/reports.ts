// The books as an accountant reads them: turnover of a period, the balance sheet of a day, who owes since when, what was paid by which channel, and what
// prepaid cards there are.
import { Hono } from "hono";
import type * as v from "valibot";
import { requestExport } from "../../interchange/request-export.ts";
import { type BalanceSheet, booksBalanceSheet, booksTurnover, type SheetLine } from "../../read/books/query.ts";
import { type Aged, booksReceivables } from "../../read/books/receivables.ts";
import { cardsList } from "../../read/cards/query.ts";
import { paymentsByChannel } from "../../read/payments-daily/query.ts";
import { STOCK_COLUMNS, shownStock } from "./card-words.ts";
import type { AdminEnv, PageContext } from "./env.ts";
import { errorPage } from "./errors.ts";
import type { FiguresText } from "./figures.ts";
import { askFor, done, figuresOf, may, page, posted, route, run, sessionOf } from "./frame.ts";
import { pagingOf } from "./paging.ts";
import { kindWords } from "./payment-words.ts";
import { seesAll, targetOf } from "./target-provider.ts";

export const reportsPages = new Hono<AdminEnv>();

const monthPattern = /^(?:19[7-9]\d|2[01]\d\d)-(?:0[1-9]|1[0-2])$/;

const today = (c: PageContext): Temporal.PlainDate => c.get("core").clock().toZonedDateTimeISO(sessionOf(c).manager.zone).toPlainDate();

/** The month that is asked for, else this one; what is no month is this one too. */
function monthAsked(c: PageContext) {
  const asked = c.req.query("month") ?? "";
  const first = monthPattern.test(asked) ? Temporal.PlainDate.from(`${asked}-01`) : today(c).with({ day: 1 });
  const last = first.add({ months: 1 }).subtract({ days: 1 });
  return { value: first.toString().slice(0, 7), from: first.toString(), to: last.toString() };
}

function dayAsked(c: PageContext): string {
  try {
    const day = Temporal.PlainDate.from(c.req.query("day") ?? "", { overflow: "reject" });
    return day.year >= 1970 && day.year < 2200 ? day.toString() : today(c).toString();
  } catch {
    return today(c).toString();
  }
}

/** What every report has: its tabs, the choice of provider and the button for the spreadsheet. */
async function frameOf(c: PageContext, current: string) {
  const { provider, choices } = await targetOf(c);
  const tabs = [
    { key: "turnover", label: "Turnover", shown: seesAll(c) },
    { key: "balance-sheet", label: "Balance sheet", shown: seesAll(c) },
    { key: "receivables", label: "Receivables", shown: true },
    { key: "payments", label: "Payments by channel", shown: seesAll(c) && may(c, "payments:read") },
    { key: "cards", label: "Card stock", shown: seesAll(c) && may(c, "cards:read") },
  ];
  return {
    provider,
    common: {
      tabs: tabs
        .filter(({ shown }) => shown)
        .map(({ key, label }) => ({ label, href: `/reports/${key}?provider=${provider.id}`, current: key === current })),
      providers: choices,
      provider: String(provider.id),
      mayExport: may(c, "exports:create"),
    },
  };
}

reportsPages.get(
  "/reports",
  route({ permission: "ledger:read" }, (c) => c.redirect(seesAll(c) ? "/reports/turnover" : "/reports/receivables", 303)),
);

reportsPages.get(
  "/reports/turnover",
  route({ permission: "ledger:read" }, async (c) => {
    const { provider, common } = await frameOf(c, "turnover");
    const month = monthAsked(c);
    const text = figuresOf(c);
    const { accounts, pairs, freshnessSec } = await askFor(c, booksTurnover, { providerId: provider.id, from: month.from, to: month.to });
    const names = new Map(accounts.map(({ account, name }) => [account, name]));
    const sheets = [...Map.groupBy(accounts, ({ currency }) => currency)].map(([currency, of]) => {
      const amount = (micros: bigint) => (micros === 0n ? "" : text.amount(micros, currency));
      const sum = (pick: (row: (typeof of)[number]) => bigint) =>
        text.amount(
          of.reduce((total, row) => total + pick(row), 0n),
          currency,
        );
      const positive = (micros: bigint) => (micros > 0n ? micros : 0n);
      return {
        currency,
        rows: of.map((row) => ({
          code: row.account,
          name: row.name,
          opening: { debit: amount(positive(row.openingMicros)), credit: amount(positive(-row.openingMicros)) },
          debit: amount(row.debitMicros),
          credit: amount(row.creditMicros),
          closing: { debit: amount(positive(row.closingMicros)), credit: amount(positive(-row.closingMicros)) },
        })),
        totals: [
          sum((row) => positive(row.openingMicros)),
          sum((row) => positive(-row.openingMicros)),
          sum((row) => row.debitMicros),
          sum((row) => row.creditMicros),
          sum((row) => positive(row.closingMicros)),
          sum((row) => positive(-row.closingMicros)),
        ],
        pairs: pairs
          .filter((pair) => pair.currency === currency)
          .map((pair) => ({
            debit: names.get(pair.debit) ?? pair.debit,
            credit: names.get(pair.credit) ?? pair.credit,
            amount: text.amount(pair.amountMicros, currency),
          })),
      };
    });
    return page(c, {
      title: "Turnover",
      section: "reports",
      view: "admin/reports/turnover",
      data: {
        ...common,
        fresh: { ageSec: freshnessSec },
        month: month.value,
        label: `${text.date(month.from)} – ${text.date(month.to)}`,
        sheets,
      },
    });
  }),
);

const shownLine = ({ name, account, amountMicros, currency }: SheetLine, text: FiguresText) => ({
  name,
  code: account,
  amount: text.amount(amountMicros, currency),
});

const shownSheet = (sheet: BalanceSheet, text: FiguresText) => {
  const amount = (micros: bigint) => text.amount(micros, sheet.currency);
  return {
    currency: sheet.currency,
    assets: sheet.assets.map((line) => shownLine(line, text)),
    liabilities: sheet.liabilities.map((line) => shownLine(line, text)),
    equity: sheet.equity.map((line) => shownLine(line, text)),
    result: amount(sheet.resultMicros),
    totals: {
      assets: amount(sheet.assetsMicros),
      liabilities: amount(sheet.liabilitiesMicros),
      equity: amount(sheet.equityMicros),
      passive: amount(sheet.liabilitiesMicros + sheet.equityMicros),
    },
    balanced: sheet.assetsMicros === sheet.liabilitiesMicros + sheet.equityMicros,
  };
};

reportsPages.get(
  "/reports/balance-sheet",
  route({ permission: "ledger:read" }, async (c) => {
    const { provider, common } = await frameOf(c, "balance-sheet");
    const day = dayAsked(c);
    const text = figuresOf(c);
    const { sheets, freshnessSec } = await askFor(c, booksBalanceSheet, { providerId: provider.id, day });
    return page(c, {
      title: "Balance sheet",
      section: "reports",
      view: "admin/reports/balance-sheet",
      data: {
        ...common,
        fresh: { ageSec: freshnessSec },
        day,
        label: text.date(Temporal.PlainDate.from(day)),
        sheets: sheets.map((sheet) => shownSheet(sheet, text)),
      },
    });
  }),
);

const MOST_DEBTORS = 100;

reportsPages.get(
  "/reports/receivables",
  route({ permission: "ledger:read" }, async (c) => {
    const { provider, common } = await frameOf(c, "receivables");
    const day = dayAsked(c);
    const text = figuresOf(c);
    const { accounts, totals, freshnessSec } = await askFor(c, booksReceivables, { providerId: provider.id, day, limit: MOST_DEBTORS });
    const parts = (row: Aged & { currency: string }) => {
      const amount = (micros: bigint) => (micros === 0n ? "" : text.amount(micros, row.currency));
      return {
        owed: text.amount(row.owedMicros, row.currency),
        ages: [amount(row.upTo30Micros), amount(row.upTo60Micros), amount(row.upTo90Micros), amount(row.over90Micros)],
      };
    };
    return page(c, {
      title: "Receivables",
      section: "reports",
      view: "admin/reports/receivables",
      data: {
        ...common,
        fresh: { ageSec: freshnessSec },
        day,
        label: text.date(Temporal.PlainDate.from(day)),
        rows: accounts.map((row) => ({
          href: `/accounts/${row.accountId}`,
          name: row.name,
          number: row.number,
          kind: row.kind,
          currency: row.currency,
          since: text.date(Temporal.PlainDate.from(row.since)),
          ...parts(row),
        })),
        totals: totals.map((total) => ({ currency: total.currency, accounts: text.count(total.accounts), ...parts(total) })),
        more: totals.reduce((count, { accounts: of }) => count + of, 0) > accounts.length,
      },
    });
  }),
);

reportsPages.get(
  "/reports/payments",
  route({ permission: "payments:read" }, async (c) => {
    const { provider, common } = await frameOf(c, "payments");
    const month = monthAsked(c);
    const text = figuresOf(c);
    const { channels } = await askFor(c, paymentsByChannel, { providerId: provider.id, from: month.from, to: month.to });
    const sheets = [...Map.groupBy(channels, ({ currency }) => currency)].map(([currency, of]) => {
      const sums = (payments: number, amountMicros: bigint, refundedMicros: bigint) => ({
        payments: text.count(payments),
        amounts: [amountMicros, refundedMicros, amountMicros - refundedMicros].map((micros) => text.amount(micros, currency)),
      });
      const micros = (key: "amountMicros" | "refundedMicros") => of.reduce((sum, row) => sum + row[key], 0n);
      const count = of.reduce((sum, { payments }) => sum + payments, 0);
      return {
        currency,
        rows: of.map((row) => ({ name: row.name, kind: kindWords[row.kind], ...sums(row.payments, row.amountMicros, row.refundedMicros) })),
        total: sums(count, micros("amountMicros"), micros("refundedMicros")),
      };
    });
    return page(c, {
      title: "Payments by channel",
      section: "reports",
      view: "admin/reports/payments",
      data: { ...common, month: month.value, label: `${text.date(month.from)} – ${text.date(month.to)}`, sheets },
    });
  }),
);

reportsPages.get(
  "/reports/cards",
  route({ permission: "cards:read" }, async (c) => {
    const { provider, common } = await frameOf(c, "cards");
    const paging = pagingOf(c);
    const text = figuresOf(c);
    const { limit, after } = paging;
    const found = await askFor(c, cardsList, { providerId: provider.id, limit, ...(after ? { after } : {}) });
    return page(c, {
      title: "Card stock",
      section: "reports",
      view: "admin/reports/cards",
      data: {
        ...common,
        label: "Now",
        columns: STOCK_COLUMNS.map(([, label]) => label),
        rows: found.rows.map((row) => ({
          href: `/cards/${row.seriesId}`,
          name: row.name,
          about: `${row.code} · ${text.money(row.valueMicros, row.currency)}`,
          stock: shownStock(row, text),
          owed: text.money(BigInt(row.sold) * row.valueMicros, row.currency),
        })),
        links: paging.linksOf(found),
        first: paging.first,
        last: paging.first + found.rows.length - 1,
      },
    });
  }),
);

/** The report as a spreadsheet, or the journal for plain-text accounting: made by a worker like every export. */
reportsPages.post(
  "/reports/export",
  route({ permission: "exports:create" }, async (c) => {
    const { provider } = await targetOf(c);
    const month = monthPattern.test(posted(c, "month")) ? Temporal.PlainDate.from(`${posted(c, "month")}-01`) : undefined;
    const period = month && { from: month.toString(), to: month.add({ months: 1 }).subtract({ days: 1 }).toString() };
    const day = posted(c, "day");
    const wanted = { kind: posted(c, "kind"), ...(period ?? (day === "" ? {} : { day })) } as v.InferInput<typeof requestExport.input>;
    const outcome = await run(c, requestExport, wanted, { providerId: provider.id });
    if (!outcome.ok) return errorPage(c, outcome);
    return done(c, "/exports", { tone: "info", text: "It is being made. It can be fetched here when it is ready." });
  }),
);
