// What we write, read back by another implementation, cell by cell.
import { describe, expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import fc from "fast-check";
import * as xlsx from "xlsx";
import { columnName } from "../../../core/interchange/xlsx/cell.ts";
import { type Column, type Row, writeWorkbook } from "../../../core/interchange/xlsx/workbook.ts";

const fixtures = resolve(import.meta.dir, "../../..", process.env.MB_FIXTURES ?? "../shared/fixtures", "web");
const column = (kind: Column["kind"], header: string = kind): Column => ({ header, kind, width: 12 });

async function readBack(columns: readonly Column[], rows: readonly Row[], totals: readonly Row[] = []) {
  const file = await writeWorkbook([{ name: "Usage", columns, rows: [rows], totals: () => totals }]);
  return xlsx.read(file, { cellNF: true, cellText: true, cellFormula: true, dense: false }).Sheets.Usage!;
}

const cell = (sheet: xlsx.WorkSheet, ref: string) => sheet[ref] as xlsx.CellObject | undefined;
// What XML 1.0 can't hold is left out; nothing else may change. The reader makes one line end of two, as spreadsheets do.
const storable = (text: string) =>
  text
    .toWellFormed()
    .replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, "")
    .replaceAll("\r\n", "\n");

async function expectTexts(texts: readonly string[]) {
  const sheet = await readBack(
    [column("text")],
    texts.map((text) => [text]),
  );
  for (const [i, text] of texts.entries()) {
    const read = cell(sheet, `A${i + 2}`);
    expect([i, read?.t, read?.v, read?.f]).toEqual([i, "s", storable(text), undefined]);
  }
}

test("numbers are numbers with their formats, dates are days of the calendar, durations are parts of a day", async () => {
  const sheet = await readBack(
    [column("instant"), column("integer"), column("money"), column("duration"), column("text")],
    [
      [Date.UTC(2026, 10, 2, 23, 30, 15) / 1000, 12_480, -641_700n, 90_061, "38067"],
      [0, 0, 0n, 0, ""],
      [null, null, null, null, null],
    ],
  );
  expect(cell(sheet, "A2")).toMatchObject({ t: "n", z: "yyyy\\-mm\\-dd\\ hh:mm:ss", w: "2026-11-02 23:30:15" });
  expect(cell(sheet, "B2")).toMatchObject({ t: "n", v: 12_480, z: "#,##0", w: "12,480" });
  expect(cell(sheet, "C2")).toMatchObject({ t: "n", v: -0.6417, z: "#,##0.00####" });
  expect(cell(sheet, "D2")).toMatchObject({ t: "n", z: "[h]:mm:ss", w: "25:01:01" });
  expect(cell(sheet, "E2")).toMatchObject({ t: "s", v: "38067", z: "@" });
  expect(cell(sheet, "A3")?.w).toBe("1970-01-01 00:00:00");
  expect(cell(sheet, "C3")?.v).toBe(0);
  expect(cell(sheet, "A4")).toBeUndefined();
});

test("the header is frozen, columns have widths, totals come last in bold", async () => {
  const file = await writeWorkbook([
    {
      name: "Usage",
      columns: [column("text", "Name"), column("money", "Amount")],
      rows: [[["a", 1_000_000n]]],
      totals: () => [["Total", 1_000_000n]],
    },
  ]);
  const parts = xlsx.CFB.read(file, { type: "buffer" });
  const xml = new TextDecoder().decode(xlsx.CFB.find(parts, "/xl/worksheets/sheet1.xml")!.content as Uint8Array);
  expect(xml).toContain('<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>');
  expect(xml).toContain('<col min="2" max="2" width="12" customWidth="1"/>');
  expect(xml).toContain('<autoFilter ref="A1:B2"/>');
  const book = xlsx.read(file, { cellStyles: true });
  expect(book.SheetNames).toEqual(["Usage"]);
  expect([cell(book.Sheets.Usage!, "A1")?.v, cell(book.Sheets.Usage!, "A3")?.v, cell(book.Sheets.Usage!, "B3")?.v]).toEqual([
    "Name",
    "Total",
    1,
  ]);
});

