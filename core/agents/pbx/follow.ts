// Follows a call file that a PBX appends to: from where it stopped, through rotation, never half a line.
import { type FSWatcher, watch } from "node:fs";
import { basename, dirname, resolve } from "node:path";
import type { SourcePosition, Spool } from "../spool.ts";
import { pause } from "../uplink.ts";
import { FileCursor } from "./file-cursor.ts";
import { continues, type FileIdentity, pathNames, rotatedFiles } from "./file-identity.ts";
import type { CallFileReader } from "./read-rows.ts";

export type FollowEvent =
  | { readonly event: "file_opened"; readonly path: string; readonly offset: number }
  | { readonly event: "file_rotated"; readonly path: string }
  | { readonly event: "file_missing"; readonly path: string }
  /** The file that was being read is gone (compressed, removed): rows written to it after `offset` were not read. */
  | { readonly event: "rest_not_found"; readonly path: string; readonly offset: number };

export type FollowOptions = {
  readonly path: string;
  readonly reader: CallFileReader;
  readonly signal: AbortSignal;
  /** How often to look, in milliseconds, when the file system doesn't tell of a change. Default 250. */
  readonly pollMs?: number;
  readonly onRows?: (rows: number) => void;
  readonly onEvent?: (event: FollowEvent) => void;
};

/** Follows until the signal aborts. Throws when the file or the spool can't be read or written; calling again goes on from there. */
export async function follow(spool: Spool, options: FollowOptions): Promise<void> {
  const { signal, pollMs = 250, onRows = () => {} } = options;
  const path = resolve(options.path);
  const follower = { ...options, spool, path, onRows, onEvent: options.onEvent ?? (() => {}) };
  const changes = changesOf(path);
  let cursor: FileCursor | null = null;
  let isMissing = false;
  // The file before was read to its end through the descriptor: where it went doesn't matter.
  let restIsRead = false;
  try {
    while (!signal.aborted) {
      if (cursor === null) {
        cursor = await open(follower, restIsRead);
        if (cursor === null && !isMissing) follower.onEvent({ event: "file_missing", path });
        isMissing = cursor === null;
        if (cursor !== null) restIsRead = false;
      }
      if (cursor !== null && !stillWhole(cursor, spool.position(path))) {
        // Cut under our feet (copytruncate): what we hadn't read is in the copy, which `open` looks for.
        follower.onEvent({ event: "file_rotated", path });
        cursor.close();
        cursor = null;
        continue;
      }
      const rows = cursor === null ? null : await cursor.readOn(signal);
      if (rows !== null) {
        onRows(rows);
        continue;
      }
      // The order matters: first see that the path is another file's, then read ours to its end once more, and only then leave it.
      if (cursor !== null && pathNames(path, cursor.fd) === false) {
        const last = await cursor.readOn(signal);
        if (last !== null) {
          onRows(last);
          continue;
        }
        if (signal.aborted) break;
        onRows(await cursor.finish(signal));
        restIsRead = true;
        follower.onEvent({ event: "file_rotated", path });
        cursor.close();
        cursor = null;
        continue;
      }
      await changes.next(pollMs, signal);
    }
  } finally {
    cursor?.close();
    changes.close();
  }
}

type Follower = Required<Pick<FollowOptions, "reader" | "signal" | "onRows" | "onEvent">> & {
  readonly spool: Spool;
  readonly path: string;
};

/** Whether the open file still holds what was read of it: truncated, or truncated and grown again, it doesn't. */
function stillWhole(cursor: FileCursor, saved: SourcePosition | null): boolean {
  return saved === null || continues(cursor.fd, saved.identity as FileIdentity, cursor.offset + cursor.waitingBytes);
}

async function open(follower: Follower, restIsRead: boolean): Promise<FileCursor | null> {
  const { spool, path, reader, onEvent, signal } = follower;
  const saved = spool.position(path);
  const at = (filePath: string, offset: number, fileId?: string) =>
    orMissing(() => new FileCursor(spool, reader, { source: path, path: filePath, offset, fileId, fileName: basename(filePath) }));
  const known = at(path, saved?.offset ?? 0, saved?.fileId);
  if (known === null || (saved !== null && continues(known.fd, saved.identity as FileIdentity, saved.offset))) {
    if (known !== null) onEvent({ event: "file_opened", path, offset: known.offset });
    return known;
  }
  known.close();
  // Another file has taken the path. It is held open from here on: rotated away while older ones are read, it is still the next to read.
  const fresh = at(path, 0);
  if (fresh === null) return null;
  try {
    if (saved !== null) await readRotated(follower, saved, fresh, restIsRead);
    if (!signal.aborted) await fresh.mark(signal);
  } catch (error) {
    fresh.close();
    throw error;
  }
  if (signal.aborted) {
    fresh.close();
    return null;
  }
  onEvent({ event: "file_opened", path, offset: 0 });
  return fresh;
}

/** Reads what was rotated away unread. What is read twice does no harm, since the core knows the row; what is not read is lost. */
async function readRotated(follower: Follower, saved: SourcePosition, fresh: FileCursor, restIsRead: boolean): Promise<void> {
  const { spool, path, reader, onRows, onEvent, signal } = follower;
  const rotated = rotatedFiles(path, saved.identity as FileIdentity, saved.offset);
  if (!rotated.found && !restIsRead) onEvent({ event: "rest_not_found", path, offset: saved.offset });
  for (const { path: filePath, from } of rotated.files) {
    const fileId = from > 0 ? saved.fileId : undefined;
    const old = orMissing(
      () => new FileCursor(spool, reader, { source: path, path: filePath, offset: from, fileId, fileName: basename(filePath) }),
    );
    if (old === null) continue;
    try {
      if (pathNames(filePath, fresh.fd)) continue;
      for (let rows = await old.readOn(signal); rows !== null; rows = await old.readOn(signal)) onRows(rows);
      if (signal.aborted) return;
      onRows(await old.finish(signal));
    } finally {
      old.close();
    }
  }
}

function orMissing<T>(open: () => T): T | null {
  try {
    return open();
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw error;
  }
}

/** Changes of a file as the file system tells them: a hint that shortens the wait, never a promise (network mounts tell nothing). */
function changesOf(path: string): { next(ms: number, signal: AbortSignal): Promise<void>; close(): void } {
  let wake = new AbortController();
  let watcher: FSWatcher | null = null;
  try {
    watcher = watch(dirname(path), (_event, name) => {
      if (name === basename(path)) wake.abort();
    });
    watcher.on("error", () => {});
  } catch {
    // No folder yet, or no more watches to have: polling alone does it.
  }
  return {
    async next(ms, signal) {
      await pause(ms, AbortSignal.any([signal, wake.signal]));
      if (wake.signal.aborted) wake = new AbortController();
    },
    close: () => watcher?.close(),
  };
}
