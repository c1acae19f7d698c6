// From a request to a file: one snapshot of the database, read in chunks, and not a file unless it agrees with the ledger.
import { type RawTx, rawOf } from "../../db/client.ts";
import { useProviders } from "../../db/tenant.ts";
import type { Core } from "../kernel/core.ts";
import { formatMicros } from "../kernel/money.ts";
import { accountStatement } from "./account-statement.ts";
import type { ExportRequest } from "./export-kinds.ts";
import { type ControlTotal, ExportRefused, type ExportScope, type ExportSource, MAX_ROWS } from "./export-source.ts";
import { reratingResults } from "./rerating-results.ts";
import { simulationResults } from "./simulation-results.ts";
import { usageOfPeriod } from "./usage-of-period.ts";
import { type Row, writeWorkbook } from "./xlsx/workbook.ts";

export type BuiltWorkbook = {
  readonly file: Uint8Array;
  readonly fileName: string;
  readonly rows: number;
  readonly control: readonly ControlTotal[];
};

export type Progress = (rowsDone: number, rowsTotal: number) => Promise<void>;

function sourceOf(t: RawTx, scope: ExportScope, request: ExportRequest): Promise<ExportSource> {
  if (request.kind === "simulation") return simulationResults(t, scope, request);
  if (request.kind === "rerating") return reratingResults(t, scope, request);
  return request.kind === "usage-of-period" ? usageOfPeriod(t, scope, request) : accountStatement(t, scope, request);
}

/** Throws ExportRefused with a sentence for a person when there is too much of it, or when it differs from the ledger. */
export function buildWorkbook(
  core: Pick<Core, "db" | "clock">,
  scope: ExportScope,
  request: ExportRequest,
  progress: Progress,
): Promise<BuiltWorkbook> {
  return core.db.transaction(
    async (tx) => {
      await useProviders(tx, [scope.providerId]);
      const source = await sourceOf(rawOf(tx), scope, request);
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
        if (done - source.extraRows !== source.rowsTotal)
          throw new ExportRefused(
            `${source.rowsTotal} rows were counted and ${done - source.extraRows} were read. \`mb verify\` says more.`,
          );
        control = await source.control();
        requireAgreement(control);
        yield aboutRows(source, control, core.clock());
      }
      await progress(0, source.rowsTotal);
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
    },
    { isolationLevel: "repeatable read", accessMode: "read only" },
  );
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
