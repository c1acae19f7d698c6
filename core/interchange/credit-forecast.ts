// Who will be blocked in the days to come, one row an account, in the order of the days.
import type { RawTx } from "../../db/client.ts";
import { CHUNK_ROWS, type ExportScope, type ExportSource, providerOf } from "./export-source.ts";
import type { Column, Row } from "./xlsx/workbook.ts";

const AMOUNTS = ["balance_micros", "daily_spend_micros", "fees_micros", "promised_micros", "needed_micros"] as const;
type ForecastRow = Record<(typeof AMOUNTS)[number], string> & {
  blocked_on: string;
  number: string;
  name: string;
  group_name: string;
  phone: string | null;
  email: string | null;
  account: string;
  state: string;
  currency: string;
};

const columns: Column[] = [
  { header: "Blocked on", kind: "text", width: 12 },
  { header: "Subscriber no.", kind: "integer", width: 14 },
  { header: "Subscriber", kind: "text", width: 28 },
  { header: "Group", kind: "text", width: 18 },
  { header: "Telephone", kind: "text", width: 18 },
  { header: "E-mail", kind: "text", width: 24 },
  { header: "Account", kind: "text", width: 14 },
  { header: "State now", kind: "text", width: 10 },
  { header: "Balance now", kind: "money", width: 16 },
  { header: "Spent on a day", kind: "money", width: 16 },
  { header: "Fees until then", kind: "money", width: 16 },
  { header: "Promises that expire", kind: "money", width: 18 },
  { header: "To pay", kind: "money", width: 16 },
  { header: "Currency", kind: "text", width: 9 },
];

/** As the last run of the forecast left it. Call it inside a transaction that sees `scope.providerId`. */
export async function creditForecastRows(t: RawTx, { providerId, groupIds }: ExportScope): Promise<ExportSource> {
  const provider = await providerOf(t, providerId);
  const mine = t`
    from read.credit_forecast f
    join app.accounts a on a.provider_id = f.provider_id and a.account_id = f.account_id
    join app.subscribers s on s.provider_id = f.provider_id and s.id = f.subscriber_id
    join app.subscriber_groups g on g.provider_id = s.provider_id and g.id = s.group_id
    where f.provider_id = ${providerId} ${groupIds === null ? t`` : t`and s.group_id = any(${groupIds as string[]}::uuid[])`}`;
  const [count] = await t<{ n: string; built: string | null }[]>`select count(*)::text as n, max(f.built_at)::text as built ${mine}`;
  const sums = new Map<string, Record<(typeof AMOUNTS)[number], bigint>>();

  async function* rows() {
    const found = t<ForecastRow[]>`
      select f.blocked_on::text, s.number::text, s.name, g.name as group_name, s.phone, s.email, a.number as account, f.state, f.currency, f.balance_micros::text as balance_micros,
        f.daily_spend_micros::text as daily_spend_micros, f.fees_micros::text as fees_micros, f.promised_micros::text as promised_micros, f.needed_micros::text as needed_micros
      ${mine} order by f.blocked_on, s.number, a.number`;
    for await (const chunk of found.cursor(CHUNK_ROWS)) {
      for (const row of chunk) {
        const before = sums.get(row.currency);
        sums.set(
          row.currency,
          Object.fromEntries(AMOUNTS.map((name) => [name, (before?.[name] ?? 0n) + BigInt(row[name])])) as Record<
            (typeof AMOUNTS)[number],
            bigint
          >,
        );
      }
      yield chunk.map(cellsOf);
    }
  }

  return {
    fileName: `credit_forecast_${(count!.built ?? "").slice(0, 10) || "empty"}.xlsx`,
    sheetName: "Forecast",
    columns,
    rowsTotal: Number(count!.n),
    extraRows: 0,
    about: [
      ["Provider", provider.name],
      ["What", "Accounts that will be blocked within seven days if nobody pays"],
      ["Worked out", count!.built ?? "not yet"],
      ["Time zone", provider.zone],
    ],
    rows,
    totals: () =>
      [...sums.entries()].sort().map(([currency, sum]) => ["Total", ...Array(7).fill(null), ...AMOUNTS.map((name) => sum[name]), currency]),
    // It looks ahead: no books hold what it says.
    control: async () => [],
  };
}

const cellsOf = (row: ForecastRow): Row => [
  ...[row.blocked_on, BigInt(row.number), row.name, row.group_name, row.phone, row.email, row.account, row.state],
  ...AMOUNTS.map((name) => BigInt(row[name])),
  row.currency,
];
