// PostgreSQL refuses to run as root. Started as root, we run it as a user of its own: a number, for which the machine needs no account.
import { chownSync, existsSync, lchownSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { Problem } from "../../core/kernel/problem.ts";

export type OperatingUser = { readonly uid: number; readonly gid: number };

// In the range that neither distributions nor systemd give out (systemd's UIDS-GIDS table: 60578–61183 unused).
const ownNumbers = { first: 60_821, last: 61_183 } as const;

function accounts(): readonly (OperatingUser & { readonly name: string })[] {
  try {
    return readFileSync("/etc/passwd", "utf8")
      .split("\n")
      .map((line) => line.split(":"))
      .filter((fields) => fields.length >= 4)
      .map(([name = "", , uid, gid]) => ({ name, uid: Number(uid), gid: Number(gid) }));
  } catch {
    return []; // a container without accounts
  }
}

/** For `Bun.spawn`. */
export const asUser = (user: OperatingUser | null): { uid?: number; gid?: number } => (user ? { uid: user.uid, gid: user.gid } : {});

/** Does a shell script succeed as this user, started in `cwd`? Asked of the system: modes alone would forget access lists. */
export function succeedsAs(user: OperatingUser, script: string, args: readonly string[] = [], cwd = "/"): boolean {
  try {
    const command = ["/bin/sh", "-c", script, "sh", ...args];
    return Bun.spawnSync(command, { ...asUser(user), cwd, env: {}, stdin: "ignore", stdout: "ignore", stderr: "ignore" }).success;
  } catch {
    return false; // the number does not exist here: a container may have only a few
  }
}

/** Our own number first; a container may have few numbers, and then an account is among them. */
function newUsers(): readonly OperatingUser[] {
  const known = accounts();
  let number: number = ownNumbers.first;
  while (number < ownNumbers.last && known.some(({ uid, gid }) => uid === number || gid === number)) number++;
  return [{ uid: number, gid: number }, ...known.filter(({ name, uid }) => uid !== 0 && (name === "postgres" || name === "nobody"))];
}

/**
 * The user to run PostgreSQL as, or null when we aren't root and run it as ourselves.
 * @param pgData whoever owns it already stays its user
 * @throws Problem when root may not become another user here
 */
export function operatingUser(pgData: string): OperatingUser | null {
  if (process.getuid?.() !== 0) return null;
  const owner = existsSync(pgData) ? statSync(pgData) : null;
  const user = (owner && owner.uid !== 0 ? [owner] : newUsers()).find((one) => succeedsAs(one, ":"));
  if (user) return { uid: user.uid, gid: user.gid };
  throw new Problem(
    "no_database_user",
    "PostgreSQL may not run as root, and here root cannot become another user: start as another user, or set DATABASE_URL to a PostgreSQL server",
  );
}

/** `initdb`, unlike the server, wants its user to have an account: it is lent one, and what it made is given to the user afterwards. */
export function userOfInitdb(user: OperatingUser | null): OperatingUser | null {
  if (!user) return null;
  const known = accounts();
  if (known.some(({ uid }) => uid === user.uid)) return user;
  const lender = ["postgres", "nobody", "daemon"].map((name) => known.find((one) => one.name === name && one.uid !== 0)).find((one) => one);
  if (lender) return { uid: lender.uid, gid: lender.gid };
  throw new Problem(
    "no_database_user",
    "PostgreSQL cannot be set up as root, and /etc/passwd names no other user: run `useradd --system postgres`, then start again",
  );
}

/** Gives a folder and everything in it to the user. */
export function give(path: string, user: OperatingUser | null): void {
  if (!user) return;
  for (const entry of readdirSync(path, { withFileTypes: true })) {
    if (entry.isDirectory()) give(join(path, entry.name), user);
    else lchownSync(join(path, entry.name), user.uid, user.gid);
  }
  chownSync(path, user.uid, user.gid);
}
