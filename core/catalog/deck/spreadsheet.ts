// A price list as an XLSX workbook, read by the xlsx library within bounds. Formulas are never evaluated: the value that was stored with one is taken.
import * as XLSX from "xlsx";
import type { TextRow } from "./text-table.ts";
import { entriesOf, isHonest } from "./unpacked-size.ts";

/** A sheet of 100,000 lines and eight columns has some 40 MB of XML. */
const MAX_UNPACKED_BYTES = 150_000_000;
const MAX_ENTRIES = 2000;
export const MAX_COLUMNS = 100;

export type Workbook = { readonly sheets: readonly string[]; readonly rows: readonly TextRow[] };

/** The rows of one sheet, the first unless named, at most `mostRows` of them. A sentence says why a workbook isn't read. */
export function readWorkbook(bytes: Uint8Array, { sheet, mostRows }: { sheet?: string; mostRows: number }): Workbook | string {
  const entries = entriesOf(bytes);
  if (!entries) return "It looks like a spreadsheet, and isn’t a whole one. Save it again as .xlsx.";
  const sizeBytes = entries.reduce((sum, entry) => sum + entry.sizeBytes, 0);
  if (sizeBytes > MAX_UNPACKED_BYTES || entries.length > MAX_ENTRIES)
    return `Unpacked it would have ${sizeBytes} bytes in ${entries.length} parts; the most is ${MAX_UNPACKED_BYTES} bytes in ${MAX_ENTRIES}. Save the sheet alone, or as CSV.`;
  if (!entries.every(isHonest)) return "It looks like a spreadsheet, and is damaged. Save it again as .xlsx.";
  try {
    const names = XLSX.read(bytes, { type: "array", bookSheets: true }).SheetNames;
    const chosen = names.find((name) => name === sheet) ?? names[0];
    if (chosen === undefined) return "It has no sheet.";
    const book = XLSX.read(bytes, {
      ...{ type: "array", dense: true, sheets: [chosen], sheetRows: mostRows },
      ...{ cellFormula: false, cellHTML: false, cellText: false, cellNF: true, cellStyles: false, bookVBA: false, bookDeps: false },
    });
    const epoch = book.Workbook?.WBProps?.date1904 ? "1904-01-01" : "1899-12-30";
    const rows: TextRow[] = [];
    const data = (book.Sheets[chosen]?.["!data"] ?? []) as (XLSX.CellObject | undefined)[][];
    data.forEach((row, i) => {
      const cells = Array.from({ length: Math.min(row?.length ?? 0, MAX_COLUMNS) }, (_, j) => cellText(row[j], epoch));
      if (cells.some((cell) => cell !== "")) rows.push({ line: i + 1, cells });
    });
    return { sheets: names, rows };
  } catch (error) {
    return `The spreadsheet can’t be read: ${error instanceof Error ? error.message.slice(0, 200) : "it is damaged"}.`;
  }
}

function cellText(cell: XLSX.CellObject | undefined, epoch: string): string {
  if (!cell || cell.v === undefined || cell.v === null || cell.t === "e") return "";
  if (cell.t !== "n") return String(cell.v).trim();
  const value = cell.v as number;
  if (typeof cell.z === "string" && XLSX.SSF.is_date(cell.z) && value >= 1 && value < 200_000)
    return Temporal.PlainDate.from(epoch)
      .add({ days: Math.trunc(value) })
      .toString();
  return numberText(value);
}

/** The digits that the spreadsheet shows: it keeps 15, and what a double has beyond them was never typed. */
function numberText(value: number): string {
  const [mantissa = "", exponent = "0"] = value.toExponential(14).split("e");
  const sign = mantissa.startsWith("-") ? "-" : "";
  const digits = mantissa.replace(/[-.]/g, "");
  const point = 1 + Number(exponent);
  const padded = point <= 0 ? "0".repeat(1 - point) + digits : digits.padEnd(point, "0");
  const at = Math.max(point, 1);
  const fraction = padded.slice(at).replace(/0+$/, "");
  return `${sign}${padded.slice(0, at)}${fraction ? `.${fraction}` : ""}`;
}
