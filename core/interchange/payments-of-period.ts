// Payments received in a period, in the order of their receipts; with what each channel brought, and what of it is still in cash.
import type { RawTx } from "../../db/client.ts";
import { instantsOf, type PaymentsRequest } from "./export-kinds.ts";
import { CHUNK_ROWS, type ExportScope, type ExportSource, providerOf } from "./export-source.ts";
import type { Column, Row } from "./xlsx/workbook.ts";

type PaymentLine = {
  receipt: string;
  received_sec: number;
  paid_sec: number;
  channel: string;
  number: string | null;
  account: string | null;
  subscriber: string | null;
  payer: string | null;
  details: string | null;
  state: string;
  amount: string;
  gone: string;
  currency: string;
};

const columnsIn = (zone: string): Column[] => [
  { header: "Receipt", kind: "integer", width: 10 },
  { header: `Received (${zone})`, kind: "instant", width: 20 },
  { header: `Paid (${zone})`, kind: "instant", width: 20 },
  { header: "Channel", kind: "text", width: 20 },
  { header: "Number", kind: "text", width: 22 },
  { header: "Account", kind: "text", width: 14 },
  { header: "Subscriber", kind: "text", width: 28 },
  { header: "Payer", kind: "text", width: 24 },
  { header: "Details", kind: "text", width: 30 },
  { header: "State", kind: "text", width: 14 },
  { header: "Amount", kind: "money", width: 16 },
  { header: "Went back", kind: "money", width: 16 },
  { header: "Stays", kind: "money", width: 16 },
  { header: "Currency", kind: "text", width: 9 },
];

type Sums = { readonly payments: number; readonly amountMicros: bigint; readonly goneMicros: bigint };

/** Call it inside a transaction that sees one snapshot and `scope.providerId`. */
export async function paymentsOfPeriod(t: RawTx, { providerId, groupIds }: ExportScope, request: PaymentsRequest): Promise<ExportSource> {
  const provider = await providerOf(t, providerId);
  const { from, to } = instantsOf(request, provider.zone);
  const mine = t`
    from app.payments y join app.payment_channels c on c.provider_id = y.provider_id and c.id = y.channel_id
    left join app.accounts a on a.provider_id = y.provider_id and a.account_id = y.account_id
    left join app.subscribers s on s.provider_id = a.provider_id and s.id = a.subscriber_id
    where y.provider_id = ${providerId} and y.received_at >= ${from}::timestamptz and y.received_at < ${to}::timestamptz
      ${groupIds === null ? t`` : t`and s.group_id = any(${groupIds as string[]}::uuid[])`}`;
  // What was cancelled or sent back has left wholly.
  const gone = t`(case when y.state in ('cancelled', 'returned') then y.amount_micros else y.refunded_micros + y.charged_back_micros end)`;
  const [count] = await t<{ n: string }[]>`select count(*)::text as n ${mine}`;
  const sums = new Map<string, Sums>();

  async function* rows() {
    const found = t<PaymentLine[]>`
      select y.receipt_number::text as receipt, extract(epoch from y.received_at at time zone ${provider.zone})::float8 as received_sec,
        extract(epoch from y.paid_at at time zone ${provider.zone})::float8 as paid_sec, c.name as channel, y.external_id as number, a.number as account, s.name as subscriber,
        y.payer_name as payer, y.details, y.state, y.amount_micros::text as amount, ${gone}::text as gone, y.currency
      ${mine} order by y.receipt_number`;
    for await (const chunk of found.cursor(CHUNK_ROWS)) {
      for (const row of chunk) addTo(sums, row);
      yield chunk.map(cellsOf);
    }
  }

  const inOrder = () => [...sums.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, sum]) => ({ ...keyOf(key), ...sum }));
  return {
    fileName: `payments_${request.from}_${request.to}.xlsx`,
    sheetName: "Payments",
    columns: columnsIn(provider.zone),
    rowsTotal: Number(count!.n),
    extraRows: 0,
    about: [
      ["Provider", provider.name],
      ["What", "Payments by the moment of receipt, as they stand now"],
      ["From", request.from],
      ["To", `${request.to} (included)`],
      ["Time zone", provider.zone],
    ],
    rows,
    totals: () =>
      inOrder().map(({ channel, currency, payments, amountMicros, goneMicros }) => [
        ...[null, null, null, channel, null, null, null, null, `${payments} payments`, "Total"],
        ...[amountMicros, goneMicros, amountMicros - goneMicros, currency],
      ]),
    async control() {
      // Each movement of cash that these payments made, wherever it is written.
      const books = await t<{ channel: string; currency: string; cash: string }[]>`
        with own as (
          select y.id, c.name as channel, y.currency ${mine}),
        entries as (
          select o.channel, o.currency, p.debit, p.credit, p.amount_micros from own o join app.payment_movements m on m.provider_id = ${providerId} and m.payment_id = o.id
          join app.ledger_postings p on p.provider_id = ${providerId} and p.account_id = m.account_id and p.transaction_id = m.transaction_id
          union all
          select o.channel, o.currency, p.debit, p.credit, p.amount_micros from own o join app.payment_movements m on m.provider_id = ${providerId} and m.payment_id = o.id
          join app.provider_postings p on p.provider_id = ${providerId} and p.transaction_id = m.provider_transaction_id)
        select channel, currency, sum(case when debit like 'cash.%' then amount_micros when credit like 'cash.%' then -amount_micros else 0 end)::text as cash from entries group by 1, 2`;
      const cash = new Map(books.map((row) => [`${row.currency} ${row.channel}`, BigInt(row.cash)]));
      return inOrder().map(({ channel, currency, amountMicros, goneMicros }) => ({
        ...{ currency, what: `left of ${channel}`, fileMicros: amountMicros - goneMicros },
        ledgerMicros: cash.get(`${currency} ${channel}`) ?? 0n,
      }));
    },
  };
}

const keyOf = (key: string) => ({ currency: key.slice(0, 3), channel: key.slice(4) });

function addTo(sums: Map<string, Sums>, { currency, channel, amount, gone }: PaymentLine): void {
  const key = `${currency} ${channel}`;
  const { payments, amountMicros, goneMicros } = sums.get(key) ?? { payments: 0, amountMicros: 0n, goneMicros: 0n };
  sums.set(key, { payments: payments + 1, amountMicros: amountMicros + BigInt(amount), goneMicros: goneMicros + BigInt(gone) });
}

const cellsOf = (row: PaymentLine): Row => [
  ...[
    BigInt(row.receipt),
    row.received_sec,
    row.paid_sec,
    row.channel,
    row.number,
    row.account,
    row.subscriber,
    row.payer,
    row.details,
    row.state,
  ],
  ...[BigInt(row.amount), BigInt(row.gone), BigInt(row.amount) - BigInt(row.gone), row.currency],
];
