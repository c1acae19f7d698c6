// COPY into a table of this session. The tables themselves refuse it under row-level security, and a failed COPY never settles in the driver: a
// temporary table without constraints avoids both.
import type { RawTx } from "../../db/client.ts";

const unsafeInCopy = /[\\\t\n\r]/;
const escapes: Record<string, string> = { "\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r" };
export const copyText = (value: string) => (unsafeInCopy.test(value) ? value.replace(/[\\\t\n\r]/g, (c) => escapes[c]!) : value);
export const copyNullable = (value: string | null | undefined) => (value === null || value === undefined ? "\\N" : copyText(value));

const MOST_CHARS = 500_000;

/** Adds the lines, each with its newline, to the temporary table. */
export async function copyLines(t: RawTx, table: string, lines: Iterable<string>): Promise<void> {
  const writable = await t.unsafe(`copy ${table} from stdin`).writable();
  let chunk = "";
  for (const line of lines) {
    chunk += line;
    if (chunk.length > MOST_CHARS) {
      await write(writable, chunk);
      chunk = "";
    }
  }
  if (chunk) await write(writable, chunk);
  await new Promise<void>((resolve, reject) => writable.end((error?: Error | null) => (error ? reject(error) : resolve())));
  // The stream reports success even for a COPY that failed; the failed transaction then refuses this.
  await t`select 1`;
}

const write = (writable: NodeJS.WritableStream, chunk: string) =>
  new Promise<void>((resolve, reject) => writable.write(chunk, (error?: Error | null) => (error ? reject(error) : resolve())));
