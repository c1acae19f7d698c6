// What an agent has collected and the core has not confirmed yet, kept so that neither a kill nor a power cut loses or doubles a row.
import { Database } from "bun:sqlite";
import { newId } from "../kernel/id.ts";
import type { SourceRecord, UsageBatch } from "../usage/normal-form.ts";

/** Where reading of a source stands. Saved in the same transaction as the rows that were read up to `offset`. */
export type SourcePosition = {
  /** The source as the agent names it, for example the path it follows. */
  readonly source: string;
  /** One reading of one file; what the core counts rows under. */
  readonly fileId: string;
  readonly fileName: string;
  /** Bytes of the file that are in the spool or past it. */
  readonly offset: number;
  /** What the source recognises its file by; the spool only keeps it. */
  readonly identity: Readonly<Record<string, string | number>>;
};

export type AppendResult =
  | { readonly ok: true; readonly lastSequence: number }
  | { readonly ok: false; readonly code: "spool_full"; readonly bytes: number; readonly maxBytes: number };

export type SpoolOptions = {
  /** Bytes of records kept at most; appending beyond is refused until the core has confirmed some. Default 1 GiB. */
  readonly maxBytes?: number;
  /** Milliseconds to wait for another process that still has the spool. Default 5000. */
  readonly waitMs?: number;
};

/** The spool can't be opened: in use by another process, made by a newer release, or not a spool. The message says which and what to do. */
export class SpoolUnusable extends Error {}

type State = {
  spoolId: string;
  nextSequence: number;
  /** Highest number that may have reached the core. */
  sentUpTo: number;
  /** Highest number that the core has confirmed, or that was passed over. */
  confirmedUpTo: number;
  /** JSON of the blocks on the disk. */
  bytes: number;
};
type Block = { firstSequence: number; rows: number; fileId: string; bytes: number; body: string };

// A row of SQLite holds this many records: ten times the throughput of one by one. Small enough that a batch of a few rows costs little.
const BLOCK_ROWS = 250;

const SCHEMA_VERSION = 1;
const schema = `
  create table state (one integer primary key check (one = 1), spoolId text not null, nextSequence integer not null,
    sentUpTo integer not null, confirmedUpTo integer not null, bytes integer not null) strict;
  create table blocks (firstSequence integer primary key, rows integer not null, fileId text not null, bytes integer not null,
    body text not null) strict;
  create table files (id text primary key, name text not null) strict;
  create table positions (source text primary key, position text not null) strict;
`;

/**
 * A durable queue of records on SQLite. Rows are numbered 1, 2, 3 … for the life of the spool; a number is never used for another row
 * once it may have reached the core. One process at a time. Every change is one transaction that is on the disk when the call returns
 * (WAL, synchronous = FULL); one `append` is one such transaction, so append many rows at once.
 */
export class Spool {
  readonly #db: Database;
  readonly #maxBytes: number;
  readonly #state: State;
  readonly #insert;
  readonly #next;
  #appended = new Set<() => void>();
  #confirmed = new Set<() => void>();

  private constructor(db: Database, maxBytes: number) {
    this.#db = db;
    this.#maxBytes = maxBytes;
    this.#state = db.query("select spoolId, nextSequence, sentUpTo, confirmedUpTo, bytes from state").get() as State;
    this.#insert = db.query("insert into blocks (firstSequence, rows, fileId, bytes, body) values (?, ?, ?, ?, ?)");
    this.#next = db.query("select firstSequence, rows, fileId, bytes, body from blocks order by firstSequence");
  }

