// A price list as text: its encoding and delimiter are recognised, its rows read with the number of the line each begins on. RFC 4180, and what people make of it.

export type TextRow = { readonly line: number; readonly cells: readonly string[] };

export const ENCODINGS = ["utf-8", "utf-16le", "utf-16be", "windows-1251"] as const;
export type Encoding = (typeof ENCODINGS)[number];
export const DELIMITERS = [",", ";", "\t", "|"] as const;
export type Delimiter = (typeof DELIMITERS)[number];

const startsWith = (bytes: Uint8Array, ...mark: number[]) => mark.every((byte, i) => bytes[i] === byte);

/** What the first bytes say, else UTF-8 when it is that, else windows-1251. Undefined: not text. */
export function encodingOf(bytes: Uint8Array): Encoding | undefined {
  if (startsWith(bytes, 0xff, 0xfe)) return "utf-16le";
  if (startsWith(bytes, 0xfe, 0xff)) return "utf-16be";
  const head = bytes.subarray(0, 4096);
  // Latin letters and digits of UTF-16 have a zero byte beside them; no other text has one.
  const zeros = [0, 0];
  head.forEach((byte, i) => {
    if (byte === 0) zeros[i % 2]! += 1;
  });
  if (zeros[0]! + zeros[1]! > 0) {
    const most = Math.max(1, head.length >> 2);
    return zeros[1]! > most && zeros[0] === 0 ? "utf-16le" : zeros[0]! > most && zeros[1] === 0 ? "utf-16be" : undefined;
  }
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return "utf-8";
  } catch {
    const control = head.filter((byte) => byte < 32 && byte !== 9 && byte !== 10 && byte !== 13).length;
    return control * 50 > head.length ? undefined : "windows-1251";
  }
}

/** The delimiter that stands most evenly in the first rows: the one that parts most of them into the same number of cells, more than one. */
export function delimiterOf(text: string): Delimiter {
  const head = text.slice(0, 20_000);
  let best: { delimiter: Delimiter; score: number } = { delimiter: ",", score: 0 };
  for (const delimiter of DELIMITERS) {
    const counts = new Map<number, number>();
    let seen = 0;
    for (const { cells } of rowsOf(head, delimiter)) {
      if (++seen > 50) break;
      if (cells.length > 1) counts.set(cells.length, (counts.get(cells.length) ?? 0) + 1);
    }
    for (const [cells, rows] of counts) {
      const score = rows * 100 + Math.min(cells, 50);
      if (score > best.score) best = { delimiter, score };
    }
  }
  return best.delimiter;
}

/** The rows of a text; blank lines are none. A quote that never closes ends with the text, and its row is as long as that: the reader sees it. */
export function* rowsOf(text: string, delimiter: string): Generator<TextRow> {
  let at = 0;
  let line = 1;
  while (at < text.length) {
    const begun = line;
    const cells: string[] = [];
    for (;;) {
      let cell: string;
      if (text[at] === '"') {
        let end = at + 1;
        for (;;) {
          end = text.indexOf('"', end);
          if (end < 0) end = text.length;
          else if (text[end + 1] === '"') {
            end += 2;
            continue;
          }
          break;
        }
        cell = text.slice(at + 1, end).replaceAll('""', '"');
        for (const character of cell) if (character === "\n") line++;
        at = end + 1;
      } else cell = "";
      const from = Math.min(at, text.length);
      while (at < text.length && text[at] !== delimiter && text[at] !== "\n" && text[at] !== "\r") at++;
      cells.push((cell + text.slice(from, at)).trim());
      if (text[at] !== delimiter) break;
      at++;
    }
    if (text[at] === "\r" && text[at + 1] === "\n") at++;
    at++;
    line++;
    if (cells.some((cell) => cell !== "")) yield { line: begun, cells };
  }
}
