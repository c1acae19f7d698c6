// What rating usage again changes, or would change, one row an account, in the order of the subscribers' numbers.
import type { RawTx } from "../../db/client.ts";
import type { ReratingRequest } from "./export-kinds.ts";
import { CHUNK_ROWS, ExportRefused, type ExportScope, type ExportSource, providerOf } from "./export-source.ts";
import type { Column, Row } from "./xlsx/workbook.ts";

/** While a run counts or changes accounts, some have the figures of before and some those of after. */
export const hasResults = (state: string): boolean => state === "previewed" || state === "done";
export const NO_RESULTS = "The re-rating has no result yet: wait until it is previewed, or done.";

const COUNTS = ["records", "changed", "adjusted", "vanished"] as const;
const AMOUNTS = ["old_micros", "old_tax_micros", "new_micros", "new_tax_micros", "difference_micros", "follows_micros"] as const;
type AccountRow = Record<(typeof COUNTS)[number] | (typeof AMOUNTS)[number], string> & {
  subscriber_number: string;
  name: string;
  group_name: string;
  account: string;
  currency: string;
};

const columnsIn = (done: boolean): Column[] => [
  { header: "Subscriber no.", kind: "integer", width: 14 },
  { header: "Subscriber", kind: "text", width: 28 },
  { header: "Group", kind: "text", width: 18 },
  { header: "Account", kind: "text", width: 14 },
  { header: "Records", kind: "integer", width: 10 },
  { header: "Changed", kind: "integer", width: 10 },
  { header: "In closed months", kind: "integer", width: 14 },
  { header: "Without a price", kind: "integer", width: 14 },
  { header: "Before, net", kind: "money", width: 16 },
  { header: "Before, tax", kind: "money", width: 16 },
  { header: done ? "After, net" : "Would be, net", kind: "money", width: 16 },
  { header: done ? "After, tax" : "Would be, tax", kind: "money", width: 16 },
  { header: "Difference with tax", kind: "money", width: 18 },
  { header: "Minimum and discounts that follow", kind: "money", width: 18 },
  { header: "Currency", kind: "text", width: 9 },
];

/** Accounts that change, or have records without a price. Call it inside a transaction that sees one snapshot and `scope.providerId`. */
export async function reratingResults(t: RawTx, { providerId, groupIds }: ExportScope, { runId }: ReratingRequest): Promise<ExportSource> {
  const provider = await providerOf(t, providerId);
  const [run] = await t<{ state: string; why: string; requested_by: string; day: string }[]>`
    select state, why, requested_by, (requested_at at time zone ${provider.zone})::date::text as day from app.reratings where provider_id = ${providerId} and id = ${runId}`;
  if (!run || !hasResults(run.state)) throw new ExportRefused(NO_RESULTS);
  const done = run.state === "done";
  const mine = t`
    from app.rerating_accounts a
    join app.accounts n on n.provider_id = a.provider_id and n.account_id = a.account_id
    join app.subscribers s on s.provider_id = a.provider_id and s.id = a.subscriber_id
    join app.subscriber_groups g on g.provider_id = s.provider_id and g.id = s.group_id
    where a.provider_id = ${providerId} and a.run_id = ${runId} and (a.changed > 0 or a.vanished > 0)
      ${groupIds === null ? t`` : t`and s.group_id = any(${groupIds as string[]}::uuid[])`}`;
  const [count] = await t<{ n: string }[]>`select count(*)::text as n ${mine}`;
  const sums = new Map<string, Record<(typeof AMOUNTS)[number], bigint>>();

  async function* rows() {
    const found = t<AccountRow[]>`
      select s.number::text as subscriber_number, s.name, g.name as group_name, n.number as account, a.currency, a.records::text as records, a.changed::text as changed,
        a.adjusted::text as adjusted, a.vanished::text as vanished, a.old_micros::text as old_micros, a.old_tax_micros::text as old_tax_micros, a.new_micros::text as new_micros,
        a.new_tax_micros::text as new_tax_micros, a.difference_micros::text as difference_micros, a.follows_micros::text as follows_micros
      ${mine} order by s.number, n.number`;
    for await (const chunk of found.cursor(CHUNK_ROWS)) {
      for (const row of chunk) addTo(sums, row);
      yield chunk.map(cellsOf);
    }
  }

  return {
    fileName: `rerating_${run.day}.xlsx`,
    sheetName: "Accounts",
    columns: columnsIn(done),
    rowsTotal: Number(count!.n),
    extraRows: 0,
    about: [
      ["Provider", provider.name],
      ["What", done ? "What rating usage again has changed" : "What rating usage again would change. Nothing of it is charged"],
      ["Why", run.why],
      ["Asked for by", run.requested_by],
      ["On", run.day],
      ["Time zone", provider.zone],
    ],
    rows,
    totals: () =>
      [...sums.entries()].sort().map(([currency, sum]) => ["Total", ...Array(7).fill(null), ...AMOUNTS.map((name) => sum[name]), currency]),
    // A preview isn't in the ledger; of what is done, `mb verify` proves that it is.
    control: async () => [],
  };
}

function addTo(sums: Map<string, Record<(typeof AMOUNTS)[number], bigint>>, row: AccountRow): void {
  const before = sums.get(row.currency);
  const added = AMOUNTS.map((name) => [name, (before?.[name] ?? 0n) + BigInt(row[name])]);
  sums.set(row.currency, Object.fromEntries(added));
}

const cellsOf = (row: AccountRow): Row => [
  ...[BigInt(row.subscriber_number), row.name, row.group_name, row.account],
  ...COUNTS.map((name) => BigInt(row[name])),
  ...AMOUNTS.map((name) => BigInt(row[name])),
  row.currency,
];
