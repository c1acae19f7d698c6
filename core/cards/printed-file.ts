// The file that goes to the printer: a ZIP under WinZip's AES-256 (AE-2), which 7-Zip and its like open, with the cards in it and what they come to.
import { configure, TextReader, Uint8ArrayReader, Uint8ArrayWriter, ZipWriter } from "@zip.js/zip.js";
import type { ExportFormat } from "../../db/schema/cards.ts";
import { type Row, writeWorkbook } from "../interchange/xlsx/workbook.ts";
import { groupedPin } from "./pin.ts";
import { sheetsHtml } from "./sheets.ts";

// Workers would have to load their code from the package; one thread packs a million cards in some seconds.
configure({ useWebWorkers: false });

export type PrintedCard = { readonly serial: string; readonly pin: string };
export type Totals = {
  readonly cards: number;
  readonly value: string;
  readonly currency: string;
  readonly firstSerial: string;
  readonly lastSerial: string;
};
export type Printed = {
  readonly series: { readonly code: string; readonly name: string; readonly value: string; readonly currency: string };
  readonly totals: Totals;
  readonly redeemUrl: string | null;
  readonly cards: () => AsyncGenerator<readonly PrintedCard[]>;
};

/** Throws when there are not as many cards as the totals say. */
export async function writePrinted(format: ExportFormat, printed: Printed, password: string): Promise<Uint8Array> {
  let count = 0;
  async function* counted() {
    for await (const part of printed.cards()) {
      count += part.length;
      yield part;
    }
  }
  const zip = new ZipWriter(new Uint8ArrayWriter(), { password, encryptionStrength: 3, zip64: false });
  if (format === "xlsx") await zip.add("cards.xlsx", new Uint8ArrayReader(await workbookOf(printed, counted())), { level: 0 });
  else if (format === "sheets") await zip.add("cards.html", streamOf(sheetsHtml(printed, counted())));
  else await zip.add("cards.csv", streamOf(csvOf(printed, counted())));
  if (count !== printed.totals.cards) throw new Error(`${printed.totals.cards} cards were made and the PINs of ${count} are there`);
  await zip.add("totals.txt", new TextReader(totalsText(printed.totals)));
  return zip.close();
}

const totalsText = ({ cards, value, currency, firstSerial, lastSerial }: Totals) =>
  `Cards: ${cards}\nValue: ${value} ${currency}\nFirst serial: ${firstSerial}\nLast serial: ${lastSerial}\n`;

const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;

async function* csvOf({ series }: Printed, parts: AsyncIterable<readonly PrintedCard[]>): AsyncGenerator<string> {
  yield "serial,pin,value,currency,series\r\n";
  const rest = `${series.value},${series.currency},${quoted(series.name)}\r\n`;
  for await (const part of parts) yield part.map(({ serial, pin }) => `${serial},${groupedPin(pin)},${rest}`).join("");
}

function workbookOf({ series, totals }: Printed, parts: AsyncIterable<readonly PrintedCard[]>): Promise<Uint8Array> {
  async function* rows() {
    for await (const part of parts)
      yield part.map(({ serial, pin }): Row => [serial, groupedPin(pin), series.value, series.currency, series.name]);
  }
  const text = (header: string, width: number) => ({ header, kind: "text" as const, width });
  return writeWorkbook([
    {
      name: "Cards",
      columns: [text("Serial", 24), text("PIN", 32), text("Value", 12), text("Currency", 10), text("Series", 28)],
      rows: rows(),
    },
    {
      ...{ name: "Totals", columns: [text("What", 16), text("Value", 28)] },
      rows: [
        [
          ["Cards", { as: "integer", value: totals.cards }],
          ["Value", `${totals.value} ${totals.currency}`],
          ["First serial", totals.firstSerial],
          ["Last serial", totals.lastSerial],
        ],
      ],
    },
  ]);
}

function streamOf(pieces: AsyncGenerator<string>): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  return new ReadableStream({
    async pull(controller) {
      const next = await pieces.next();
      if (next.done) controller.close();
      else controller.enqueue(encoder.encode(next.value));
    },
  });
}
