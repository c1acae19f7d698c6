// PostgreSQL refuses to run as root. Started as root, we run it as another user of the machine: whoever owns the data
// already, else `postgres`, made if need be, else `nobody`. That user must be able to reach the data and the programs.
import { chownSync, existsSync, readFileSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { Problem } from "../../core/kernel/problem.ts";

export type OperatingUser = { readonly uid: number; readonly gid: number; readonly name: string };

function users(): OperatingUser[] {
  return readFileSync("/etc/passwd", "utf8")
    .split("\n")
    .map((line) => line.split(":"))
    .filter((fields) => fields.length >= 4)
    .map(([name, , uid, gid]) => ({ name: name ?? "", uid: Number(uid), gid: Number(gid) }));
}

/** The user to run PostgreSQL as, or null when we aren't root and run it as ourselves. */
export function operatingUser(pgData: string): OperatingUser | null {
  if (process.getuid?.() !== 0) return null;
  if (existsSync(pgData)) {
    const owner = statSync(pgData).uid;
    const known = owner === 0 ? undefined : users().find((user) => user.uid === owner);
    if (known) return known;
  }
  const byName = (name: string) => users().find((user) => user.name === name && user.uid !== 0);
  const have = byName("postgres");
  if (have) return have;
  for (const command of [
    ["useradd", "--system", "--user-group", "--no-create-home", "--shell", "/usr/sbin/nologin", "postgres"],
    ["adduser", "-S", "-H", "-D", "postgres"],
  ]) {
    if (Bun.which(command[0] ?? "") && Bun.spawnSync(command, { stdout: "ignore", stderr: "ignore" }).success) break;
  }
  const user = byName("postgres") ?? byName("nobody");
  if (!user)
    throw new Problem(
      "no_database_user",
      "PostgreSQL cannot run as root and no user could be made for it: run `useradd --system postgres`",
    );
  return user;
}

/** Gives a folder that we have just made to the user. */
export function give(path: string, user: OperatingUser | null): void {
  if (user) chownSync(path, user.uid, user.gid);
}

/** @throws Problem naming the folder that keeps the user out of one of the paths, and what to do */
export function requireReach(paths: readonly string[], user: OperatingUser | null): void {
  if (!user) return;
  for (const path of paths) {
    // Asked of the system, as that user: modes alone would forget access lists.
    const reaches = (dir: string) =>
      Bun.spawnSync(["/bin/sh", "-c", 'cd "$1"', "sh", dir], { uid: user.uid, gid: user.gid, cwd: "/", stderr: "ignore", env: {} }).success;
    if (reaches(path)) continue;
    const parents: string[] = [];
    for (let dir = path; dir !== dirname(dir); dir = dirname(dir)) parents.unshift(dir);
    const closed = parents.find((dir) => !reaches(dir)) ?? path;
    throw new Problem(
      "folder_closed_to_database",
      `${closed} is closed to the user ${user.name}, who runs PostgreSQL since root may not: run \`chmod o+x ${closed}\`, or move the project and MB_DATA_DIR elsewhere (/opt, /srv), or start as another user than root`,
    );
  }
}
