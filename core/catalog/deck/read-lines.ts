// Rows of a price list become lines of a deck. Every mistake is named by line, column and reason; with one, there are no lines.
import { actionOf, amountOf, dateOf, incrementOf, prefixesOf, type Read, secondsOf } from "./cell-values.ts";
import type { DeckLine } from "./deck-line.ts";
import { MAX_LINES } from "./read-table.ts";
import { type DeckReading, FIELDS, type Field } from "./reading.ts";
import type { TextRow } from "./text-table.ts";

/** `column` is the heading, or the letter of one without. */
export type Mistake = { readonly line: number; readonly column: string; readonly message: string };

export type ReadLine = { readonly line: number; readonly from: string | undefined; readonly content: DeckLine };

/** What of the plan a price list depends on. */
export type DeckTerms = { readonly currency: string; readonly bands: readonly { readonly code: string; readonly name?: string }[] };

/** Lines are given the number that an editor shows. `onRow` is told how many rows are done, now and then, and may be waited for. */
export async function readLines(
  rows: readonly TextRow[],
  reading: DeckReading,
  terms: DeckTerms,
  onRow: (done: number, total: number) => Promise<void> = async () => {},
): Promise<{ readonly lines: readonly ReadLine[]; readonly mistakes: readonly Mistake[] }> {
  const body = rows.filter(({ line }) => line > reading.headerLine);
  const heading = rows.find(({ line }) => line === reading.headerLine);
  const reader = new LineReader(reading, terms, heading?.cells ?? []);
  for (const [i, row] of body.entries()) {
    reader.take(row);
    if (i % 10_000 === 9_999) await onRow(i + 1, body.length);
    if (reader.lines.length > MAX_LINES) {
      reader.wrong(row.line, "prefix", `makes more than ${MAX_LINES} prices, the most that a deck can have`);
      break;
    }
  }
  await onRow(body.length, body.length);
  if (body.length === 0) reader.wrong(reading.headerLine, "prefix", "has no line below it");
  return { lines: reader.mistakes.length > 0 ? [] : reader.lines, mistakes: reader.mistakes };
}

class LineReader {
  readonly lines: ReadLine[] = [];
  readonly mistakes: Mistake[] = [];
  /** Line on which a price of that prefix, day and band stands. */
  readonly #seen = new Map<string, number>();
  readonly #bands: ReadonlyMap<string, string>;
  // A deck of 100,000 lines has some hundred prices: equal ones are one object.
  readonly #steps = new Map<string, ReturnType<typeof stepsOf>>();

