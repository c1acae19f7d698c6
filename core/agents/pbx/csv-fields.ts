// Fields of one CSV row in the strict form that cdr_csv writes: a quoted field ends where its quote does, a quote inside is doubled.

const QUOTE = 0x22;
const COMMA = 0x2c;
/** A row of more columns is not a call record, and would cost memory for nothing. */
const MAX_FIELDS = 256;

export type CsvProblem = "unterminated_quote" | "quote_misplaced" | "too_many_columns";

/** The fields of a row without its line end, or what is wrong with it. RFC 4180, but a quote may not stand inside an unquoted field. */
export function splitFields(row: string): string[] | CsvProblem {
  const fields: string[] = [];
  let at = 0;
  while (true) {
    if (fields.length === MAX_FIELDS) return "too_many_columns";
    if (row.charCodeAt(at) === QUOTE) {
      let close = row.indexOf('"', at + 1);
      let escaped = false;
      while (close !== -1 && row.charCodeAt(close + 1) === QUOTE) {
        escaped = true;
        close = row.indexOf('"', close + 2);
      }
      if (close === -1) return "unterminated_quote";
      const field = row.slice(at + 1, close);
      fields.push(escaped ? field.replaceAll('""', '"') : field);
      at = close + 1;
      if (at === row.length) return fields;
      if (row.charCodeAt(at) !== COMMA) return "quote_misplaced";
    } else {
      const comma = row.indexOf(",", at);
      const field = comma === -1 ? row.slice(at) : row.slice(at, comma);
      if (field.includes('"')) return "quote_misplaced";
      fields.push(field);
      if (comma === -1) return fields;
      at = comma;
    }
    at += 1;
  }
}
