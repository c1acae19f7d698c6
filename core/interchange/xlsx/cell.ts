// One cell of a sheet as XML (ECMA-376, SpreadsheetML): typed, exact, and never a formula.
import { formatMicros } from "../../kernel/money.ts";

export type CellKind = "text" | "integer" | "money" | "duration" | "instant";

/**
 * By the kind of its column: text; integer: a number; money: micro-units; duration: seconds; instant: seconds since 1970 of the wall clock
 * that the sheet shows. A string is text in any column. `as` overrides the column's kind.
 */
export type CellValue = string | number | bigint | null | { readonly as: CellKind; readonly value: string | number | bigint | null };

/** Places in the list of cell formats of styles.xml; bold ones are for headers and totals. */
export const STYLES = { plain: 0, text: 1, integer: 2, money: 3, duration: 4, instant: 5, exactText: 6 } as const;
/** What is added to a style for its bold twin. */
export const BOLD = 7;

const MAX_TEXT_CHARS = 32_767;
const SECONDS_PER_DAY = 86_400;
/** 1970-01-01 in days of a spreadsheet. */
const UNIX_EPOCH_DAY = 25_569;
/** A spreadsheet computes with doubles: a number with more digits would be shown with others than it has. */
const MAX_EXACT_DIGITS = 15;

/** `ref` is the cell's address, "C7"; null makes no cell. */
export function cellXml(ref: string, kind: CellKind, value: CellValue, bold: boolean): string {
  if (value === null) return "";
  if (typeof value === "object") return cellXml(ref, value.as, value.value, bold);
  const style = (name: keyof typeof STYLES) => STYLES[name] + (bold ? BOLD : 0);
  if (typeof value === "string") return textXml(ref, value, style("text"));
  if (kind === "money") {
    const exact = formatMicros(BigInt(value));
    return significantDigits(exact) > MAX_EXACT_DIGITS ? textXml(ref, exact, style("exactText")) : numberXml(ref, exact, style("money"));
  }
  if (kind === "duration") return numberXml(ref, String(Number(value) / SECONDS_PER_DAY), style("duration"));
  if (kind === "instant") return numberXml(ref, String(UNIX_EPOCH_DAY + Number(value) / SECONDS_PER_DAY), style("instant"));
  const digits = String(value);
  return significantDigits(digits) > MAX_EXACT_DIGITS ? textXml(ref, digits, style("exactText")) : numberXml(ref, digits, style("integer"));
}

const numberXml = (ref: string, digits: string, style: number) => `<c r="${ref}" s="${style}"><v>${digits}</v></c>`;

const textXml = (ref: string, text: string, style: number) =>
  `<c r="${ref}" s="${style}" t="inlineStr"><is><t xml:space="preserve">${escapeText(text)}</t></is></c>`;

const significantDigits = (decimal: string): number => decimal.replace(/[-.]/g, "").replace(/^0+/, "").replace(/0+$/, "").length;

/** Whatever isn't a Char of XML 1.0 (section 2.2). */
const NOT_XML = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu;

const escapes: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;" };

/**
 * Text as it may stand in XML 1.0, and as a spreadsheet reads it back: what XML forbids is left out, and `_x0041_`, which Excel takes for
 * an escaped letter, is escaped itself.
 */
export function escapeText(text: string): string {
  return bounded(text)
    .toWellFormed()
    .replace(NOT_XML, "")
    .replace(/_(?=x[0-9a-f]{4}_)/gi, "_x005F_")
    .replace(/[&<>\r]/g, (char) => escapes[char]!);
}

function bounded(text: string): string {
  if (text.length <= MAX_TEXT_CHARS) return text;
  const end = /[\ud800-\udbff]/.test(text[MAX_TEXT_CHARS - 1]!) ? MAX_TEXT_CHARS - 1 : MAX_TEXT_CHARS;
  return text.slice(0, end);
}

/** 0 → "A", 26 → "AA". */
export function columnName(index: number): string {
  const letter = String.fromCharCode(65 + (index % 26));
  return index < 26 ? letter : columnName(Math.floor(index / 26) - 1) + letter;
}
