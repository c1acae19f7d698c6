// A first guess of how a price list is read, from its headings and its first lines.
import { fieldOfHeading } from "./header-words.ts";
import type { Table } from "./read-table.ts";
import { type DeckReading, type Field, INCREMENT } from "./reading.ts";
import type { TextRow } from "./text-table.ts";

type Columns = Partial<Record<Field, number>>;

/** What the person is asked to correct. Prefix and price may be missing from `columns`: then they have to be chosen. */
export function guessReading({ rows, encoding, delimiter }: Table): DeckReading {
  const head = rows.slice(0, 200);
  const heading = headingOf(head);
  const body = heading ? head.filter(({ line }) => line > heading.row.line) : head;
  const columns = heading ? heading.columns : columnsByContent(body);
  const texts = (field: Field) => body.map(({ cells }) => cells[columns[field] ?? -1] ?? "").filter((cell) => cell !== "");
  const money = [...texts("price"), ...texts("connectFee"), ...texts("minimumCharge")];
  return {
    ...(encoding ? { encoding } : {}),
    ...(delimiter ? { delimiter } : {}),
    headerLine: heading?.row.line ?? 0,
    columns,
    decimal: money.some((text) => /^\d+,\d+$/.test(text)) && !money.some((text) => /^\d+\.\d+$/.test(text)) ? "," : ".",
    dates: texts("from").some((text) => Number(/^\d{1,2}[./-](\d{1,2})[./-]/.exec(text)?.[1]) > 12) ? "month_first" : "day_first",
    ...perOf(heading?.row.cells[columns.price ?? -1] ?? ""),
    increment: "60/60",
    mode: columns.action === undefined ? "replace" : "merge",
  };
}

/** The first row that names at least two fields, one of them a prefix or a price. */
function headingOf(rows: readonly TextRow[]): { row: TextRow; columns: Columns } | undefined {
  for (const row of rows.slice(0, 30)) {
    const columns: Columns = {};
    row.cells.forEach((cell, i) => {
      const field = fieldOfHeading(cell);
      if (field && columns[field] === undefined && !/^[\d.,]+$/.test(cell)) columns[field] = i;
    });
    // Of a lone "Country code" nothing else is the prefix; beside a whole prefix it is only a note.
    if (columns.prefix !== undefined) delete columns.countryCode;
    if (columns.countryCode === undefined && columns.prefix === undefined && columns.areaCodes !== undefined) {
      columns.prefix = columns.areaCodes;
      delete columns.areaCodes;
    }
    const known = Object.keys(columns).length;
    if (known >= 2 && (columns.prefix ?? columns.countryCode ?? columns.price) !== undefined) return { row, columns };
  }
  return undefined;
}

const kinds: readonly (readonly [Field, RegExp])[] = [
  ["from", /^(\d{4}-\d\d-\d\d|\d{1,2}[./]\d{1,2}[./]\d{4})$/],
  ["increment", INCREMENT],
  ["price", /^\d+[.,]\d+$/],
  ["prefix", /^\+?\d[\d\s,;-]*$/],
  ["destination", /\p{L}{2}/u],
];

/** Without headings: what most cells of a column look like. */
function columnsByContent(rows: readonly TextRow[]): Columns {
  const columns: Columns = {};
  const width = rows.reduce((most, { cells }) => Math.max(most, cells.length), 0);
  for (let i = 0; i < width; i++) {
    const cells = rows.map((row) => row.cells[i] ?? "").filter((cell) => cell !== "");
    const kind = kinds.find(
      ([field, pattern]) => columns[field] === undefined && cells.filter((cell) => pattern.test(cell)).length * 2 > cells.length,
    );
    if (kind && cells.length > 0) columns[kind[0]] = i;
  }
  return columns;
}

const perOf = (heading: string) => ({ perSec: /sec|сек|\/ ?s\b|sek/i.test(heading) ? 1 : 60 });
