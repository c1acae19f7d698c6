// The books as a journal for plain-text accounting, in the syntax of hledger and ledger (hledger.org/hledger.html#journal): each transaction with its source,
// and at the end what every account must come to, which `hledger check` then proves by itself.
import type { RawTx } from "../../db/client.ts";
import { formatMicros } from "../kernel/money.ts";
import { instantsOf, type JournalRequest } from "./export-kinds.ts";
import { CHUNK_ROWS, type ExportScope, providerOf, type TextSource } from "./export-source.ts";

type Entry = { readonly debit: string; readonly credit: string; readonly amount: string };
type Transaction = {
  readonly id: string;
  readonly number: string | null;
  readonly day: string;
  readonly posted: string;
  readonly template: string;
  readonly source: string;
  readonly currency: string;
  readonly entries: readonly Entry[];
};

type Standing = { readonly code: string; readonly number: string | null; readonly currency: string; readonly sum: string };

const roots: Readonly<Record<string, string>> = {
  asset: "assets",
  liability: "liabilities",
  equity: "equity",
  income: "income",
  expense: "expenses",
};

/** Words that the root says already. */
const said = new Set(["assets", "revenue", "expense", "equity"]);

/** `liabilities:settlement:1001`. Pure; what an account's number has beside letters, digits, `.`, `-` and `_` is written as %xx. */
export function journalAccount(code: string, kind: string, number: string | null): string {
  const parts = code.split(".").filter((part, i) => i > 0 || !said.has(part));
  const name = [roots[kind] ?? kind, ...parts].join(":");
  if (code !== "settlement" || number === null) return name;
  return `${name}:${[...number].map((char) => (/[\w.-]/.test(char) ? char : encodeURIComponent(char).replace(/^[^%]/, (c) => `%${c.charCodeAt(0).toString(16)}`))).join("")}`;
}

/** Six decimals, so that every commodity has one style. */
const exact = (micros: bigint): string => {
  const [whole, part = ""] = formatMicros(micros).split(".");
  return `${whole}.${part.padEnd(6, "0")}`;
};

/** What ends a line or begins another field of the syntax. */
const oneLine = (text: string): string => text.replace(/[\s;|]+/g, " ");

