// A file that somebody sent as a price list, whatever it is, as rows of text; or a sentence that says why it can't be one.
import { MAX_COLUMNS, readWorkbook } from "./spreadsheet.ts";
import { type Delimiter, delimiterOf, type Encoding, encodingOf, rowsOf, type TextRow } from "./text-table.ts";

/** 100,000 lines of a carrier's price list have some 8 MB. */
export const MAX_DECK_BYTES = 30_000_000;
export const MAX_LINES = 250_000;

export type TableOptions = { readonly sheet?: string; readonly encoding?: Encoding; readonly delimiter?: Delimiter };
export type Table = {
  readonly rows: readonly TextRow[];
  readonly format: "csv" | "xlsx";
  readonly sheets?: readonly string[];
  readonly encoding?: Encoding;
  readonly delimiter?: Delimiter;
};

/** At most `mostRows` rows are read: all, or those of a sample. */
export function readTable(bytes: Uint8Array, options: TableOptions = {}, mostRows = MAX_LINES + 1000): Table | string {
  if (bytes.length === 0) return "The file is empty.";
  if (bytes.length > MAX_DECK_BYTES) return `The file has ${bytes.length} bytes; the most is ${MAX_DECK_BYTES}.`;
  if (bytes[0] === 0x50 && bytes[1] === 0x4b) {
    const book = readWorkbook(bytes, { mostRows, ...(options.sheet === undefined ? {} : { sheet: options.sheet }) });
    if (typeof book === "string") return book;
    return bounded({ format: "xlsx", sheets: book.sheets, rows: book.rows });
  }
  if (bytes[0] === 0xd0 && bytes[1] === 0xcf) return "This is a workbook of an old Excel (.xls). Save it as .xlsx or CSV.";
  const encoding = options.encoding ?? encodingOf(bytes);
  if (!encoding) return "This is neither a text nor a spreadsheet. Send a CSV or an .xlsx file.";
  const text = new TextDecoder(encoding).decode(bytes);
  if (text.includes("\0")) return "This is neither a text nor a spreadsheet. Send a CSV or an .xlsx file.";
  const delimiter = options.delimiter ?? delimiterOf(text);
  const rows: TextRow[] = [];
  for (const row of rowsOf(text, delimiter)) {
    rows.push(row);
    if (rows.length >= mostRows) break;
  }
  return bounded({ format: "csv", encoding, delimiter, rows });
}

function bounded(table: Table): Table | string {
  if (table.rows.length === 0) return "The file has no line with anything in it.";
  const wide = table.rows.find(({ cells }) => cells.length > MAX_COLUMNS);
  if (wide) return `Line ${wide.line} has ${wide.cells.length} columns; the most is ${MAX_COLUMNS}. Is this a price list?`;
  if (table.rows.length > MAX_LINES + 500) return `The file has more than ${MAX_LINES} lines, the most that a deck can have.`;
  return table;
}
