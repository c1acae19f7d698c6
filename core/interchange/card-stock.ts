// The stock of prepaid cards: one row for each series and dealer, whose printed cards are all in one of the columns after it.
import type { RawTx } from "../../db/client.ts";
import { ExportRefused, type ExportScope, type ExportSource, providerOf } from "./export-source.ts";
import type { Column, Row } from "./xlsx/workbook.ts";

const PLACES = ["printed", "stock", "sold", "used", "void", "expired", "blocked"] as const;
type StockRow = Record<(typeof PLACES)[number], string> & {
  code: string;
  name: string;
  dealer: string | null;
  value: string;
  currency: string;
};

const columns: Column[] = [
  { header: "Series", kind: "text", width: 20 },
  { header: "Name", kind: "text", width: 28 },
  { header: "Who has them", kind: "text", width: 24 },
  { header: "Value of a card", kind: "money", width: 16 },
  { header: "Currency", kind: "text", width: 9 },
  ...["Printed", "In stock", "Sold", "Used", "Void", "Expired", "Of these blocked"].map((header) => ({
    header,
    kind: "integer" as const,
    width: 12,
  })),
];

/** Out of the movements, as they are in the transaction's snapshot. Cards are the provider's as a whole: whoever sees some groups has none of it. */
export async function cardStockRows(t: RawTx, { providerId, groupIds }: ExportScope): Promise<ExportSource> {
  if (groupIds !== null) throw new ExportRefused("Cards concern the whole provider: your role is limited to groups.");
  const provider = await providerOf(t, providerId);
  const found = await t<StockRow[]>`
    with moved as (
      select series_id, to_dealer as dealer_id, to_state as state, to_blocked as blocked, cards from app.card_movements where provider_id = ${providerId}
      union all select series_id, from_dealer, from_state, from_blocked, -cards from app.card_movements where provider_id = ${providerId} and from_state is not null)
    select s.code, s.name, d.name as dealer, s.value_micros::text as value, s.currency, sum(m.cards)::text as printed,
      coalesce(sum(m.cards) filter (where m.state in ('generated', 'activated')), 0)::text as stock, coalesce(sum(m.cards) filter (where m.state = 'sold'), 0)::text as sold,
      coalesce(sum(m.cards) filter (where m.state = 'used'), 0)::text as used, coalesce(sum(m.cards) filter (where m.state = 'void'), 0)::text as void,
      coalesce(sum(m.cards) filter (where m.state = 'expired'), 0)::text as expired, coalesce(sum(m.cards) filter (where m.blocked), 0)::text as blocked
    from moved m join app.card_series s on s.provider_id = ${providerId} and s.id = m.series_id
    left join app.card_dealers d on d.provider_id = ${providerId} and d.id = m.dealer_id
    group by s.code, s.name, d.id, d.name, s.value_micros, s.currency having sum(m.cards) <> 0 order by s.code, d.name nulls first`;
  const total = (place: (typeof PLACES)[number]) => found.reduce((sum, row) => sum + BigInt(row[place]), 0n);
  return {
    fileName: "card_stock.xlsx",
    sheetName: "Stock",
    columns,
    rowsTotal: found.length,
    extraRows: 0,
    about: [
      ["Provider", provider.name],
      ["What", "Prepaid cards: printed = in stock + sold + used + void + expired"],
    ],
    async *rows() {
      yield found.map(
        (row): Row => [
          row.code,
          row.name,
          row.dealer ?? "own stock",
          BigInt(row.value),
          row.currency,
          ...PLACES.map((place) => BigInt(row[place])),
        ],
      );
    },
    totals: () => [["Total", ...Array(4).fill(null), ...PLACES.map(total)]],
    // Of counts, not of money: `mb verify` proves them against the cards.
    control: async () => [],
  };
}
