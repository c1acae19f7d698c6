// PostgreSQL's own log in the data folder, bounded: one file and the one before it.
import { closeSync, openSync, renameSync, statSync, writeSync } from "node:fs";

const mostBytes = 10 * 1024 * 1024;

export type BoundedLog = { write(chunk: Uint8Array): void; tail(): string; close(): void };

/** @param path the file; the one before it is `<path>.1` */
export function openBoundedLog(path: string): BoundedLog {
  let file = openSync(path, "a", 0o600);
  let bytes = statSync(path).size;
  let tail = "";
  return {
    write(chunk) {
      if (bytes + chunk.length > mostBytes) {
        closeSync(file);
        renameSync(path, `${path}.1`);
        file = openSync(path, "a", 0o600);
        bytes = 0;
      }
      writeSync(file, chunk);
      bytes += chunk.length;
      tail = (tail + new TextDecoder().decode(chunk)).slice(-4000);
    },
    tail: () => tail,
    close: () => closeSync(file),
  };
}
