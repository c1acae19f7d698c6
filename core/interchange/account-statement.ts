// What moved an account's balance in a period, from the balance before it to the balance after it.
import type { RawTx } from "../../db/client.ts";
import { movementText } from "../../views/shared/ledger-words.ts";
import { chargeOfLine, nameOfCharge } from "../ledger/charge-of-line.ts";
import { instantsOf, type StatementRequest } from "./export-kinds.ts";
import { CHUNK_ROWS, ExportRefused, type ExportScope, type ExportSource, providerOf } from "./export-source.ts";
import type { Column, Row } from "./xlsx/workbook.ts";

type Line = {
  effective_at: string;
  transaction_id: string;
  line: number;
  effective_sec: number;
  posted_sec: number;
  template: string;
  details: { readonly calls?: number; readonly billedSec?: number; readonly closedMonths?: readonly string[] } | null;
  amount: string;
  currency: string;
  is_tax: boolean;
};

const columnsIn = (zone: string): Column[] => [
  { header: `Date (${zone})`, kind: "instant", width: 20 },
  { header: `Posted (${zone})`, kind: "instant", width: 20 },
  { header: "What", kind: "text", width: 32 },
  { header: "Calls", kind: "integer", width: 10 },
  { header: "Billed", kind: "duration", width: 11 },
  { header: "Charged", kind: "money", width: 16 },
  { header: "Credited", kind: "money", width: 16 },
  { header: "Balance", kind: "money", width: 18 },
  { header: "Currency", kind: "text", width: 9 },
  { header: "Transaction", kind: "text", width: 38 },
];

const names: Readonly<Record<string, string>> = {
  "usage.charged": "Usage",
  "usage.adjusted": "Correction of closed months",
  "fee.charged": "Fees",
  "balance.opened": "Opening balance",
};
const nameOf = (template: string): string =>
  template.endsWith(".reversed")
    ? `Reversed: ${nameOf(template.slice(0, -".reversed".length))}`
    : (names[template] ?? movementText(template));

function whatOf({ template, details, line, is_tax: isTax }: Line, amountMicros: bigint): string {
  const charge = chargeOfLine(template, details, line);
  if (charge) {
    const last = Temporal.PlainDate.from(charge.to).subtract({ days: 1 }).toString();
    return `${nameOfCharge(charge, isTax, amountMicros)}, ${charge.from === last ? last : `${charge.from} to ${last}`}`;
  }
  const closed = details?.closedMonths ? ` of ${details.closedMonths.join(" and ")}, closed` : "";
  return `${isTax ? "Tax" : nameOf(template)}${closed}`;
}

