// One open call file being read into a spool: rows and the position after them go in together.
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { basename } from "node:path";
import { newId } from "../../kernel/id.ts";
import type { Spool } from "../spool.ts";
import { identityOf } from "./file-identity.ts";
import type { CallFileReader } from "./read-rows.ts";

export type CursorStart = {
  /** Name of the source in the spool. */
  readonly source: string;
  readonly path: string;
  readonly fileId?: string;
  readonly fileName?: string;
  readonly offset: number;
};

export class FileCursor {
  readonly fd: number;
  readonly fileId: string;
  readonly #spool: Spool;
  readonly #reader: CallFileReader;
  readonly #start: CursorStart;
  readonly #chunk: Uint8Array;
  #offset: number;
  #rest = new Uint8Array(0);

  /** Throws what opening the file throws. */
  constructor(spool: Spool, reader: CallFileReader, start: CursorStart, chunkBytes = 256 * 1024) {
    this.fd = openSync(start.path, "r");
    this.fileId = start.fileId ?? newId();
    this.#spool = spool;
    this.#reader = reader;
    this.#start = start;
    this.#offset = start.offset;
    this.#chunk = new Uint8Array(chunkBytes);
  }

  /** Bytes that are in the spool. */
  get offset(): number {
    return this.#offset;
  }
  /** Bytes read that wait for the end of their row. */
  get waitingBytes(): number {
    return this.#rest.length;
  }
  get size(): number {
    return fstatSync(this.fd).size;
  }

  /**
   * Reads what has come, at most a chunk, and appends its complete rows; waits while the spool is full.
   * Null at the end of the file, otherwise how many rows it was.
   */
  async readOn(signal?: AbortSignal): Promise<number | null> {
    const n = readSync(this.fd, this.#chunk, 0, this.#chunk.length, this.#offset + this.#rest.length);
    if (n === 0) return null;
    const bytes = new Uint8Array(this.#rest.length + n);
    bytes.set(this.#rest);
    bytes.set(this.#chunk.subarray(0, n), this.#rest.length);
    const { records, consumed } = this.#reader.read(bytes);
    if (consumed > 0 && !(await this.#append(records, this.#offset + consumed, signal))) return null;
    this.#rest = bytes.slice(consumed);
    return records.length;
  }

  /** Appends what is left as rows without an end: the file is known not to grow any more. */
  async finish(signal?: AbortSignal): Promise<number> {
    const records = this.#reader.finish(this.#rest);
    if (this.#rest.length > 0 && !(await this.#append(records, this.#offset + this.#rest.length, signal))) return 0;
    this.#rest = new Uint8Array(0);
    return records.length;
  }

  /** Records in the spool that this file, at this offset, is the one being read. */
  async mark(signal?: AbortSignal): Promise<void> {
    await this.#append([], this.#offset, signal);
  }

  close(): void {
    closeSync(this.fd);
  }

  async #append(records: Parameters<Spool["append"]>[0], offset: number, signal: AbortSignal | undefined): Promise<boolean> {
    const position = {
      source: this.#start.source,
      fileId: this.fileId,
      fileName: this.#start.fileName ?? basename(this.#start.path),
      offset,
      identity: identityOf(this.fd, offset),
    };
    while (!this.#spool.append(records, position).ok) {
      await this.#spool.untilConfirmed(signal);
      if (signal?.aborted) return false;
    }
    this.#offset = offset;
    return true;
  }
}
