// Price lists as carriers send them: recognised, read line by line, and every mistake named by line, column and reason.
import { describe, expect, test } from "bun:test";
import * as v from "valibot";
import { actionOf, amountOf, dateOf, incrementOf, prefixesOf } from "../../../core/catalog/deck/cell-values.ts";
import { guessReading } from "../../../core/catalog/deck/guess-reading.ts";
import { fieldOfHeading } from "../../../core/catalog/deck/header-words.ts";
import { readLines } from "../../../core/catalog/deck/read-lines.ts";
import { readTable, type Table } from "../../../core/catalog/deck/read-table.ts";
import { type DeckReading, deckReading } from "../../../core/catalog/deck/reading.ts";
import { bytesOf, cp1251, workbookOf } from "./files.ts";

const terms = { currency: "UAH", bands: [{ code: "night", name: "Nights" }] };
function table(bytes: Uint8Array): Table {
  const read = readTable(bytes);
  if (typeof read === "string") throw new Error(read);
  return read;
}
async function read(bytes: Uint8Array, more: Partial<DeckReading> = {}) {
  const found = table(bytes);
  const reading = v.parse(deckReading, { ...guessReading(found), ...more });
  return { reading, ...(await readLines(found.rows, reading, terms)) };
}
const readText = (text: string, more: Partial<DeckReading> = {}) => read(bytesOf(text), more);

describe("headings", () => {
  const cases: [string, string][] = [
    ["Prefix", "prefix"],
    ["Dial code", "prefix"],
    ["Destination", "destination"],
    ["Destination Code", "prefix"],
    ["Country Code", "countryCode"],
    ["Area codes", "areaCodes"],
    ["Rate per minute, USD", "price"],
    ["Connect fee", "connectFee"],
    ["Effective date", "from"],
    ["Min. charge", "minimumCharge"],
    ["Minimum duration", "minimumSec"],
    ["Billing increment", "increment"],
    ["First interval", "first"],
    ["Next interval", "next"],
    ["Action", "action"],
    ["Time band", "band"],
    ["Код", "prefix"],
    ["Префікс", "prefix"],
    ["Напрямок", "destination"],
    ["Ціна за хвилину", "price"],
    ["Дата початку", "from"],
    ["Крок тарифікації", "increment"],
    ["Код країни", "countryCode"],
    ["Коди мереж", "areaCodes"],
    ["Плата за з'єднання", "connectFee"],
    ["Направление", "destination"],
    ["Цена", "price"],
    ["Стоимость минуты", "price"],
    ["Дата вступления в действие", "from"],
    ["Изменение", "action"],
    ["Vorwahl", "prefix"],
    ["Zielland", "destination"],
    ["Preis pro Minute", "price"],
    ["Gültig ab", "from"],
    ["Taktung", "increment"],
    ["Ländervorwahl", "countryCode"],
    ["Verbindungsentgelt", "connectFee"],
  ];
  test.each(cases)("%s is %s", (heading, field) => expect<string | undefined>(fieldOfHeading(heading)).toBe(field));
});