  constructor(
    readonly reading: DeckReading,
    readonly terms: DeckTerms,
    readonly headings: readonly string[],
  ) {
    this.#bands = new Map(
      terms.bands.flatMap(({ code, name }) => [code, ...(name ? [name] : [])].map((word) => [word.toLowerCase(), code])),
    );
  }

  take(row: TextRow): void {
    const before = this.mistakes.length;
    const text = (field: Field) => row.cells[this.reading.columns[field] ?? -1] ?? "";
    const get = <T>(field: Field, read: (text: string) => Read<T>, blank: T): T => {
      const cell = text(field);
      const given = cell === "" ? { value: blank } : read(cell);
      if ("value" in given) return given.value;
      this.wrong(row.line, field, given.reason);
      return blank;
    };
    const prefixes = this.#prefixes(row, text);
    const from = get<string | undefined>("from", (cell) => dateOf(cell, this.reading.dates), undefined);
    const band = this.#band(row, text("band"));
    if (this.mistakes.length === before) this.#checkTwice(row.line, prefixes, from, band);
    const action = get("action", actionOf, "set");
    const content = action === "end" ? { gone: true as const } : this.#price(row, text, get);
    if (this.mistakes.length > before || !content) return;
    for (const prefix of prefixes)
      this.lines.push({ line: row.line, from, content: { prefix, ...(band === undefined ? {} : { band }), ...content } });
  }

  /** One price for a prefix, a day and a band; a line with other mistakes counts too. */
  #checkTwice(line: number, prefixes: readonly string[], from: string | undefined, band: string | undefined): void {
    for (const prefix of prefixes) {
      const key = `${prefix}|${from ?? ""}|${band ?? ""}`;
      const earlier = this.#seen.get(key);
      if (earlier === undefined) {
        this.#seen.set(key, line);
        continue;
      }
      const when = from === undefined ? "" : ` from ${from}`;
      this.wrong(line, this.#prefixField, `repeats ${prefix || "*"}${when}, which line ${earlier} has; keep one of the two`);
      return;
    }
  }

  get #prefixField(): Field {
    return this.reading.columns.prefix === undefined ? "countryCode" : "prefix";
  }

  #prefixes(row: TextRow, text: (field: Field) => string): readonly string[] {
    const { columns } = this.reading;
    const read = (field: Field, given: Read<string[]>): readonly string[] => {
      if ("value" in given) return given.value;
      this.wrong(row.line, field, given.reason);
      return [];
    };
    if (columns.countryCode === undefined) return read("prefix", prefixesOf(text("prefix")));
    const countries = read("countryCode", prefixesOf(text("countryCode")));
    const areas: Field = columns.areaCodes === undefined ? "prefix" : "areaCodes";
    return countries.flatMap((country) => (country === "" ? [""] : read(areas, prefixesOf(text(areas), country))));
  }

  #band(row: TextRow, name: string): string | undefined {
    if (name === "") return undefined;
    const code = this.#bands.get(name.toLowerCase());
    if (code === undefined) {
      const known = this.terms.bands.map((band) => band.code).join(", ");
      this.wrong(
        row.line,
        "band",
        `${JSON.stringify(name)} is no time band of the plan${known ? `, which has ${known}` : ""}; add it to the draft first`,
      );
    }
    return code;
  }

  #price(row: TextRow, text: (field: Field) => string, get: <T>(field: Field, read: (text: string) => Read<T>, blank: T) => T) {
    const { decimal, columns } = this.reading;
    const amount = (cell: string) => amountOf(cell, decimal, this.terms.currency);
    const price = amount(text("price"));
    if (!("value" in price)) this.wrong(row.line, "price", price.reason);
    const connectFee = get<string | undefined>("connectFee", amount, undefined);
    const minimumCharge = get<string | undefined>("minimumCharge", amount, undefined);
    const both = get("increment", incrementOf, this.#increment);
    const first = get("first", (cell) => secondsOf(cell, 0), both.first);
    const next = get(
      "next",
      (cell) => secondsOf(cell, 1),
      columns.first !== undefined && columns.next === undefined ? Math.max(first, 1) : both.next,
    );
    const minimumSec = get("minimumSec", (cell) => secondsOf(cell, 0), 0);
    const destination = this.#destination(row, text("destination"));
    if (!("value" in price)) return undefined;
    const begun = Math.max(first, minimumSec, 1);
    const key = `${price.value} ${begun} ${next}`;
    const steps = this.#steps.get(key) ?? stepsOf(price.value, this.reading.perSec, begun, next);
    this.#steps.set(key, steps);
    return {
      ...(destination === undefined ? {} : { destination }),
      ...(connectFee === undefined ? {} : { connectFee }),
      ...(minimumCharge === undefined ? {} : { minimumCharge }),
      steps,
    };
  }

  #destination(row: TextRow, name: string): string | undefined {
    if (name === "") return undefined;
    if (name.length <= 200 && !/\p{Cc}/u.test(name) && name.isWellFormed()) return name;
    this.wrong(row.line, "destination", "must be text of at most 200 characters, on one line");
    return undefined;
  }

  get #increment() {
    const read = incrementOf(this.reading.increment);
    if (!("value" in read)) throw new Error(`the reading's increment was checked: ${read.reason}`);
    return read.value;
  }

  wrong(line: number, field: Field, message: string): void {
    const at = this.reading.columns[field];
    const letter = at === undefined ? FIELDS[field] : at < 26 ? String.fromCharCode(65 + at) : `${at + 1}`;
    this.mistakes.push({ line, column: (at === undefined ? "" : this.headings[at]) || letter, message });
  }
}

/** "30/6": an increment of 30 seconds, then such of 6. A connection bills at least the first. */
function stepsOf(price: string, perSec: number, first: number, next: number) {
  const step = (fromSec: number, incrementSec: number) => ({ fromSec, price, perSec, incrementSec });
  return first === next ? [step(0, next)] : [step(0, first), step(first, next)];
}
