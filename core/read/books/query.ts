// What moved in the books in a period, and what stood in them at the end of a day?
import { type SQL, sql } from "drizzle-orm";
import * as v from "valibot";
import type { Tx } from "../../../db/client.ts";
import type { Scope } from "../../kernel/actor.ts";
import { accept, refuse } from "../../kernel/errors.ts";
import { defineQuery } from "../../kernel/query.ts";
import { freshness } from "../freshness.ts";
import { dayField, providersIn } from "../input.ts";
import { rows } from "../rows.ts";

export type GlKind = "asset" | "liability" | "equity" | "income" | "expense";
/** Amounts in micro-units; opening and closing are debits less credits. */
export type TurnoverRow = {
  account: string;
  name: string;
  kind: GlKind;
  currency: string;
  openingMicros: bigint;
  debitMicros: bigint;
  creditMicros: bigint;
  closingMicros: bigint;
};
export type PairRow = { debit: string; credit: string; currency: string; amountMicros: bigint };

const providerField = v.optional(v.pipe(v.number(), v.integer(), v.minValue(1)));
const accountOrder = sql`array_position(array['asset', 'liability', 'equity', 'income', 'expense'], g.kind)`;

/** What moved on which day between which accounts: (provider_id, day, debit, credit, currency, amount_micros). */
const moves = (providers: SQL): SQL => sql`select * from read.gl_daily where provider_id = any(${providers})`;

/** What each account of the general ledger moved by in some days, both inside, of one provider; out of `moves`, or the facts that they are made of. */
export const turnoverRows = (tx: Tx, from: string, to: string, source: SQL) =>
  rows<TurnoverRow>(
    tx,
    sql`select g.code as account, g.name, g.kind, m.currency, coalesce(sum(m.debit - m.credit) filter (where m.day < ${from}::date), 0) as opening_micros,
          coalesce(sum(m.debit) filter (where m.day >= ${from}::date), 0) as debit_micros,
          coalesce(sum(m.credit) filter (where m.day >= ${from}::date), 0) as credit_micros, sum(m.debit - m.credit) as closing_micros
        from (
          select s.code, v.day, v.currency, s.debit, s.credit from (${source}) v
          cross join lateral (values (v.debit, v.amount_micros, 0::numeric), (v.credit, 0::numeric, v.amount_micros)) as s(code, debit, credit) where v.day <= ${to}::date) m
        join app.gl_accounts g on g.code = m.code
        group by g.code, g.name, g.kind, m.currency order by m.currency, ${accountOrder}, g.code`,
  );

/** From which account to which money moved in some days. */
const pairRows = (tx: Tx, providers: SQL, from: string, to: string) =>
  rows<PairRow>(
    tx,
    sql`select debit, credit, currency, sum(amount_micros) as amount_micros from read.gl_daily
        where provider_id = any(${providers}) and day between ${from}::date and ${to}::date group by 1, 2, 3 order by 3, 4 desc, 1, 2`,
  );

/** One provider's books at a time: those of several can't be added up. */
const oneProvider = (scope: Scope, providerId: number | undefined): SQL | undefined =>
  providerId === undefined || scope.providerIds.includes(providerId) ? providersIn(scope, providerId ?? scope.providerIds[0]) : undefined;

export const booksTurnover = defineQuery({
  name: "books.turnover",
  summary: "Turnover of the general ledger in a period: opening, debit, credit, closing, and what moved against what",
  permission: "ledger:read",
  level: "provider",
  input: v.pipe(
    v.object({ providerId: providerField, from: dayField, to: dayField }),
    v.forward(
      v.check(({ from, to }) => from <= to, "must not be before `from`"),
      ["to"],
    ),
  ),
  async run({ tx, scope, now }, { providerId, from, to }) {
    const providers = oneProvider(scope, providerId);
    if (!providers) return refuse("not_found");
    return accept({
      accounts: await turnoverRows(tx, from, to, moves(providers)),
      pairs: await pairRows(tx, providers, from, to),
      freshnessSec: await freshness(tx, now),
    });
  },
});

export type SheetLine = { account: string; name: string; currency: string; amountMicros: bigint };
export type BalanceSheet = {
  currency: string;
  assets: SheetLine[];
  liabilities: SheetLine[];
  equity: SheetLine[];
  /** Income less expenses since the books began: part of the equity. */
  resultMicros: bigint;
  assetsMicros: bigint;
  liabilitiesMicros: bigint;
  equityMicros: bigint;
};

/** What was charged and credited on which day on which account: (provider_id, account_id, day, currency, charged_micros, credited_micros). */
export const accountDays = (providers: SQL): SQL => sql`select * from read.account_daily where provider_id = any(${providers})`;

/** What subscribers owe and what is owed to them, of the settlement accounts as they stood at the end of a day. */
export const settlementSides = (tx: Tx, day: string, source: SQL) =>
  rows<{ currency: string; owedMicros: bigint; prepaidMicros: bigint }>(
    tx,
    sql`select currency, coalesce(sum(-balance) filter (where balance < 0), 0) as owed_micros, coalesce(sum(balance) filter (where balance > 0), 0) as prepaid_micros
        from (select account_id, currency, sum(credited_micros - charged_micros) as balance from (${source}) d where day <= ${day}::date group by 1, 2) b group by 1`,
  );

/** The sheet of each currency. Pure. */
export function sheetsOf(
  accounts: readonly TurnoverRow[],
  sides: readonly { currency: string; owedMicros: bigint; prepaidMicros: bigint }[],
): BalanceSheet[] {
  return [...Map.groupBy(accounts, ({ currency }) => currency)].map(([currency, of]) => {
    const line = ({ account, name }: Pick<TurnoverRow, "account" | "name">, amountMicros: bigint): SheetLine => ({
      account,
      name,
      currency,
      amountMicros,
    });
    const lines = (kind: GlKind, sign: bigint) =>
      of
        .filter((row) => row.kind === kind && row.account !== "settlement" && row.closingMicros !== 0n)
        .map((row) => line(row, sign * row.closingMicros));
    const side = sides.find((one) => one.currency === currency) ?? { owedMicros: 0n, prepaidMicros: 0n };
    const assets = [line({ account: "settlement", name: "Owed by subscribers" }, side.owedMicros), ...lines("asset", 1n)];
    const liabilities = [line({ account: "settlement", name: "Balances of subscribers" }, side.prepaidMicros), ...lines("liability", -1n)];
    const equity = lines("equity", -1n);
    const sum = (part: readonly SheetLine[]) => part.reduce((total, { amountMicros }) => total + amountMicros, 0n);
    const resultMicros = -of
      .filter(({ kind }) => kind === "income" || kind === "expense")
      .reduce((total, row) => total + row.closingMicros, 0n);
    return {
      ...{ currency, assets, liabilities, equity, resultMicros },
      ...{ assetsMicros: sum(assets), liabilitiesMicros: sum(liabilities), equityMicros: sum(equity) + resultMicros },
    };
  });
}

export const booksBalanceSheet = defineQuery({
  name: "books.balance-sheet",
  summary: "What is owned, what is owed and what was earned, at the end of a day",
  permission: "ledger:read",
  level: "provider",
  input: v.object({ providerId: providerField, day: dayField }),
  async run({ tx, scope, now }, { providerId, day }) {
    const providers = oneProvider(scope, providerId);
    if (!providers) return refuse("not_found");
    const accounts = await turnoverRows(tx, day, day, moves(providers));
    return accept({
      sheets: sheetsOf(accounts, await settlementSides(tx, day, accountDays(providers))),
      freshnessSec: await freshness(tx, now),
    });
  },
});