  /** Opens or makes the spool at `path` (":memory:" for one that dies with the process). Throws SpoolUnusable. */
  static open(path: string, { maxBytes = 1024 ** 3, waitMs = 5000 }: SpoolOptions = {}): Spool {
    let db: Database | undefined;
    try {
      db = new Database(path, { create: true, strict: true });
      // Exclusive: two agents on one spool would give one number to two rows.
      db.run(`pragma busy_timeout = ${waitMs}`);
      db.run("pragma locking_mode = exclusive");
      db.run("pragma journal_mode = wal");
      db.run("pragma synchronous = full");
      db.run("begin immediate");
      const { user_version: version } = db.query("pragma user_version").get() as { user_version: number };
      if (version > SCHEMA_VERSION)
        throw new SpoolUnusable(`the spool ${path} was made by a newer release; start that release, or name another spool`);
      if (version === 0) {
        db.run(schema);
        db.query("insert into state values (1, ?, 1, 0, 0, 0)").run(newId());
        db.run(`pragma user_version = ${SCHEMA_VERSION}`);
      }
      db.run("commit");
      return new Spool(db, maxBytes);
    } catch (error) {
      db?.close();
      if (error instanceof SpoolUnusable) throw error;
      const message = error instanceof Error ? error.message : String(error);
      if (/locked|busy/i.test(message))
        throw new SpoolUnusable(`the spool ${path} is in use by another process; stop it first`, { cause: error });
      throw new SpoolUnusable(`the spool ${path} can't be opened: ${message}`, { cause: error });
    }
  }

