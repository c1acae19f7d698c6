// The reports of the books as spreadsheets: turnover, balance sheet, receivables. Made from the entries themselves, so that they agree to the last unit.
import { rawOf, type Tx } from "../../db/client.ts";
import { accountDaily, glDaily } from "../read/books/projection.ts";
import { type SheetLine, settlementSides, sheetsOf, type TurnoverRow, turnoverRows } from "../read/books/query.ts";
import { receivableRows, receivableTotals } from "../read/books/receivables.ts";
import type { DayRequest, TurnoverRequest } from "./export-kinds.ts";
import { type ControlTotal, type ExportScope, type ExportSource, MAX_ROWS, type Provider, providerOf } from "./export-source.ts";
import type { Column, Row } from "./xlsx/workbook.ts";

const text = (header: string, width: number): Column => ({ header, kind: "text", width });
const money = (header: string): Column => ({ header, kind: "money", width: 18 });

/** All of it at once: a report has as many rows as the general ledger has accounts, or as there are debtors. */
async function* atOnce(rows: readonly Row[]) {
  yield rows;
}

const about = (provider: Provider, what: string, period: readonly (readonly [string, string])[]) =>
  [["Provider", provider.name], ["What", what], ...period, ["Time zone", provider.zone]] as const;

/** The movement of settlement accounts and of all accounts together, added up from the entries another way. */
async function entriesUpTo(tx: Tx, providerId: number, zone: string, from: string | null, to: string) {
  return rawOf(tx)<{ currency: string; debits: string; settlement: string }[]>`
    select currency, coalesce(sum(amount) filter (where ${from}::date is null or day >= ${from}::date), 0)::text as debits,
      sum(amount * ((credit = 'settlement')::int - (debit = 'settlement')::int))::text as settlement from (
      select l.currency, l.amount_micros::numeric as amount, l.debit, l.credit, (x.effective_at at time zone ${zone})::date as day from app.ledger_postings l
        join app.ledger_transactions x on x.provider_id = l.provider_id and x.account_id = l.account_id and x.id = l.transaction_id where l.provider_id = ${providerId}
      union all select l.currency, l.amount_micros::numeric, l.debit, l.credit, (x.effective_at at time zone ${zone})::date from app.provider_postings l
        join app.provider_transactions x on x.provider_id = l.provider_id and x.id = l.transaction_id where l.provider_id = ${providerId}) e
    where day <= ${to}::date group by 1 order by 1`;
}

const sumOf = <R>(rows: readonly R[], amount: (row: R) => bigint): bigint => rows.reduce((total, row) => total + amount(row), 0n);

export async function turnover(tx: Tx, { providerId }: ExportScope, { from, to }: TurnoverRequest): Promise<ExportSource> {
  const provider = await providerOf(rawOf(tx), providerId);
  const rows = await turnoverRows(tx, from, to, glDaily.facts(providerId));
  const byCurrency = Map.groupBy(rows, ({ currency }) => currency);
  const side = (micros: bigint) => (micros > 0n ? micros : null);
  const cells = (row: TurnoverRow): Row => [
    ...[row.account, row.name, row.kind, side(row.openingMicros), side(-row.openingMicros), side(row.debitMicros), side(row.creditMicros)],
    ...[side(row.closingMicros), side(-row.closingMicros), row.currency],
  ];
  const total = (currency: string, of: readonly TurnoverRow[]): Row => {
    const positive = (amount: (row: TurnoverRow) => bigint) => sumOf(of, (row) => (amount(row) > 0n ? amount(row) : 0n));
    return [
      ...["Together", null, null, positive((r) => r.openingMicros), positive((r) => -r.openingMicros), sumOf(of, (r) => r.debitMicros)],
      ...[sumOf(of, (r) => r.creditMicros), positive((r) => r.closingMicros), positive((r) => -r.closingMicros), currency],
    ];
  };
  return {
    fileName: `turnover_${from}_${to}.xlsx`,
    sheetName: "Turnover",
    columns: [
      ...[
        text("Account", 22),
        text("Name", 36),
        text("Kind", 10),
        money("Opening debit"),
        money("Opening credit"),
        money("Debit"),
        money("Credit"),
      ],
      ...[money("Closing debit"), money("Closing credit"), text("Currency", 9)],
    ],
    rowsTotal: rows.length,
    extraRows: 0,
    about: about(provider, "Turnover of the general ledger, by the day on which an entry takes effect", [
      ["From", from],
      ["To", `${to} (included)`],
    ]),
    rows: () => atOnce(rows.map(cells)),
    totals: () => [...byCurrency].map(([currency, of]) => total(currency, of)),
    async control() {
      const entries = await entriesUpTo(tx, providerId, provider.zone, from, to);
      return entries.flatMap(({ currency, debits, settlement }): ControlTotal[] => {
        const of = byCurrency.get(currency) ?? [];
        const settled = of.find(({ account }) => account === "settlement")?.closingMicros ?? 0n;
        return [
          { currency, what: "debits", fileMicros: sumOf(of, (r) => r.debitMicros), ledgerMicros: BigInt(debits) },
          { currency, what: "credits", fileMicros: sumOf(of, (r) => r.creditMicros), ledgerMicros: BigInt(debits) },
          { currency, what: "settlement accounts", fileMicros: -settled, ledgerMicros: BigInt(settlement) },
        ];
      });
    },
  };
}