describe("a file", () => {
  const csv = "Код;Напрямок;Ціна\n38050;Україна, мобільні;0,25\n";
  const line = { prefix: "38050", destination: "Україна, мобільні", steps: [{ fromSec: 0, price: "0.25", perSec: 60, incrementSec: 60 }] };
  const utf16 = (text: string, big: boolean) => {
    const bytes = Buffer.from(`\ufeff${text}`, "utf16le");
    return new Uint8Array(big ? bytes.swap16() : bytes);
  };
  test.each([
    ["UTF-8", bytesOf(csv)],
    ["UTF-8 with a mark", bytesOf(`\ufeff${csv}`)],
    ["UTF-16 of Excel", utf16(csv, false)],
    ["UTF-16, the other way round", utf16(csv, true)],
    ["windows-1251", cp1251(csv)],
    ["Windows line ends", bytesOf(csv.replaceAll("\n", "\r\n"))],
    ["tabs", bytesOf(csv.replaceAll(";", "\t"))],
    ["bars", bytesOf(csv.replaceAll(";", "|"))],
    ["commas and quotes", bytesOf('Код,Напрямок,Ціна\n38050,"Україна, мобільні","0,25"\n')],
    [
      "XLSX",
      workbookOf([
        ["Код", "Напрямок", "Ціна"],
        [38050, "Україна, мобільні", 0.25],
      ]),
    ],
  ])("in %s is recognised", async (_, bytes) => {
    const { lines, mistakes } = await read(bytes);
    expect(mistakes).toEqual([]);
    expect(lines.map(({ content }) => content)).toEqual([line]);
  });

  test("may begin with a letterhead, and have no headings at all", async () => {
    const letter = await readText("ACME Telecom;;\nRates of 2026;;\n;;\nPrefix;Name;Rate\n49;Germany;0.02\n");
    expect(letter.reading).toMatchObject({ headerLine: 4, columns: { prefix: 0, destination: 1, price: 2 } });
    expect(letter.lines).toMatchObject([{ line: 5, content: { prefix: "49" } }]);
    const bare = await readText("49;Germany;0.02;60/1\n491;Germany mobile;0.1;1/1\n");
    expect(bare.reading).toMatchObject({ headerLine: 0, columns: { prefix: 0, destination: 1, price: 2, increment: 3 } });
    expect(bare.lines).toHaveLength(2);
  });

  test("of a spreadsheet: prices have the digits that were typed, dates are dates, formulas are not run, text stays text", async () => {
    const bytes = workbookOf([
      ["Prefix", "Destination", "Price", "Effective date"],
      ["380", "=1+1", 0.1, new Date(Date.UTC(2027, 0, 15))],
      [49, "@SUM(A1)", 0.000123, "2027-02-01"],
      [1242, "Bahamas", 12, null],
    ]);
    const { lines, mistakes } = await read(bytes);
    expect(mistakes).toEqual([]);
    expect(
      lines.map(({ from, content }) => [
        from,
        content.prefix,
        "steps" in content && content.steps[0]!.price,
        "steps" in content && content.destination,
      ]),
    ).toEqual([
      ["2027-01-15", "380", "0.1", "=1+1"],
      ["2027-02-01", "49", "0.000123", "@SUM(A1)"],
      [undefined, "1242", "12", "Bahamas"],
    ]);
  });

  test("of country code and area codes has its lists and ranges written out", async () => {
    const { lines, mistakes } = await readText(
      'Country code;Area codes;Destination;Rate\n380;"50, 66; 95-99";Mobile;0.1\n49;;Germany;0.02\n',
    );
    expect(mistakes).toEqual([]);
    expect(lines.map(({ content }) => content.prefix)).toEqual(["38050", "38066", "38095", "38096", "38097", "38098", "38099", "49"]);
  });

  test("says increments, minimums, connect fees, bands and ends", async () => {
    const { lines, mistakes } = await readText(
      "Prefix,Destination,Price,Connect fee,Increment,Minimum,Min charge,Time band,Action\n1,A,1,0.5,30/6,,0.2,,new\n2,B,1,,1/1,60,,Nights,changed\n3,C,,,,,,,delete\n",
    );
    expect(mistakes).toEqual([]);
    expect(lines.map(({ content }) => content)).toEqual([
      {
        ...{ prefix: "1", destination: "A", connectFee: "0.5", minimumCharge: "0.2" },
        steps: [
          { fromSec: 0, price: "1", perSec: 60, incrementSec: 30 },
          { fromSec: 30, price: "1", perSec: 60, incrementSec: 6 },
        ],
      },
      {
        ...{ prefix: "2", band: "night", destination: "B" },
        steps: [
          { fromSec: 0, price: "1", perSec: 60, incrementSec: 60 },
          { fromSec: 60, price: "1", perSec: 60, incrementSec: 1 },
        ],
      },
      { prefix: "3", gone: true },
    ]);
  });

  test("with mistakes gives no line, and names every one by line, column and reason", async () => {
    const { lines, mistakes } = await readText(
      "Prefix;Destination;Price;From;Action\n49;Germany;0.02;;\n49;Germany again;0.03;;\n;Nowhere;0.1;;\n38O50;Zero;0.1;;\n7;Russia;free;;\n7;Russia;0.1;;\n8;Minus;-1;;\n9;Comma;0,5;;\n33;France;0.1;31.02.2027;\n34;Spain;;;perhaps\n49;Germany later;0.03;2027-01-01;\n4.9E+10;Long;0.1;;\n",
    );
    expect(lines).toEqual([]);
    expect(mistakes.map(({ line, column, message }) => `${line} ${column}: ${message}`)).toEqual([
      "3 Prefix: repeats 49, which line 2 has; keep one of the two",
      '4 Prefix: is empty; write "*" for the price of every other destination',
      '5 Prefix: "38O50" is not a prefix of digits, such as 38050, nor a range such as 5-7',
      '6 Price: "free" is not an amount such as 0.05, with at most 12 decimals',
      "7 Prefix: repeats 7, which line 6 has; keep one of the two",
      '8 Price: must not be below zero: "-1"',
      '9 Price: "0,5" has a comma, where decimals stand behind a point',
      '10 From: "31.02.2027" is not a date such as 2027-01-31 or 31.01.2027',
      '11 Action: "perhaps" is none of new, changed, delete',
      "11 Price: is empty",
      '13 Prefix: "4.9E+10" was shortened by a spreadsheet; make the column text there, and save the file again',
    ]);
  });

  test("has its lines numbered as an editor does, also behind cells of several lines", async () => {
    const { mistakes } = await readText('Prefix,Destination,Price\n1,"two\nlines",1\n\n2,B,x\n');
    expect(mistakes.map(({ line }) => line)).toEqual([2, 5]);
  });
});