/** Call it inside a transaction that sees one snapshot and `scope.providerId`. */
export async function accountStatement(t: RawTx, scope: ExportScope, request: StatementRequest): Promise<ExportSource> {
  const { providerId } = scope;
  const { accountId } = request;
  const provider = await providerOf(t, providerId);
  const { from, to } = instantsOf(request, provider.zone);
  const [account] = await t<{ number: string; currency: string; subscriber: string; balance: string }[]>`
    select a.number, a.currency, s.name as subscriber, coalesce(b.balance_micros, 0)::text as balance
    from app.accounts a join app.subscribers s on s.provider_id = a.provider_id and s.id = a.subscriber_id
    left join app.balances b on b.provider_id = a.provider_id and b.account_id = a.account_id and b.currency = a.currency
    where a.provider_id = ${providerId} and a.account_id = ${accountId} ${scope.groupIds === null ? t`` : t`and s.group_id = any(${scope.groupIds as string[]}::uuid[])`}`;
  if (!account) throw new ExportRefused("There is no such account, or it isn't yours to see.");
  const { currency } = account;

  const settlement = t`
    from app.ledger_postings p join app.ledger_transactions x on x.provider_id = p.provider_id and x.account_id = p.account_id and x.id = p.transaction_id
    where p.provider_id = ${providerId} and p.account_id = ${accountId} and p.currency = ${currency} and 'settlement' in (p.debit, p.credit)`;
  const signed = t`(case when p.credit = 'settlement' then p.amount_micros else -p.amount_micros end)`;
  const inPeriod = t`x.effective_at >= ${from}::timestamptz and x.effective_at < ${to}::timestamptz`;
  const [books] = await t<{ n: string; before: string; within: string; whole: string }[]>`
    select count(*) filter (where ${inPeriod})::text as n, coalesce(sum(${signed}) filter (where x.effective_at < ${from}::timestamptz), 0)::text as before,
      coalesce(sum(${signed}) filter (where ${inPeriod}), 0)::text as within, coalesce(sum(${signed}), 0)::text as whole ${settlement}`;
  const openingMicros = BigInt(books!.before);
  let balanceMicros = openingMicros;
  let [chargedMicros, creditedMicros, calls, billedSec] = [0n, 0n, 0, 0];

  function cellsOf(line: Line): Row {
    const amountMicros = BigInt(line.amount);
    balanceMicros += amountMicros;
    if (amountMicros < 0n) chargedMicros -= amountMicros;
    else creditedMicros += amountMicros;
    // The tax on the usage is a line of its own, and has no calls.
    const { calls: ofLine = null, billedSec: secOfLine = null } = line.is_tax ? {} : (line.details ?? {});
    calls += ofLine ?? 0;
    billedSec += secOfLine ?? 0;
    return [
      ...[line.effective_sec, line.posted_sec, whatOf(line, amountMicros), ofLine, secOfLine],
      ...[amountMicros < 0n ? -amountMicros : null, amountMicros < 0n ? null : amountMicros, balanceMicros, currency, line.transaction_id],
    ];
  }

  async function* rows() {
    yield [[...Array(2).fill(null), "Balance before", ...Array(4).fill(null), openingMicros, currency] as Row];
    let after: Line | undefined;
    for (;;) {
      const chunk: Line[] = await t<Line[]>`
        select x.effective_at, p.transaction_id, p.line, extract(epoch from x.effective_at at time zone ${provider.zone})::float8 as effective_sec,
          extract(epoch from x.posted_at at time zone ${provider.zone})::float8 as posted_sec, x.template, x.details, ${signed}::text as amount, p.currency, 'tax.payable' in (p.debit, p.credit) as is_tax
        ${settlement} and ${inPeriod}
          ${after ? t`and (x.effective_at, p.transaction_id, p.line) > (${after.effective_at}::timestamptz, ${after.transaction_id}::uuid, ${after.line}::smallint)` : t``}
        order by x.effective_at, p.transaction_id, p.line limit ${CHUNK_ROWS}`;
      if (chunk.length > 0) yield chunk.map(cellsOf);
      if (chunk.length < CHUNK_ROWS) return;
      after = chunk.at(-1);
    }
  }

  return {
    fileName: `statement_${account.number.replace(/[^\w-]+/g, "-")}_${request.from}_${request.to}.xlsx`,
    sheetName: "Statement",
    columns: columnsIn(provider.zone),
    rowsTotal: Number(books!.n),
    extraRows: 1,
    about: [
      ["Provider", provider.name],
      ["Subscriber", account.subscriber],
      ["Account", account.number],
      ["What", "Statement of the settlement account, by the time a charge is for"],
      ["From", request.from],
      ["To", `${request.to} (included)`],
      ["Time zone", provider.zone],
    ],
    rows,
    totals: () => [[null, null, "Balance after", calls, billedSec, chargedMicros, creditedMicros, balanceMicros, currency]],
    async control() {
      const total = (what: string, fileMicros: bigint, ledger: string) => ({ currency, what, fileMicros, ledgerMicros: BigInt(ledger) });
      return [
        total("movement", creditedMicros - chargedMicros, books!.within),
        total("balance after", balanceMicros, String(openingMicros + BigInt(books!.within))),
        // The kept balance must be its entries' sum, or no statement of this account can be believed.
        { currency, what: "balance kept", fileMicros: BigInt(books!.whole), ledgerMicros: BigInt(account.balance) },
      ];
    },
  };
}