export async function balanceSheet(tx: Tx, { providerId }: ExportScope, { day }: DayRequest): Promise<ExportSource> {
  const provider = await providerOf(rawOf(tx), providerId);
  const accounts = await turnoverRows(tx, day, day, glDaily.facts(providerId));
  const sheets = sheetsOf(accounts, await settlementSides(tx, day, accountDaily.facts(providerId)));
  const rows = sheets.flatMap((sheet) => {
    const line =
      (part: string) =>
      ({ account, name, amountMicros, currency }: SheetLine): Row => [part, account, name, amountMicros, currency];
    return [
      ...sheet.assets.map(line("Assets")),
      ...sheet.liabilities.map(line("Liabilities")),
      ...sheet.equity.map(line("Equity")),
      ["Equity", null, "Earned so far", sheet.resultMicros, sheet.currency] satisfies Row,
    ];
  });
  return {
    fileName: `balance-sheet_${day}.xlsx`,
    sheetName: "Balance sheet",
    columns: [text("Part", 12), text("Account", 22), text("Name", 36), money("Amount"), text("Currency", 9)],
    rowsTotal: rows.length,
    extraRows: 0,
    about: about(provider, "Balance sheet", [["At the end of", day]]),
    rows: () => atOnce(rows),
    totals: () =>
      sheets.flatMap((sheet): Row[] => [
        ["Assets", null, "Together", sheet.assetsMicros, sheet.currency],
        ["Liabilities and equity", null, "Together", sheet.liabilitiesMicros + sheet.equityMicros, sheet.currency],
      ]),
    async control() {
      const entries = await entriesUpTo(tx, providerId, provider.zone, null, day);
      return sheets.flatMap((sheet): ControlTotal[] => {
        const { currency } = sheet;
        const of = (part: readonly SheetLine[]) => part.find(({ account }) => account === "settlement")?.amountMicros ?? 0n;
        const ledger = entries.find((one) => one.currency === currency)?.settlement ?? "0";
        return [
          { currency, what: "both sides", fileMicros: sheet.assetsMicros, ledgerMicros: sheet.liabilitiesMicros + sheet.equityMicros },
          { currency, what: "settlement accounts", fileMicros: of(sheet.liabilities) - of(sheet.assets), ledgerMicros: BigInt(ledger) },
        ];
      });
    },
  };
}

export async function receivables(tx: Tx, { providerId, groupIds }: ExportScope, { day }: DayRequest): Promise<ExportSource> {
  const provider = await providerOf(rawOf(tx), providerId);
  const scope = { providerIds: [providerId], groupIds };
  const source = accountDaily.facts(providerId);
  const rows = await receivableRows(tx, scope, day, source, MAX_ROWS);
  const totals = await receivableTotals(tx, scope, day, source);
  return {
    fileName: `receivables_${day}.xlsx`,
    sheetName: "Receivables",
    columns: [
      ...[text("Account", 16), text("Subscriber", 36), text("Kind", 10), text("Since", 12), money("Up to 30 days"), money("31 to 60 days")],
      ...[money("61 to 90 days"), money("Over 90 days"), money("Owed"), text("Currency", 9)],
    ],
    rowsTotal: rows.length,
    extraRows: 0,
    about: about(provider, "Receivables by age; a payment settles the oldest charges first", [["At the end of", day]]),
    rows: () =>
      atOnce(
        rows.map((r) => [
          ...[r.number, r.name, r.kind, r.since, r.upTo30Micros, r.upTo60Micros, r.upTo90Micros, r.over90Micros],
          ...[r.owedMicros, r.currency],
        ]),
      ),
    totals: () =>
      totals.map((t) => [
        ...["Together", null, null, null, t.upTo30Micros, t.upTo60Micros, t.upTo90Micros, t.over90Micros],
        ...[t.owedMicros, t.currency],
      ]),
    async control() {
      const owed = await rawOf(tx)<{ currency: string; owed: string }[]>`
        select currency, (-sum(balance))::text as owed from (
          select l.account_id, l.currency, sum(l.amount_micros * case when l.credit = 'settlement' then 1 else -1 end) as balance from app.ledger_postings l
          join app.ledger_transactions x on x.provider_id = l.provider_id and x.account_id = l.account_id and x.id = l.transaction_id
          join app.accounts a on a.provider_id = l.provider_id and a.account_id = l.account_id
          join app.subscribers s on s.provider_id = a.provider_id and s.id = a.subscriber_id
          where l.provider_id = ${providerId} and (x.effective_at at time zone ${provider.zone})::date <= ${day}::date
            and (${groupIds === null} or s.group_id = any(${(groupIds ?? []) as string[]}::uuid[])) group by 1, 2) b where balance < 0 group by 1 order by 1`;
      return owed.map(({ currency, owed: ledger }): ControlTotal => {
        const of = rows.filter((row) => row.currency === currency);
        return {
          currency,
          what: "owed",
          fileMicros: sumOf(of, (r) => r.upTo30Micros + r.upTo60Micros + r.upTo90Micros + r.over90Micros),
          ledgerMicros: BigInt(ledger),
        };
      });
    },
  };
}
