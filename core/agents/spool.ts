// What an agent has collected and the core has not confirmed yet, kept so that neither a kill nor a power cut loses or doubles a row.
import { Database } from "bun:sqlite";
import { newId } from "../kernel/id.ts";
import type { CallRecord, UsageBatch } from "../usage/normal-form.ts";

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

type State = { spoolId: string; nextSequence: number; sentUpTo: number; rows: number; bytes: number };

const SCHEMA_VERSION = 1;
const schema = `
	create table state (one integer primary key check (one = 1), spoolId text not null, nextSequence integer not null,
		sentUpTo integer not null, rows integer not null, bytes integer not null) strict;
	create table records (sequence integer primary key, fileId text not null, bytes integer not null, body text not null) strict;
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
    this.#state = db.query("select spoolId, nextSequence, sentUpTo, rows, bytes from state").get() as State;
    this.#insert = db.query("insert into records (sequence, fileId, bytes, body) values (?, ?, ?, ?)");
    this.#next = db.query("select sequence, fileId, bytes, body from records order by sequence limit ?");
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
  /** Rows and bytes that wait for the core. */
  get depth(): { readonly rows: number; readonly bytes: number } {
    return { rows: this.#state.rows, bytes: this.#state.bytes };
  }

  position(source: string): SourcePosition | null {
    const found = this.#db.query("select position from positions where source = ?").get(source) as { position: string } | null;
    return found === null ? null : JSON.parse(found.position);
  }

  /** Adds rows and moves the source's position, both or neither. Refused as a whole when the spool would grow beyond its bound. */
  append(records: readonly CallRecord[], position: SourcePosition): AppendResult {
    const bodies = records.map((record) => JSON.stringify(record));
    const bytes = bodies.reduce((sum, body) => sum + body.length, 0);
    if (bytes > 0 && this.#state.bytes > 0 && this.#state.bytes + bytes > this.#maxBytes) {
      return { ok: false, code: "spool_full", bytes: this.#state.bytes, maxBytes: this.#maxBytes };
    }
    this.#change((state) => {
      this.#db.query("insert into files values (?, ?) on conflict do nothing").run(position.fileId, position.fileName);
      for (const body of bodies) this.#insert.run(state.nextSequence++, position.fileId, body.length, body);
      this.#db
        .query("insert into positions values (?, ?) on conflict do update set position = excluded.position")
        .run(position.source, JSON.stringify(position));
      state.rows += bodies.length;
      state.bytes += bytes;
    });
    if (bodies.length > 0) wake(this.#appended);
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
    const found = this.#next.all(rows) as { sequence: number; fileId: string; bytes: number; body: string }[];
    const [first] = found;
    if (first === undefined) return null;
    let size = 0;
    const end = found.findIndex((row, i) => {
      size += row.bytes;
      return row.fileId !== first.fileId || (i > 0 && size > bytes);
    });
    const taken = end === -1 ? found : found.slice(0, end);
    const last = first.sequence + taken.length - 1;
    if (last > this.#state.sentUpTo) this.#change((state) => (state.sentUpTo = last));
    const file = this.#db.query("select id, name from files where id = ?").get(first.fileId) as { id: string; name: string };
    return { spoolId: this.id, firstSequence: first.sequence, file, records: JSON.parse(`[${taken.map((row) => row.body).join(",")}]`) };
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
    this.#change((state) => {
      const gone = this.#db
        .query("select count(*) as rows, coalesce(sum(bytes), 0) as bytes from records where sequence <= ?")
        .get(sequence) as { rows: number; bytes: number };
      if (gone.rows === 0) return;
      this.#db.query("delete from records where sequence <= ?").run(sequence);
      // Looking for files without rows would read the whole spool at each confirmation; an empty spool has none for certain.
      if (gone.rows === state.rows) this.#db.run("delete from files");
      state.rows -= gone.rows;
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
    return this.#state.rows > 0 ? Promise.resolve() : parked(this.#appended, signal);
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
      // Two steps, since the new numbers may overlap the old: through the negatives, then up.
      this.#db.run("update records set sequence = -sequence");
      const first = this.#db.query("select -max(sequence) as sequence from records").get() as { sequence: number | null };
      const shift = after + 1 - (first.sequence ?? state.nextSequence);
      this.#db.query("update records set sequence = ? - sequence").run(shift);
      state.nextSequence = Math.max(after + 1, state.nextSequence + shift);
      state.sentUpTo = after;
    });
  }

  #change(apply: (state: State) => void): void {
    const state = { ...this.#state };
    this.#db.transaction(() => {
      apply(state);
      this.#db
        .query("update state set nextSequence = ?, sentUpTo = ?, rows = ?, bytes = ?")
        .run(state.nextSequence, state.sentUpTo, state.rows, state.bytes);
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