describe("hostile files", () => {
  const garbage = (length: number) => crypto.getRandomValues(new Uint8Array(Math.min(length, 65_536)));
  const tenMegabytes = new Uint8Array(10_000_000).map((_, i) => (i * 7919 + (i >> 8)) & 255);
  test.each<[string, Uint8Array, RegExp]>([
    ["nothing", new Uint8Array(), /empty/],
    ["blank lines", bytesOf("\n\n , , \n"), /no line with anything/],
    ["random bytes", garbage(65_536), /neither a text nor a spreadsheet/],
    ["10 MB of garbage", tenMegabytes, /neither|columns|read/],
    ["a picture", Uint8Array.from([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10, 0, 0, 0, 13]), /neither a text/],
    ["an old workbook", Uint8Array.from([0xd0, 0xcf, 0x11, 0xe0, 0, 0]), /old Excel/],
    ["a torn workbook", workbookOf([["Prefix"], [1]]).subarray(0, 900), /isn’t a whole one/],
    ["a thousand columns", bytesOf(`${"a;".repeat(1000)}\n`), /1001 columns/],
    ["31 MB", new Uint8Array(31_000_000).fill(97), /the most is/],
  ])("%s: a sentence says why", (_, bytes, reason) => expect(readTable(bytes)).toMatch(reason));

  test("a bomb is refused by what its directory says, and one that lies about its size before a library believes it", () => {
    const claim = (sizeBytes: number) => {
      const book = workbookOf(Array.from({ length: 3000 }, (_, i) => ["a long enough name of a destination", i])).slice();
      const view = new DataView(book.buffer);
      for (let at = book.length - 22; at >= 0; at--)
        if (view.getUint32(at, true) === 0x02014b50 && view.getUint32(at + 24, true) > 100_000) view.setUint32(at + 24, sizeBytes, true);
      return readTable(book);
    };
    expect(claim(2_000_000_000)).toMatch(/Unpacked it would have/);
    expect(claim(500)).toMatch(/is damaged/);
  });

  test("one line, a heading alone, and a quote that never closes are read as what they are", async () => {
    expect((await readText("49;Germany;0.02")).lines).toHaveLength(1);
    expect((await readText("Prefix;Destination;Price\n")).mistakes).toMatchObject([{ message: "has no line below it" }]);
    expect((await readText('Prefix;Destination;Price\n49;"Germany;0.02\n50;x;1\n')).mistakes.map(({ line }) => line)).toEqual([2, 2]);
  });

  test("cells that a spreadsheet would run are kept as text", async () => {
    const { lines } = await readText("Prefix;Destination;Price\n49;\"=cmd|'/c calc'!A1\";0.02\n50;+1+1;0.1\n");
    expect(lines.map(({ content }) => "destination" in content && content.destination)).toEqual(["=cmd|'/c calc'!A1", "+1+1"]);
  });
});

describe("a cell", () => {
  test("of prefixes", () => {
    expect(prefixesOf("+380 (50)")).toEqual({ value: ["38050"] });
    expect(prefixesOf("*")).toEqual({ value: [""] });
    expect(prefixesOf("007-009", "1")).toEqual({ value: ["1007", "1008", "1009"] });
    for (const wrong of ["1-242", "9-5", "1-2-3", "0-99999", "1".repeat(25)]) expect(prefixesOf(wrong)).toHaveProperty("reason");
  });
  test("of money keeps every digit", () => {
    expect(amountOf("1 234,560", ",", "UAH")).toEqual({ value: "1234.560" });
    expect(amountOf("0.000000000001 UAH", ".", "UAH")).toEqual({ value: "0.000000000001" });
    expect(amountOf("007", ".", "UAH")).toEqual({ value: "7" });
    for (const wrong of ["0.05 USD", "1,234.5", "1e3", "$1", "0.0000000000001"])
      expect(amountOf(wrong, ".", "UAH")).toHaveProperty("reason");
  });
  test("of dates, increments and actions", () => {
    expect(dateOf("12/31/2027", "month_first")).toEqual({ value: "2027-12-31" });
    expect(dateOf("12/31/2027", "day_first")).toHaveProperty("reason");
    expect(dateOf("20271231", "day_first")).toEqual({ value: "2027-12-31" });
    expect(incrementOf("60")).toEqual({ value: { first: 60, next: 60 } });
    expect(incrementOf("0/1")).toEqual({ value: { first: 1, next: 1 } });
    expect(incrementOf("60/0")).toHaveProperty("reason");
    expect(["видалено", "Удалить", "Gelöscht", "Closed"].map(actionOf)).toEqual(Array(4).fill({ value: "end" }));
    expect(["новий", "Изменена", "Neu", "Increase", ""].map(actionOf)).toEqual(Array(5).fill({ value: "set" }));
  });
});