  get id(): string {
    return this.#state.spoolId;
  }
  /** Number of the newest row ever appended; 0 before the first. */
  get lastSequence(): number {
    return this.#state.nextSequence - 1;
  }
  /** Rows that wait for the core, and characters of JSON that they take, in whole blocks. */
  get depth(): { readonly rows: number; readonly bytes: number } {
    return { rows: this.lastSequence - this.#state.confirmedUpTo, bytes: this.#state.bytes };
  }

  position(source: string): SourcePosition | null {
    const found = this.#db.query("select position from positions where source = ?").get(source) as { position: string } | null;
    return found === null ? null : JSON.parse(found.position);
  }

  /** Adds rows and moves the source's position, both or neither. Refused as a whole when the spool would grow beyond its bound. */
  append(records: readonly SourceRecord[], position: SourcePosition): AppendResult {
    const blocks: { rows: number; body: string }[] = [];
    for (let from = 0; from < records.length; from += BLOCK_ROWS) {
      const some = records.slice(from, from + BLOCK_ROWS);
      blocks.push({ rows: some.length, body: JSON.stringify(some) });
    }
    const bytes = blocks.reduce((sum, { body }) => sum + body.length, 0);
    if (bytes > 0 && this.#state.bytes > 0 && this.#state.bytes + bytes > this.#maxBytes) {
      return { ok: false, code: "spool_full", bytes: this.#state.bytes, maxBytes: this.#maxBytes };
    }
    this.#change((state) => {
      if (blocks.length > 0)
        this.#db.query("insert into files values (?, ?) on conflict do nothing").run(position.fileId, position.fileName);
      for (const { rows, body } of blocks) {
        this.#insert.run(state.nextSequence, rows, position.fileId, body.length, body);
        state.nextSequence += rows;
      }
      this.#db
        .query("insert into positions values (?, ?) on conflict do update set position = excluded.position")
        .run(position.source, JSON.stringify(position));
      state.bytes += bytes;
    });
    if (blocks.length > 0) wake(this.#appended);
    return { ok: true, lastSequence: this.lastSequence };
  }

  /** Forgets where a source stood, once it is read to its end and will not be read again. */
  forget(source: string): void {
    this.#db.query("delete from positions where source = ?").run(source);
  }

  /**
   * The oldest unconfirmed rows, of one file, at most `rows` and about `bytes` of JSON (one row at least); null when there are none.
   * Records durably that these numbers may reach the core.
   */
  takeBatch({ rows, bytes }: { readonly rows: number; readonly bytes: number }): UsageBatch | null {
    const records: SourceRecord[] = [];
    let first: Block | undefined;
    let room = bytes;
    // One by one: a spool that is deep must not be loaded to send a batch of it.
    for (const block of this.#next.iterate() as IterableIterator<Block>) {
      first ??= block;
      if (block.fileId !== first.fileId || records.length >= rows) break;
      const done = Math.max(0, this.#state.confirmedUpTo + 1 - block.firstSequence);
      let most = rows - records.length;
      if (block.bytes > room) {
        if (records.length > 0) break;
        most = Math.min(most, Math.max(1, Math.floor((block.rows * room) / block.bytes)));
      }
      const waiting = (JSON.parse(block.body) as SourceRecord[]).slice(done, done + most);
      records.push(...waiting);
      room -= block.bytes;
      if (done + waiting.length < block.rows) break;
    }
    if (first === undefined) return null;
    const firstSequence = Math.max(first.firstSequence, this.#state.confirmedUpTo + 1);
    const last = firstSequence + records.length - 1;
    if (last > this.#state.sentUpTo)
      this.#change((state) => {
        state.sentUpTo = last;
      });
    const file = this.#db.query("select id, name from files where id = ?").get(first.fileId) as { id: string; name: string };
    return { spoolId: this.id, firstSequence, file, records };
  }

  /**
   * The core has every row up to `sequence`: forgets them. Where the core is ahead of all that was ever sent from here, the numbers are
   * from another life of this spool (it was lost, or restored from a copy): nothing is forgotten, the waiting rows get new numbers.
   */
  acknowledge(sequence: number): void {
    if (sequence > this.#state.sentUpTo) {
      this.#renumber(sequence);
      return;
    }
    if (sequence <= this.#state.confirmedUpTo) return;
    this.#change((state) => {
      state.confirmedUpTo = sequence;
      const gone = this.#db
        .query("select coalesce(sum(bytes), 0) as bytes from blocks where firstSequence + rows - 1 <= ? and firstSequence <= ?")
        .get(sequence, sequence) as { bytes: number };
      this.#db.query("delete from blocks where firstSequence + rows - 1 <= ? and firstSequence <= ?").run(sequence, sequence);
      // Looking for files without rows would read the whole spool at each confirmation; an empty spool has none for certain.
      if (sequence === state.nextSequence - 1) this.#db.run("delete from files");
      state.bytes -= gone.bytes;
    });
    wake(this.#confirmed);
  }

  /** To be called with the core's last sequence before anything is sent: drops what it has, or takes numbers beyond its last. */
  recover(coreLastSequence: number): void {
    this.acknowledge(coreLastSequence);
  }

  /** Settles when rows are appended, or at once when some wait; also when `signal` aborts. */
  untilRows(signal?: AbortSignal): Promise<void> {
    return this.depth.rows > 0 ? Promise.resolve() : parked(this.#appended, signal);
  }

  /** Settles at the next confirmation, or when `signal` aborts. */
  untilConfirmed(signal?: AbortSignal): Promise<void> {
    return parked(this.#confirmed, signal);
  }

  close(): void {
    this.#db.close();
  }

  #renumber(after: number): void {
    this.#change((state) => {
      // The first waiting row becomes the first beyond the core's last.
      const shift = after - state.confirmedUpTo;
      // Two steps, since the new numbers may overlap the old: through the negatives, then up.
      this.#db.run("update blocks set firstSequence = -firstSequence");
      this.#db.query("update blocks set firstSequence = ? - firstSequence").run(shift);
      state.nextSequence += shift;
      state.confirmedUpTo = after;
      state.sentUpTo = after;
    });
  }

  #change(apply: (state: State) => void): void {
    const state = { ...this.#state };
    this.#db.transaction(() => {
      apply(state);
      this.#db
        .query("update state set nextSequence = ?, sentUpTo = ?, confirmedUpTo = ?, bytes = ?")
        .run(state.nextSequence, state.sentUpTo, state.confirmedUpTo, state.bytes);
    })();
    Object.assign(this.#state, state);
  }
}

function wake(waiting: Set<() => void>): void {
  for (const resolve of waiting) resolve();
}

function parked(waiting: Set<() => void>, signal: AbortSignal | undefined): Promise<void> {
  if (signal?.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const done = () => {
      waiting.delete(done);
      signal?.removeEventListener("abort", done);
      resolve();
    };
    waiting.add(done);
    signal?.addEventListener("abort", done);
  });
}
