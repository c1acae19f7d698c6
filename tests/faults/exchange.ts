// An exchange that writes its call file while everything around is killed: in pieces that end anywhere, and with its file rotated now and then.
import { appendFileSync, existsSync, renameSync, writeFileSync } from "node:fs";
import { type GeneratedRow, randomFrom } from "./generated-calls.ts";

export type Exchange = { readonly written: number; write(rows: number): void };

/** @param rotations how often the file is renamed away, as logrotate does */
export function openExchange(path: string, rows: readonly GeneratedRow[], seed: number, rotations: number): Exchange {
  const random = randomFrom(seed ^ 0xca11);
  const rotateAt = Array.from({ length: rotations }, () => Math.floor(random() * rows.length)).sort((a, b) => a - b);
  let written = 0;
  let rest = "";
  writeFileSync(path, "");

  const rotate = () => {
    appendFileSync(path, rest);
    rest = "";
    for (let n = rotations; n > 0; n--) if (existsSync(`${path}.${n}`)) renameSync(`${path}.${n}`, `${path}.${n + 1}`);
    renameSync(path, `${path}.1`);
    writeFileSync(path, "");
  };

  return {
    get written() {
      return written;
    },
    /** The last line of a piece is cut anywhere, but for the very last one. */
    write(count) {
      const some = rows.slice(written, written + count);
      written += some.length;
      const text = rest + some.map((row) => row.text).join("");
      const cut = written === rows.length ? text.length : text.length - Math.floor(random() * (some.at(-1)?.text.length ?? 1));
      appendFileSync(path, text.slice(0, cut));
      rest = text.slice(cut);
      if (rotateAt[0] !== undefined && written >= rotateAt[0]) {
        rotateAt.shift();
        rotate();
      }
    },
  };
}
