// One MediaBilling per data folder. The lock is SQLite's on a file: the system drops it with the process, however that ends,
// so there is never a stale lock to remove by hand.
import { Database } from "bun:sqlite";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Problem } from "../kernel/problem.ts";

export type DataDirLock = { release(): void };

/**
 * Makes the folder if need be and locks it for this process.
 * @throws Problem when another process has it, or when it cannot be written
 */
export function lockDataDir(dataDir: string): DataDirLock {
  const lock = tryLockDataDir(dataDir);
  if (lock) return lock;
  let holder = "";
  try {
    const pid = readFileSync(join(dataDir, "lock.pid"), "utf8").trim();
    if (/^\d+$/.test(pid)) holder = ` (process ${pid})`;
  } catch {
    // Only a courtesy.
  }
  throw new Problem(
    "data_dir_in_use",
    `${dataDir} is in use by another MediaBilling${holder}: stop that one, or set MB_DATA_DIR to another folder`,
  );
}

/** The same, but null when another process has the folder. */
export function tryLockDataDir(dataDir: string): DataDirLock | null {
  let db: Database;
  try {
    // Others may pass through, to the database's own folder, but not look around.
    mkdirSync(dataDir, { recursive: true, mode: 0o711 });
    db = new Database(join(dataDir, "lock.db"), { create: true });
  } catch (error) {
    throw unusable(dataDir, error);
  }
  try {
    db.run("pragma busy_timeout = 0");
    db.run("begin exclusive");
  } catch (error) {
    db.close();
    if ((error as { code?: string }).code?.startsWith("SQLITE_BUSY")) return null;
    throw unusable(dataDir, error);
  }
  writeFileSync(join(dataDir, "lock.pid"), `${process.pid}\n`);
  return {
    release() {
      db.run("rollback");
      db.close();
    },
  };
}

function unusable(dataDir: string, error: unknown): Problem {
  const reason = error instanceof Error ? error.message : String(error);
  return new Problem(
    "data_dir_unusable",
    `The data folder ${dataDir} cannot be written (${reason}): check MB_DATA_DIR and its permissions`,
  );
}
