// Reads a whole call file into a spool once: what `mb import` and an upload do, by the same road as a followed file.
import { resolve } from "node:path";
import { newId } from "../../kernel/id.ts";
import type { Spool } from "../spool.ts";
import { FileCursor } from "./file-cursor.ts";
import type { CallFileReader } from "./read-rows.ts";

export type ReadProgress = { readonly bytesRead: number; readonly bytesTotal: number; readonly rows: number };
export type ReadFileOptions = {
  readonly reader: CallFileReader;
  /** What the core counts the rows under. The same id on the same spool goes on where an interrupted reading stopped. */
  readonly fileId?: string;
  /** Name to show, when the file lies under another. */
  readonly fileName?: string;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: ReadProgress) => void;
};
export type ReadFileResult = ReadProgress & {
  readonly fileId: string;
  /** The last row has no end yet and was not taken: where it begins and how long it is so far. */
  readonly waiting: { readonly offset: number; readonly bytes: number } | null;
  /** False when the signal stopped the reading. */
  readonly complete: boolean;
};

/**
 * Appends the complete rows of the file to the spool, in chunks of 1 MiB; waits while the spool is full, so someone must deliver it
 * meanwhile. Throws when the file can't be opened or read.
 */
export async function readFileInto(spool: Spool, path: string, options: ReadFileOptions): Promise<ReadFileResult> {
  const { reader, signal, onProgress } = options;
  const fileId = options.fileId ?? newId();
  const source = `file:${fileId}`;
  const offset = spool.position(source)?.offset ?? 0;
  const cursor = new FileCursor(spool, reader, { source, path: resolve(path), fileId, fileName: options.fileName, offset }, 1024 ** 2);
  try {
    const bytesTotal = cursor.size;
    let rows = 0;
    while (!signal?.aborted) {
      const read = await cursor.readOn(signal);
      if (read === null) break;
      rows += read;
      onProgress?.({ bytesRead: cursor.offset, bytesTotal, rows });
      // Reading is synchronous; whoever shares the process gets its turn.
      await new Promise((turn) => setImmediate(turn));
    }
    const waiting = cursor.waitingBytes > 0 ? { offset: cursor.offset, bytes: cursor.waitingBytes } : null;
    return { fileId, bytesRead: cursor.offset, bytesTotal, rows, waiting, complete: !signal?.aborted };
  } finally {
    cursor.close();
  }
}