test("an amount that a double can't hold exactly is exact text; every other is an exact number in the file", async () => {
  const amounts = [
    999_999_999_999_999n,
    1_000_000_000_000_001n,
    -123_456_789_012_345_678n,
    9_223_372_036_854_775_807n,
    5_000_000_000_000_000_000n,
  ];
  const sheet = await readBack(
    [column("money")],
    amounts.map((amount) => [amount]),
  );
  const read = amounts.map((_, i) => cell(sheet, `A${i + 2}`));
  expect(read.map((c) => [c?.t, c?.v])).toEqual([
    ["n", 999999999.999999],
    ["s", "1000000000.000001"],
    ["s", "-123456789012.345678"],
    ["s", "9223372036854.775807"],
    ["n", 5_000_000_000_000],
  ]);
});

/** A double as it was meant, with six decimals: what is written as a number has at most fifteen digits, and the rest of a double is noise. */
const fifteenDigits = (n: number) => {
  const [whole, fraction = ""] = n.toPrecision(15).split(".");
  return `${whole}.${fraction.padEnd(6, "0").slice(0, 6)}`;
};

test("any amount survives to its last micro-unit", () =>
  fc.assert(
    fc.asyncProperty(fc.array(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), { minLength: 1, maxLength: 20 }), async (amounts) => {
      const sheet = await readBack(
        [column("money")],
        amounts.map((amount) => [amount]),
      );
      for (const [i, amount] of amounts.entries()) {
        const read = cell(sheet, `A${i + 2}`)!;
        const decimal = read.t === "s" ? String(read.v) : fifteenDigits(Number(read.v));
        expect(
          BigInt(decimal.replace(".", "").replace(/^(-?)0+(?=\d)/, "$1")) * 10n ** BigInt(6 - (decimal.split(".")[1]?.length ?? 0)),
        ).toBe(amount);
      }
    }),
    { numRuns: 50 },
  ));

test("any text survives as text", () =>
  fc.assert(fc.asyncProperty(fc.array(fc.string({ unit: "binary", minLength: 1 }), { minLength: 1, maxLength: 10 }), expectTexts), {
    numRuns: 50,
  }));

test("what looks like an escape, a formula, a number or markup stays the text it is", () =>
  expectTexts([
    "_x0041_",
    "_x005F_x0041_",
    "_x000d_",
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "00123",
    "1e5",
    "TRUE",
    "<b>&amp;</b>",
    " lead and trail ",
    "a\r\nb\rc\nd\te",
    "]]>",
  ]));

test("a text longer than a cell can hold is cut, never in the middle of a character", async () => {
  const sheet = await readBack([column("text")], [[`${"x".repeat(32_766)}😀`], ["y".repeat(40_000)]]);
  expect([String(cell(sheet, "A2")!.v).length, String(cell(sheet, "A3")!.v).length]).toEqual([32_766, 32_767]);
});

test("a sheet that is full goes on in the next one, with its header", async () => {
  const rows = Array.from({ length: 25 }, (_, i): Row => [i]);
  const file = await writeWorkbook([{ name: "Usage", columns: [column("integer", "N")], rows: [rows], totals: () => [["end"]] }], 11);
  const book = xlsx.read(file);
  expect(book.SheetNames).toEqual(["Usage", "Usage (2)", "Usage (3)"]);
  const all = book.SheetNames.map((name) => xlsx.utils.sheet_to_json<unknown[]>(book.Sheets[name]!, { header: 1 }));
  expect(all.map((sheet) => [sheet[0]![0], sheet.length])).toEqual([
    ["N", 11],
    ["N", 11],
    ["N", 7],
  ]);
  expect(all.flatMap((sheet) => sheet.slice(1).map((row) => row[0]))).toEqual([...rows.map((row) => row[0]), "end"]);
});

test("columns are named as spreadsheets name them", () => {
  expect([0, 25, 26, 51, 52, 701, 702].map(columnName)).toEqual(["A", "Z", "AA", "AZ", "BA", "ZZ", "AAA"]);
});

describe.skipIf(!existsSync(fixtures))("with the fixtures of others", () => {
  const read = <T>(name: string): T => JSON.parse(readFileSync(resolve(fixtures, name), "utf8"));

  test("formula injections stay text", () => expectTexts(read<{ values: string[] }>("formula_injection.json").values));
  test("naughty strings survive", () => expectTexts(read<string[]>("blns.json").filter((text) => text !== "")));
});
