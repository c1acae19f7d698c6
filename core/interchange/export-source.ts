// What a spreadsheet is made from, whichever kind it is: sheets that read themselves, and the proof that they agree with the books.
import type { RawTx } from "../../db/client.ts";
import type { Column, Row } from "./xlsx/workbook.ts";

/** Rows read at a time. */
export const CHUNK_ROWS = 5000;
/** More would not be read by anybody, and the file is kept in the database. */
export const MAX_ROWS = 2_000_000;

export type ExportScope = {
  readonly providerId: number /** Groups of subscribers that it may show; null: all. */;
  readonly groupIds: readonly string[] | null;
};

export type Provider = { readonly name: string; readonly zone: string; readonly currency: string };

/** A figure of the file beside the same figure of the ledger, in micro-units. */
export type ControlTotal = { readonly currency: string; readonly what: string; readonly fileMicros: bigint; readonly ledgerMicros: bigint };

export type ExportSource = {
  readonly fileName: string;
  readonly sheetName: string;
  readonly columns: readonly Column[];
  readonly rowsTotal: number;
  /** Rows that `rows` gives beside these, such as the balance before. */
  readonly extraRows: number;
  /** For the sheet that says what this is. */
  readonly about: readonly (readonly [string, string])[];
  rows(): AsyncGenerator<readonly Row[]>;
  /** After all rows have been taken: the bold rows at the end. */
  totals(): readonly Row[];
  /** After all rows have been taken, in the same snapshot. */
  control(): Promise<readonly ControlTotal[]>;
};

/** An export that is plain text. */
export type TextSource = Pick<ExportSource, "fileName" | "rowsTotal" | "control"> & {
  /** Chunks of text, each with how many rows it tells of. */
  text(): AsyncGenerator<{ readonly text: string; readonly rows: number }>;
};

/** The export can't be made, for a reason that a person should read; trying again would not help. */
export class ExportRefused extends Error {}

export async function providerOf(t: RawTx, providerId: number): Promise<Provider> {
  const [row] = await t<Provider[]>`select name, zone, currency from app.providers where id = ${providerId}`;
  if (!row) throw new ExportRefused("The provider doesn't exist any more.");
  return row;
}
