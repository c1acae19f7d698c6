// Tells whether a path still holds the file that was read before, and finds that file after rotation. Names change; inodes are used again;
// the first bytes of a call file (time and unique id of its first call) are its own.
import { closeSync, fstatSync, openSync, readdirSync, readSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";

const FINGERPRINT_BYTES = 256;

export type FileIdentity = {
  readonly device: number;
  readonly inode: number;
  /** SHA-256 of the first `fingerprintBytes` bytes, at most 256 and never more than were read. */
  readonly fingerprint: string;
  readonly fingerprintBytes: number;
  /** Modification time when last read, milliseconds since 1970. */
  readonly modifiedMs: number;
};

/** Identity of the open file as far as it is read. */
export function identityOf(fd: number, readBytes: number): FileIdentity {
  const stat = fstatSync(fd);
  const fingerprintBytes = Math.min(FINGERPRINT_BYTES, readBytes);
  return {
    device: stat.dev,
    inode: stat.ino,
    fingerprint: fingerprintOf(fd, fingerprintBytes),
    fingerprintBytes,
    modifiedMs: stat.mtimeMs,
  };
}

/** Whether the open file begins as the known one did and still holds all that was read of it. */
export function continues(fd: number, known: FileIdentity, offset: number): boolean {
  const stat = fstatSync(fd);
  if (stat.size < offset) return false;
  if (known.fingerprintBytes > 0) return fingerprintOf(fd, known.fingerprintBytes) === known.fingerprint;
  // Nothing was read of it: the inode is all there is, and reading from 0 is right for any file.
  return stat.dev === known.device && stat.ino === known.inode;
}

function fingerprintOf(fd: number, length: number): string {
  const bytes = new Uint8Array(length);
  let filled = 0;
  while (filled < length) {
    const n = readSync(fd, bytes, filled, length - filled, filled);
    if (n === 0) break;
    filled += n;
  }
  return Bun.SHA256.hash(bytes.subarray(0, filled), "hex");
}

// What logrotate and its like append: .1, -20261123, .2026-11-23. Compressed files end otherwise and are left alone.
const rotatedSuffix = /^[.-]\d[\d._-]*$/;

/**
 * Files to read before the new one at `path`, oldest first: the rest of the known file under its new name (`from` its offset), then
 * those rotated after it that were never seen. `found` is false when the known file is gone or compressed.
 */
export function rotatedFiles(
  path: string,
  known: FileIdentity,
  offset: number,
): { readonly found: boolean; readonly files: { readonly path: string; readonly from: number }[] } {
  const candidates: { path: string; modifiedMs: number; isKnown: boolean; sameInode: boolean }[] = [];
  const name = basename(path);
  for (const entry of listOrNothing(dirname(path))) {
    if (!entry.startsWith(name) || !rotatedSuffix.test(entry.slice(name.length))) continue;
    const candidate = join(dirname(path), entry);
    try {
      const fd = openSync(candidate, "r");
      try {
        const stat = fstatSync(fd);
        if (!stat.isFile()) continue;
        const sameInode = stat.dev === known.device && stat.ino === known.inode;
        candidates.push({ path: candidate, modifiedMs: stat.mtimeMs, isKnown: continues(fd, known, offset), sameInode });
      } finally {
        closeSync(fd);
      }
    } catch {
      // Renamed or removed under our eyes; the next look sees it where it is then.
    }
  }
  const matches = candidates.filter((c) => c.isKnown);
  const match = matches.find((c) => c.sameInode) ?? matches[0];
  // Equal times count as newer: kernels stamp files in steps of milliseconds, and a file read twice does no harm while one missed does.
  const newer = candidates
    .filter((c) => !c.isKnown && c.modifiedMs >= (match?.modifiedMs ?? known.modifiedMs))
    .sort((a, b) => a.modifiedMs - b.modifiedMs);
  const files = newer.map((c) => ({ path: c.path, from: 0 }));
  if (match !== undefined) files.unshift({ path: match.path, from: offset });
  return { found: match !== undefined, files };
}

function listOrNothing(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** Whether `path` names the open file at this moment; null when nothing is there. */
export function pathNames(path: string, fd: number): boolean | null {
  const here = statSync(path, { throwIfNoEntry: false });
  if (here === undefined) return null;
  const open = fstatSync(fd);
  return here.dev === open.dev && here.ino === open.ino;
}
