// The server's folder: where it is, how it is made, and whether it is one that we can run.
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { isUnavailable } from "../../core/kernel/database-error.ts";
import { Problem } from "../../core/kernel/problem.ts";
import { steadyClient } from "../steady-client.ts";
import type { Binaries } from "./binaries.ts";
import { standpoint } from "./closed-folders.ts";
import { isAlive } from "./leftover.ts";
import { asUser, give, type OperatingUser, userOfInitdb } from "./operating-user.ts";
import { programEnvironment } from "./server-settings.ts";

const administrator = "mb_admin";
const database = "mediabilling";

export const pgDataOf = (dataDir: string): string => join(dataDir, "postgres");

export function adminUrl(port: number, password: string, name: string = database): string {
  return `postgres://${administrator}:${encodeURIComponent(password)}@127.0.0.1:${port}/${name}`;
}

/** The port of the server that runs on this folder now, or null. For a second process, such as `mb verify`. */
export function runningPort(dataDir: string): number | null {
  const file = join(pgDataOf(dataDir), "postmaster.pid");
  if (!existsSync(file)) return null;
  const lines = readFileSync(file, "utf8").split("\n");
  const [pid, port] = [Number(lines[0]), Number(lines[3])];
  return pid > 1 && isAlive(pid) && port > 0 && lines[7]?.trim() === "ready" ? port : null;
}

type Making = { binaries: Binaries; user: OperatingUser | null; password: string; durable: boolean };

/** Makes the cluster aside and moves it into place: a start that was killed here leaves nothing half made. */
export function initialise(pgData: string, { binaries, user, password, durable }: Making): void {
  const aside = `${pgData}.new`;
  rmSync(aside, { recursive: true, force: true });
  mkdirSync(aside, { mode: 0o700 });
  try {
    const maker = userOfInitdb(user);
    give(aside, maker);
    const { cwd, dataDir } = standpoint(aside, maker, () => {});
    const result = Bun.spawnSync(
      [
        binaries.initdb,
        ...["-D", dataDir, "-U", administrator, "--auth=scram-sha-256", "--pwfile=/dev/stdin", "--encoding=UTF8"],
        // PostgreSQL's own C.UTF-8: the same order and the same letters on every machine, whatever locales it has.
        ...["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", ...(durable ? [] : ["--no-sync"])],
      ],
      {
        ...asUser(maker),
        cwd,
        env: programEnvironment,
        stdin: new TextEncoder().encode(`${password}\n`),
        stdout: "pipe",
        stderr: "pipe",
      },
    );
    if (!result.success) {
      const reason = result.stderr.toString().trim().split("\n").slice(-2).join(" ");
      throw new Problem("database_not_made", `The database could not be made in ${pgData}: ${reason}`);
    }
    give(aside, user);
    renameSync(aside, pgData);
  } finally {
    rmSync(aside, { recursive: true, force: true });
  }
}

/** @throws Problem when the folder holds data that the server of these programs does not read */
export function requireVersion(pgData: string, major: string): void {
  let has: string;
  try {
    has = readFileSync(join(pgData, "PG_VERSION"), "utf8").trim();
  } catch (error) {
    const why = error instanceof Error && "code" in error && error.code === "EACCES" ? "belongs to another user" : "is not a database";
    throw new Problem("database_folder_unusable", `${pgData} ${why}: start as the user who made it, or set MB_DATA_DIR to another folder`);
  }
  if (has === major) return;
  throw new Problem(
    "database_version",
    `${dirname(pgData)} holds a database of PostgreSQL ${has} and this MediaBilling brings ${major}: start the version of MediaBilling that made it and move the data with pg_dump, or set MB_DATA_DIR to another folder`,
  );
}

/** How long a server that has just started may be away again: it recovers when one of its sessions is killed. */
const awayAtMostMs = 30_000;

/** Makes our database in a server that runs, if need be. */
export async function requireDatabase(port: number, password: string): Promise<void> {
  for (const until = Date.now() + awayAtMostMs; ; await Bun.sleep(100)) {
    const sql = steadyClient(adminUrl(port, password, "postgres"), { max: 1, connect_timeout: 5, onnotice() {} });
    try {
      const [known] = await sql`select from pg_database where datname = ${database}`;
      if (!known) await sql.unsafe(`create database ${database}`);
      return;
    } catch (error) {
      if ((error as { code?: string }).code === "28P01")
        throw new Problem(
          "secret_differs",
          "MB_SECRET is not the one that this data folder was made with: set the earlier one, or another MB_DATA_DIR",
        );
      if (!isUnavailable(error) || Date.now() > until) throw error;
    } finally {
      await sql.end({ timeout: 1 });
    }
  }
}
