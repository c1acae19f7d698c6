// Root's own folders are closed to the user who runs PostgreSQL (/root, a folder made by `mktemp -d`), and people put the project and the
// data there all the same. Nothing is opened and no right is lent: we, who may, start the server inside its data folder, and it
// goes by `/proc/self/cwd`; its programs must know where they are, so they are copied to where their user reaches them.
import {
  chmodSync,
  copyFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { Problem } from "../../core/kernel/problem.ts";
import type { Binaries } from "./binaries.ts";
import { type OperatingUser, succeedsAs } from "./operating-user.ts";

type Say = (line: string) => void;

const reaches = (user: OperatingUser, dir: string): boolean => succeedsAs(user, 'cd "$1"', [dir]);

/** The uppermost folder on the way to `path` that the user can't pass. */
function closedFolder(path: string, user: OperatingUser): string {
  const parents: string[] = [];
  for (let dir = path; dir !== dirname(dir); dir = dirname(dir)) parents.unshift(dir);
  return parents.find((dir) => !reaches(user, dir)) ?? path;
}

function closed(path: string, user: OperatingUser): Problem {
  const folder = closedFolder(path, user);
  return new Problem(
    "folder_closed_to_database",
    `${folder} is closed to the user ${user.uid}, who runs PostgreSQL since root may not: run \`chmod o+x ${folder}\`, or move the project and MB_DATA_DIR elsewhere (/opt, /srv), or start as another user than root`,
  );
}

/** Where a program of PostgreSQL is started, and what it is told of where its data are. */
export type Standpoint = { readonly cwd: string; readonly dataDir: string };

/**
 * How the user works in `dir`, which it owns.
 * @throws Problem when it can't
 */
export function standpoint(dir: string, user: OperatingUser | null, say: Say): Standpoint {
  if (!user || reaches(user, dir)) return { cwd: "/", dataDir: dir };
  // The child enters the folder while it is still root, and becomes the user after that.
  const here = "/proc/self/cwd";
  if (process.platform !== "linux" || !succeedsAs(user, `cd ${here} && : >probe && rm probe`, [], dir)) throw closed(dir, user);
  say(`${closedFolder(dir, user)} is closed to the user ${user.uid}, who runs PostgreSQL: it is started inside the data folder`);
  return { cwd: dir, dataDir: here };
}

/** Folders that stay, then such as are swept now and then. */
const sharedFolders = ["/var/lib", "/var/cache", "/opt", "/usr/local/lib", "/var/tmp", "/tmp"];

/**
 * The programs where the user can run them: where they are, else a copy that only root can change.
 * @throws Problem when there is no place for a copy
 */
export function programsFor(binaries: Binaries, user: OperatingUser | null, say: Say, places: readonly string[] = sharedFolders): Binaries {
  const runs = (program: string) => !user || succeedsAs(user, '"$1" --version', [program]);
  if (!user || runs(binaries.postgres)) return binaries;
  const native = join(dirname(binaries.postgres), "..");
  for (const place of places) {
    const copy = join(place, `mediabilling-postgresql-${binaries.version}`);
    try {
      if (!isCopyOf(native, copy)) makeCopy(native, copy);
    } catch {
      continue; // read-only, full, or missing
    }
    const postgres = join(copy, "bin", "postgres");
    if (!runs(postgres)) continue;
    say(`${closedFolder(native, user)} is closed to the user ${user.uid}: PostgreSQL's programs are run from a copy, ${copy}`);
    return { ...binaries, postgres, initdb: join(copy, "bin", "initdb") };
  }
  throw closed(dirname(binaries.postgres), user);
}

/** Is it whole, and root's? In a folder that everyone may write to, somebody else may have made it. */
function isCopyOf(from: string, to: string): boolean {
  const copied = lstatSync(to, { throwIfNoEntry: false });
  if (!copied) return false;
  if (copied.uid !== 0 || (!copied.isSymbolicLink() && (copied.mode & 0o022) !== 0)) throw new Error(`${to} is not root's`);
  const original = lstatSync(from);
  if (original.isDirectory()) return copied.isDirectory() && readdirSync(from).every((name) => isCopyOf(join(from, name), join(to, name)));
  if (original.isSymbolicLink()) return copied.isSymbolicLink() && readlinkSync(from) === readlinkSync(to);
  return copied.isFile() && copied.size === original.size;
}

/** Makes it aside and moves it into place: another start may be making it too. */
function makeCopy(from: string, to: string): void {
  const aside = `${to}.${crypto.randomUUID()}`;
  try {
    copyTree(from, aside);
    // One that is not whole: swept in part, or cut short with the machine.
    if (existsSync(to)) rmSync(to, { recursive: true });
    renameSync(aside, to);
  } catch (error) {
    rmSync(aside, { recursive: true, force: true });
    if (!isCopyOf(from, to)) throw error;
  }
}

function copyTree(from: string, to: string): void {
  const original = lstatSync(from);
  if (original.isSymbolicLink()) {
    symlinkSync(readlinkSync(from), to);
  } else if (original.isDirectory()) {
    mkdirSync(to, { mode: 0o700 });
    for (const name of readdirSync(from)) copyTree(join(from, name), join(to, name));
    chmodSync(to, 0o755);
  } else {
    copyFileSync(from, to);
    chmodSync(to, (original.mode & 0o100) === 0 ? 0o644 : 0o755);
  }
}