export async function journal(t: RawTx, { providerId }: ExportScope, request: JournalRequest): Promise<TextSource> {
  const provider = await providerOf(t, providerId);
  const { from, to } = instantsOf(request, provider.zone);
  const kinds = new Map((await t<{ code: string; kind: string }[]>`select code, kind from app.gl_accounts`).map((g) => [g.code, g.kind]));
  const nameOf = (code: string, number: string | null) => journalAccount(code, kinds.get(code) ?? "equity", number);

  const ofAccounts = t`
    select x.id, x.account_id, x.effective_at, x.posted_at, x.template, x.source_key from app.ledger_transactions x where x.provider_id = ${providerId}`;
  const ofProvider = t`
    select x.id, null::uuid, x.effective_at, x.posted_at, x.template, x.source_key from app.provider_transactions x where x.provider_id = ${providerId}`;
  const postings = t`
    select account_id, transaction_id, line, debit, credit, amount_micros, currency from app.ledger_postings where provider_id = ${providerId}
    union all select null::uuid, transaction_id, line, debit, credit, amount_micros, currency from app.provider_postings where provider_id = ${providerId}`;
  /** What each account came to before an instant: debits less credits. */
  const standing = (before: string) => t<Standing[]>`
    select s.code, case when s.code = 'settlement' then a.number end as number, l.currency, sum(s.amount)::text as sum
    from (${ofAccounts} union all ${ofProvider}) x join (${postings}) l on l.transaction_id = x.id and l.account_id is not distinct from x.account_id
    left join app.accounts a on a.provider_id = ${providerId} and a.account_id = x.account_id
    cross join lateral (values (l.debit, l.amount_micros::numeric), (l.credit, -l.amount_micros::numeric)) as s(code, amount)
    where x.effective_at < ${before}::timestamptz group by 1, 2, 3 order by 3, 1, 2`;

  const opening = (await standing(from)).filter((row) => row.sum !== "0");
  const closing = await standing(to);
  const [counted] = await t<{ n: string; debits: string }[]>`
    select count(distinct x.id)::text as n, coalesce(sum(l.amount_micros), 0)::text as debits
    from (${ofAccounts} union all ${ofProvider}) x join (${postings}) l on l.transaction_id = x.id and l.account_id is not distinct from x.account_id
    where x.effective_at >= ${from}::timestamptz and x.effective_at < ${to}::timestamptz`;
  let debits = 0n;

  const shown = ({ id, number, day, posted, template, source, currency, entries }: Transaction): string => {
    const lines = entries.flatMap(({ debit, credit, amount }) => {
      debits += BigInt(amount);
      return [
        `    ${nameOf(debit, number)}  ${exact(BigInt(amount))} ${currency}`,
        `    ${nameOf(credit, number)}  ${exact(-BigInt(amount))} ${currency}`,
      ];
    });
    return `${day} * (${id}) ${oneLine(template)}\n    ; source: ${oneLine(source)}\n    ; posted: ${posted}\n${lines.join("\n")}\n`;
  };

  function declarations(): string {
    const accounts = [...new Set(closing.map((row) => nameOf(row.code, row.number)))].sort();
    const commodities = [...new Set(closing.map((row) => row.currency))].sort();
    return [
      `; ${oneLine(provider.name)}, ${request.from} to ${request.to} (included), days of ${provider.zone}`,
      "decimal-mark .",
      ...commodities.map((currency) => `commodity 1000.000000 ${currency}`),
      ...accounts.map((name) => `account ${name}`),
      "",
      "",
    ].join("\n");
  }

  const standingLines = (rows: readonly Standing[], line: (name: string, row: Standing) => string) =>
    rows.map((row) => line(nameOf(row.code, row.number), row)).join("\n");

  async function* text() {
    yield { text: declarations(), rows: 0 };
    if (opening.length > 0)
      yield {
        text: `${request.from} * opening balances\n${standingLines(opening, (name, row) => `    ${name}  ${exact(BigInt(row.sum))} ${row.currency}`)}\n\n`,
        rows: 0,
      };
    const found = t<Transaction[]>`
      select x.id, a.number, (x.effective_at at time zone ${provider.zone})::date::text as day, x.posted_at::text as posted, x.template, x.source_key as source, l.currency,
        json_agg(json_build_object('debit', l.debit, 'credit', l.credit, 'amount', l.amount_micros::text) order by l.line) as entries
      from (${ofAccounts} union all ${ofProvider}) x join (${postings}) l on l.transaction_id = x.id and l.account_id is not distinct from x.account_id
      left join app.accounts a on a.provider_id = ${providerId} and a.account_id = x.account_id
      where x.effective_at >= ${from}::timestamptz and x.effective_at < ${to}::timestamptz
      group by x.id, a.number, x.effective_at, x.posted_at, x.template, x.source_key, l.currency order by x.effective_at, x.id`.cursor(
      CHUNK_ROWS,
    );
    for await (const chunk of found) yield { text: `${chunk.map(shown).join("\n")}\n`, rows: chunk.length };
    if (closing.length > 0)
      yield {
        text: `${request.to} * what the accounts come to\n${standingLines(closing, (name, row) => `    ${name}  0.000000 ${row.currency} = ${exact(BigInt(row.sum))} ${row.currency}`)}\n`,
        rows: 0,
      };
  }

  return {
    fileName: `journal_${request.from}_${request.to}.journal`,
    rowsTotal: Number(counted!.n),
    text,
    async control() {
      return [{ currency: "all currencies", what: "debits", fileMicros: debits, ledgerMicros: BigInt(counted!.debits) }];
    },
  };
}
