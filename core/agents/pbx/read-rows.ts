// Rows of a call file → records in the normal form: where the splitter's word on a row and the codec's meet.
import type { SourceRecord } from "../../usage/normal-form.ts";
import { type AsteriskOptions, asteriskReader, startsAsteriskRow, unreadable } from "./asterisk.ts";
import { lastRows, MAX_ROW_BYTES, type Row, splitRows } from "./csv-rows.ts";

export type CallFileReader = {
  /** The records of the complete rows at the start of `bytes`, and how many bytes they took. */
  read(bytes: Uint8Array): { readonly records: SourceRecord[]; readonly consumed: number };
  /** The records of what is left of a file that will not grow any more; a row without its end is unreadable. */
  finish(rest: Uint8Array): SourceRecord[];
};

/** Reader of Asterisk's Master.csv. Throws RangeError when the zone is not known; reading never throws. */
export function asteriskFile(options: AsteriskOptions = {}): CallFileReader {
  const readRow = asteriskReader(options);
  const brokenAs = (reason: string) => (row: Row) => (row.broken ? unreadable(row.text, reason) : readRow(row.text));
  const complete = (row: Row) =>
    row.text.length >= MAX_ROW_BYTES / 4 ? unreadable(row.text, "row_too_long") : brokenAs("unterminated_quote")(row);
  return {
    read(bytes) {
      const { rows, consumed } = splitRows(bytes, startsAsteriskRow);
      return { records: rows.map(complete), consumed };
    },
    finish: (rest) => lastRows(rest).map(brokenAs("cut_off")),
  };
}
