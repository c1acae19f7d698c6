// From a request to a file, a workbook or a text: one snapshot of the database, read in chunks, and not a file unless it agrees with the ledger.
import { rawOf, type Tx } from "../../db/client.ts";
import { useProviders } from "../../db/tenant.ts";
import type { Core } from "../kernel/core.ts";
import { formatMicros } from "../kernel/money.ts";
import { accountStatement } from "./account-statement.ts";
import { balanceSheet, receivables, turnover } from "./books.ts";
import { cardStockRows } from "./card-stock.ts";
import { creditForecastRows } from "./credit-forecast.ts";
import type { ExportRequest } from "./export-kinds.ts";
import { type ControlTotal, ExportRefused, type ExportScope, type ExportSource, MAX_ROWS, type TextSource } from "./export-source.ts";
import { journal } from "./journal.ts";
import { paymentsOfPeriod } from "./payments-of-period.ts";
import { reratingResults } from "./rerating-results.ts";
import { simulationResults } from "./simulation-results.ts";
import { usageOfPeriod } from "./usage-of-period.ts";
import { type Row, writeWorkbook } from "./xlsx/workbook.ts";

export type BuiltExport = {
  readonly file: Uint8Array;
  readonly fileName: string;
  readonly rows: number;
  readonly control: readonly ControlTotal[];
};

export type Progress = (rowsDone: number, rowsTotal: number) => Promise<void>;

function sourceOf(tx: Tx, scope: ExportScope, request: ExportRequest): Promise<ExportSource | TextSource> {
  const t = rawOf(tx);
  switch (request.kind) {
    case "usage-of-period":
      return usageOfPeriod(t, scope, request);
    case "account-statement":
      return accountStatement(t, scope, request);
    case "payments-of-period":
      return paymentsOfPeriod(t, scope, request);
    case "turnover":
      return turnover(tx, scope, request);
    case "balance-sheet":
      return balanceSheet(tx, scope, request);
    case "receivables":
      return receivables(tx, scope, request);
    case "journal":
      return journal(t, scope, request);
    case "credit-forecast":
      return creditForecastRows(t, scope);
    case "card-stock":
      return cardStockRows(t, scope);
    case "simulation":
      return simulationResults(t, scope, request);
    case "rerating":
      return reratingResults(t, scope, request);
  }
}

/** Throws ExportRefused with a sentence for a person when there is too much of it, or when it differs from the ledger. */
export function buildExport(
  core: Pick<Core, "db" | "clock">,
  scope: ExportScope,
  request: ExportRequest,
  progress: Progress,
): Promise<BuiltExport> {
  return core.db.transaction(
    async (tx) => {
      await useProviders(tx, [scope.providerId]);
      const source = await sourceOf(tx, scope, request);
      await progress(0, source.rowsTotal);
      return "text" in source ? textFile(source, progress) : workbook(source, progress, core.clock());
    },
    { isolationLevel: "repeatable read", accessMode: "read only" },
  );
}

async function workbook(source: ExportSource, progress: Progress, now: Temporal.Instant): Promise<BuiltExport> {
  if (source.rowsTotal > MAX_ROWS)
    throw new ExportRefused(`${source.rowsTotal} rows are more than a spreadsheet is made of (${MAX_ROWS}): choose a shorter period.`);
  let done = 0;
  async function* counted() {
    for await (const chunk of source.rows()) {
      yield chunk;
      done += chunk.length;
      await progress(Math.min(done, source.rowsTotal), source.rowsTotal);
    }
  }
  let control: readonly ControlTotal[] = [];
  async function* about() {
    requireCount(source.rowsTotal, done - source.extraRows);
    control = await source.control();
    requireAgreement(control);
    yield aboutRows(source, control, now);
  }
  const file = await writeWorkbook([
    { name: source.sheetName, columns: source.columns, rows: counted(), totals: () => source.totals() },
    {
      name: "About",
      columns: [
        { header: "What", kind: "text", width: 32 },
        { header: "Value", kind: "text", width: 40 },
      ],
      rows: about(),
    },
  ]);
  return { file, fileName: source.fileName, rows: source.rowsTotal, control };
}

async function textFile(source: TextSource, progress: Progress): Promise<BuiltExport> {
  const parts: Uint8Array[] = [];
  let done = 0;
  for await (const { text, rows } of source.text()) {
    parts.push(new TextEncoder().encode(text));
    done += rows;
    await progress(done, source.rowsTotal);
  }
  requireCount(source.rowsTotal, done);
  const control = await source.control();
  requireAgreement(control);
  return { file: Buffer.concat(parts), fileName: source.fileName, rows: done, control };
}

function requireCount(counted: number, read: number): void {
  if (read !== counted) throw new ExportRefused(`${counted} rows were counted and ${read} were read. \`mb verify\` says more.`);
}

function requireAgreement(control: readonly ControlTotal[]): void {
  const wrong = control.filter(({ fileMicros, ledgerMicros }) => fileMicros !== ledgerMicros);
  if (wrong.length === 0) return;
  const sentences = wrong.map(
    (c) =>
      `${c.what}: ${formatMicros(c.fileMicros)} ${c.currency} in the rows, ${formatMicros(c.ledgerMicros)} ${c.currency} in the ledger`,
  );
  throw new ExportRefused(`The rows differ from the ledger (${sentences.join("; ")}). \`mb verify\` says where.`);
}

function aboutRows(source: ExportSource, control: readonly ControlTotal[], now: Temporal.Instant): Row[] {
  const counted: Row = ["Rows", { as: "integer", value: source.rowsTotal }];
  const checked = control.map((c): Row => [`Ledger: ${c.what}, ${c.currency}`, { as: "money", value: c.ledgerMicros }]);
  return [...source.about, ["Made at", now.toString({ smallestUnit: "second" })], counted, ...checked];
}
