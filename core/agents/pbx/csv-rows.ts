// Cuts a growing file into complete CSV rows. What has no end yet stays behind, so a line still being written is never half read.
import { isUtf8 } from "node:buffer";

/** A row that spans more than this is given up: its first line is a broken row, and reading goes on after it. */
export const MAX_ROW_BYTES = 256 * 1024;

const NEWLINE = 0x0a;
const RETURN = 0x0d;
const QUOTE = 0x22;

export type Row = {
  /** Without the line end. UTF-8, or one character per byte (ISO 8859-1) when the bytes aren't UTF-8. */
  readonly text: string;
  /** The row was cut by force: its quotes don't close, or it is longer than `MAX_ROW_BYTES`. */
  readonly broken: boolean;
};
export type Split = {
  readonly rows: Row[];
  /** Bytes that the rows and blank lines took; the rest waits for more and is given again with it. */
  readonly consumed: number;
};

/**
 * The complete rows at the start of `bytes`. Pure: however a stream is cut, feeding the rest again with what follows gives the same rows.
 *
 * A newline inside quotes belongs to the row. But a writer that died in mid-row leaves a quote open for ever, and then every later row
 * would hang on it: so where the next line is a whole row by itself (`startsRow`), the row above ended broken.
 */
export function splitRows(bytes: Uint8Array, startsRow: (line: string) => boolean): Split {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const rows: Row[] = [];
  let start = 0;
  while (start < buffer.length) {
    const end = endOfRow(buffer, start, startsRow);
    if (end === null) break;
    const text = textOf(buffer, start, end.at);
    if (text !== "") rows.push({ text, broken: end.broken });
    start = end.next;
  }
  return { rows, consumed: start };
}

/** What is left when no more will come: its lines one by one, of which the last may lack its end. */
export function lastRows(bytes: Uint8Array): Row[] {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const rows: Row[] = [];
  for (let start = 0; start < buffer.length; ) {
    const newline = buffer.indexOf(NEWLINE, start);
    const end = newline === -1 ? buffer.length : newline;
    const text = textOf(buffer, start, end);
    if (text !== "") rows.push({ text, broken: oddQuotes(buffer, start, end) });
    start = end + 1;
  }
  return rows;
}

type RowEnd = { readonly at: number; readonly next: number; readonly broken: boolean };

function endOfRow(buffer: Buffer, start: number, startsRow: (line: string) => boolean): RowEnd | null {
  const limit = start + MAX_ROW_BYTES;
  let firstNewline = -1;
  let lineStart = start;
  let insideQuotes = false;
  while (true) {
    const newline = buffer.indexOf(NEWLINE, lineStart);
    if (newline === -1 ? buffer.length > limit : newline > limit) {
      if (firstNewline === -1) return { at: limit, next: limit, broken: true };
      return { at: firstNewline, next: firstNewline + 1, broken: true };
    }
    if (newline === -1) return null;
    // The line just found is whole now, so it can be told whether it is a row of its own below an open quote.
    if (firstNewline !== -1 && startsRow(textOf(buffer, lineStart, newline))) {
      return { at: lineStart - 1, next: lineStart, broken: true };
    }
    if (oddQuotes(buffer, lineStart, newline)) insideQuotes = !insideQuotes;
    if (!insideQuotes) return { at: newline, next: newline + 1, broken: false };
    if (firstNewline === -1) firstNewline = newline;
    lineStart = newline + 1;
  }
}

function oddQuotes(buffer: Buffer, from: number, to: number): boolean {
  let odd = false;
  for (let i = from; i < to; i++) if (buffer[i] === QUOTE) odd = !odd;
  return odd;
}

function textOf(buffer: Buffer, from: number, to: number): string {
  const end = to > from && buffer[to - 1] === RETURN ? to - 1 : to;
  const row = buffer.subarray(from, end);
  return isUtf8(row) ? row.toString("utf8") : row.toString("latin1");
}
