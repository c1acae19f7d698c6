// Writes a workbook row by row. The xlsx library builds all cells in memory first: the README has the figures.
import { BOLD, type CellKind, type CellValue, cellXml, columnName, escapeText, type STYLES } from "./cell.ts";
import { packEntry, type ZipEntry, zipFile } from "./zip.ts";

export type Column = { readonly header: string; readonly kind: CellKind /** In characters. */; readonly width: number };
export type Row = readonly CellValue[];

export type Sheet = {
  readonly name: string;
  readonly columns: readonly Column[];
  /** Chunks of rows, taken when the one before has been written. */
  readonly rows: AsyncIterable<readonly Row[]> | Iterable<readonly Row[]>;
  /** Bold rows at the end; asked for when all others have been taken. */
  readonly totals?: () => readonly Row[];
};

/** Rows of a sheet, header included, that spreadsheets can hold. */
export const MAX_SHEET_ROWS = 1_048_576;

/** The file. A sheet with more rows than fit goes on in "Name (2)", each with its header; totals end the last one. */
export async function writeWorkbook(sheets: readonly Sheet[], maxSheetRows = MAX_SHEET_ROWS): Promise<Uint8Array> {
  const entries: ZipEntry[] = [];
  const names: string[] = [];
  for (const sheet of sheets) {
    const source = new RowSource(sheet);
    for (let part = 1; part === 1 || !(await source.isEmpty()); part++) {
      names.push(part === 1 ? sheet.name : `${sheet.name} (${part})`);
      entries.push(await packEntry(`xl/worksheets/sheet${names.length}.xml`, sheetXml(sheet.columns, source, maxSheetRows)));
    }
  }
  const parts: ZipEntry[] = [];
  for (const [name, xml] of Object.entries(packageParts(names))) parts.push(await packEntry(name, [xml]));
  // Programs that guess a file's kind look at the first entry.
  return zipFile([...parts, ...entries]);
}

type Written = { readonly row: Row; readonly bold: boolean };

/** Rows one after another, then the totals. */
class RowSource {
  readonly #rows: AsyncIterator<Written>;
  #next: IteratorResult<Written> | undefined;

  constructor({ rows, totals }: Sheet) {
    this.#rows = (async function* () {
      for await (const chunk of rows) for (const row of chunk) yield { row, bold: false };
      for (const row of totals?.() ?? []) yield { row, bold: true };
    })();
  }

  async isEmpty(): Promise<boolean> {
    this.#next ??= await this.#rows.next();
    return this.#next.done === true;
  }

  async take(): Promise<Written | undefined> {
    if (await this.isEmpty()) return undefined;
    const { value } = this.#next!;
    this.#next = undefined;
    return value;
  }
}

const XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n';
const MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
const RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const PIECE_CHARS = 256 * 1024;

async function* sheetXml(columns: readonly Column[], source: RowSource, maxRows: number): AsyncGenerator<string> {
  const letters = columns.map((_, i) => columnName(i));
  const widths = columns.map(({ width }, i) => `<col min="${i + 1}" max="${i + 1}" width="${width}" customWidth="1"/>`).join("");
  let xml = `${XML}<worksheet xmlns="${MAIN}"><sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews><cols>${widths}</cols><sheetData>`;
  xml += rowXml(
    1,
    letters,
    columns,
    columns.map(({ header }) => header),
    true,
  );
  let number = 1;
  let lastPlain = 1;
  while (number < maxRows) {
    const next = await source.take();
    if (!next) break;
    xml += rowXml(++number, letters, columns, next.row, next.bold);
    if (!next.bold) lastPlain = number;
    if (xml.length > PIECE_CHARS) {
      yield xml;
      xml = "";
    }
  }
  yield `${xml}</sheetData><autoFilter ref="A1:${letters.at(-1)}${lastPlain}"/></worksheet>`;
}

function rowXml(number: number, letters: readonly string[], columns: readonly Column[], row: Row, bold: boolean): string {
  let cells = "";
  for (let i = 0; i < columns.length; i++) cells += cellXml(`${letters[i]}${number}`, columns[i]!.kind, row[i] ?? null, bold);
  return `<row r="${number}">${cells}</row>`;
}

/** Sheet names may not hold these, nor be longer than 31. */
const sheetName = (name: string) => escapeText(name.replace(/[\\/?*[\]:]/g, " ").slice(0, 31)).replaceAll('"', "&quot;");

function packageParts(names: readonly string[]): Record<string, string> {
  const types = "http://schemas.openxmlformats.org/package/2006/content-types";
  const packageRelations = "http://schemas.openxmlformats.org/package/2006/relationships";
  const kind = "application/vnd.openxmlformats-officedocument.spreadsheetml";
  const each = (text: (n: number) => string) => names.map((_, i) => text(i + 1)).join("");
  return {
    "[Content_Types].xml": `${XML}<Types xmlns="${types}"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="${kind}.sheet.main+xml"/><Override PartName="/xl/styles.xml" ContentType="${kind}.styles+xml"/>${each((n) => `<Override PartName="/xl/worksheets/sheet${n}.xml" ContentType="${kind}.worksheet+xml"/>`)}</Types>`,
    "_rels/.rels": `${XML}<Relationships xmlns="${packageRelations}"><Relationship Id="rId1" Type="${RELATIONS}/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
    "xl/workbook.xml": `${XML}<workbook xmlns="${MAIN}" xmlns:r="${RELATIONS}"><sheets>${names.map((name, i) => `<sheet name="${sheetName(name)}" sheetId="${i + 1}" r:id="rId${i + 1}"/>`).join("")}</sheets></workbook>`,
    "xl/_rels/workbook.xml.rels": `${XML}<Relationships xmlns="${packageRelations}">${each((n) => `<Relationship Id="rId${n}" Type="${RELATIONS}/worksheet" Target="worksheets/sheet${n}.xml"/>`)}<Relationship Id="rId${names.length + 1}" Type="${RELATIONS}/styles" Target="styles.xml"/></Relationships>`,
    "xl/styles.xml": stylesXml(),
  };
}

/** In the order of STYLES. 49 is "@": text stays text even when somebody edits it. */
const formats: readonly (readonly [keyof typeof STYLES, number, string])[] = [
  ["plain", 0, ""],
  ["text", 49, ""],
  ["integer", 3, ""],
  ["money", 164, ""],
  ["duration", 165, ""],
  ["instant", 166, ""],
  ["exactText", 49, '<alignment horizontal="right"/>'],
];

function stylesXml(): string {
  const xf = (font: number) =>
    formats
      .map(
        ([, format, inner]) =>
          `<xf numFmtId="${format}" fontId="${font}" fillId="0" borderId="0" xfId="0" applyNumberFormat="1" applyFont="1"${inner ? ' applyAlignment="1"' : ""}>${inner}</xf>`,
      )
      .join("");
  const font = (inner: string) => `<font>${inner}<sz val="11"/><name val="Calibri"/><family val="2"/></font>`;
  return `${XML}<styleSheet xmlns="${MAIN}"><numFmts count="3"><numFmt numFmtId="164" formatCode="#,##0.00####"/><numFmt numFmtId="165" formatCode="[h]:mm:ss"/><numFmt numFmtId="166" formatCode="yyyy\\-mm\\-dd\\ hh:mm:ss"/></numFmts><fonts count="2">${font("")}${font("<b/>")}</fonts><fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills><borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders><cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs><cellXfs count="${2 * BOLD}">${xf(0)}${xf(1)}</cellXfs><cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>`;
}
