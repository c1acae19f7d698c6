// The embedded PostgreSQL: real server programs out of an npm package, run on a folder of ours and on 127.0.0.1 only.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir, totalmem } from "node:os";
import { dirname, join } from "node:path";
import postgres from "postgres";
import { Problem } from "../core/kernel/problem.ts";
import { type Binaries, findBinaries } from "./embedded/binaries.ts";
import { openBoundedLog } from "./embedded/bounded-log.ts";
import { isAlive, stopLeftover } from "./embedded/leftover.ts";
import { give, type OperatingUser, operatingUser, requireReach } from "./embedded/operating-user.ts";

export { isAlive } from "./embedded/leftover.ts";

const administrator = "mb_admin";
const database = "mediabilling";

export type EmbeddedServer = {
  /** Signs in as the administrator of the database `mediabilling`. */
  readonly adminUrl: string;
  readonly port: number;
  readonly pid: number;
  readonly major: string;
  /** Settles when the server's process has ended, asked or not. */
  readonly exited: Promise<void>;
  /** Fast shutdown: open transactions are rolled back, everything is on disk. `immediate` leaves recovery to the next start. */
  stop(how?: "fast" | "immediate"): Promise<void>;
};

export type EmbeddedOptions = {
  readonly dataDir: string;
  /** 0 = a free one, remembered in the data folder. */
  readonly port: number;
  readonly adminPassword: string;
  /** What happens that a person may wonder about: a first start, a leftover, a recovery. */
  readonly say?: (line: string) => void;
};

export const pgDataOf = (dataDir: string): string => join(dataDir, "postgres");
const portFileOf = (dataDir: string): string => join(dataDir, "postgres.port");

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

/** Can this machine listen there? */
export function portIsFree(port: number, host = "127.0.0.1"): Promise<boolean> {
  return new Promise((settle) => {
    const probe = createServer();
    probe.once("error", () => settle(false));
    probe.listen({ port, host, exclusive: true }, () => probe.close(() => settle(true)));
  });
}

export function freePort(): Promise<number> {
  return new Promise((settle, fail) => {
    const probe = createServer();
    probe.once("error", fail);
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() => settle(typeof address === "object" && address ? address.port : 0));
    });
  });
}

const environment = { PATH: "/usr/local/bin:/usr/bin:/bin", LANG: "C", LC_ALL: "C", TZ: "UTC" };

/** Makes the cluster aside and moves it into place: a start that was killed here leaves nothing half made. */
function initialise(pgData: string, binaries: Binaries, user: OperatingUser | null, password: string, durable: boolean): void {
  const aside = `${pgData}.new`;
  rmSync(aside, { recursive: true, force: true });
  mkdirSync(aside, { mode: 0o700 });
  give(aside, user);
  const result = Bun.spawnSync(
    [
      binaries.initdb,
      ...["-D", aside, "-U", administrator, "--auth=scram-sha-256", "--pwfile=/dev/stdin", "--encoding=UTF8"],
      // PostgreSQL's own C.UTF-8: the same order and the same letters on every machine, whatever locales it has.
      ...["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", ...(durable ? [] : ["--no-sync"])],
    ],
    { ...asUser(user), cwd: "/", env: environment, stdin: new TextEncoder().encode(`${password}\n`), stdout: "pipe", stderr: "pipe" },
  );
  if (!result.success) {
    const reason = result.stderr.toString().trim().split("\n").slice(-2).join(" ");
    throw new Problem("database_not_made", `The database could not be made in ${pgData}: ${reason}`);
  }
  renameSync(aside, pgData);
}

const asUser = (user: OperatingUser | null) => (user ? { uid: user.uid, gid: user.gid } : {});

function flags(port: number, extra: Readonly<Record<string, string>>): string[] {
  const memoryMb = Math.floor(totalmem() / 1024 / 1024);
  const settings: Record<string, string> = {
    listen_addresses: "127.0.0.1",
    unix_socket_directories: "",
    port: String(port),
    max_connections: "200",
    shared_buffers: `${Math.min(2048, Math.max(128, Math.floor(memoryMb / 8)))}MB`,
    effective_cache_size: `${Math.max(256, Math.floor(memoryMb / 2))}MB`,
    work_mem: "16MB",
    maintenance_work_mem: "128MB",
    max_wal_size: "4GB",
    min_wal_size: "256MB",
    wal_compression: "on",
    checkpoint_timeout: "15min",
    random_page_cost: "1.1",
    jit: "off", // our statements are short: compiling them costs more than it saves
    timezone: "UTC",
    log_timezone: "UTC",
    log_line_prefix: "%m [%p] %a ",
    log_checkpoints: "off",
    ...extra,
  };
  return Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
}

/** What the guard does once its input closes: stops the server, and sweeps a folder that was only for a test. */
const guardScript =
  'cat >/dev/null; kill -INT "$1" 2>/dev/null; if [ -n "$2" ]; then sleep 1; kill -QUIT "$1" 2>/dev/null; rm -rf -- "$2"; fi';

type Launch = {
  pgData: string;
  logFile: string;
  port: number;
  user: OperatingUser | null;
  binaries: Binaries;
  extra: Readonly<Record<string, string>>;
  sweep?: string;
};
type Launched = Pick<EmbeddedServer, "pid" | "exited" | "stop">;

/** Runs the server and waits until it accepts connections, however long a recovery takes. */
async function launch({ pgData, logFile, port, user, binaries, extra, sweep = "" }: Launch): Promise<Launched> {
  const log = openBoundedLog(logFile);
  const server = Bun.spawn([binaries.postgres, "-D", pgData, ...flags(port, extra)], {
    ...asUser(user),
    cwd: "/",
    env: environment,
    stdin: "ignore",
    stdout: "ignore",
    stderr: "pipe",
    detached: true, // Ctrl-C in the terminal is for us; we stop the server last
  });
  const pid = server.pid;
  // Ends the server when we are killed without a word: its standard input closes with us.
  const guard =
    process.platform === "win32"
      ? null
      : Bun.spawn(["/bin/sh", "-c", guardScript, "mediabilling-guard", String(pid), sweep, pgData], {
          cwd: "/",
          env: { PATH: environment.PATH },
          stdin: "pipe",
          stdout: "ignore",
          stderr: "ignore",
          detached: true,
        });
  const { promise: accepts, resolve: ready } = Promise.withResolvers<void>();
  let accepting = false;
  const logged = (async () => {
    let seen = "";
    for await (const chunk of server.stderr) {
      log.write(chunk);
      if (accepting) continue;
      seen = (seen + new TextDecoder().decode(chunk)).slice(-8000);
      accepting = seen.includes("ready to accept connections");
      if (accepting) ready();
    }
  })();
  const exited = server.exited.then(async () => {
    if (guard) {
      process.kill(-guard.pid, "SIGKILL");
      await guard.exited;
    }
    // Backends that outlive a killed server hold its pipe for a moment.
    await Promise.race([logged, Bun.sleep(500)]);
    log.close();
  });
  exited.catch(() => {});
  const outcome = await Promise.race([accepts.then(() => "ready" as const), server.exited.then(() => "ended" as const)]);
  if (outcome === "ended") {
    await exited.catch(() => {});
    throw startFailure(log.tail(), port, logFile);
  }
  return {
    pid,
    exited,
    async stop(how = "fast") {
      const ask = (signal: NodeJS.Signals) => {
        if (server.exitCode === null && server.signalCode === null) server.kill(signal);
      };
      ask(how === "fast" ? "SIGINT" : "SIGQUIT");
      const slow = setTimeout(() => ask("SIGQUIT"), how === "fast" ? 30_000 : 3_000);
      const stuck = setTimeout(() => ask("SIGKILL"), how === "fast" ? 35_000 : 5_000);
      await exited.catch(() => {});
      clearTimeout(slow);
      clearTimeout(stuck);
    },
  };
}

class StillEnding extends Error {}

function startFailure(tail: string, port: number, logFile: string): Error {
  if (/could not bind|Address already in use/.test(tail)) return portInUse(port);
  // Backends of a server that was killed notice it within a second or so.
  if (/pre-existing shared memory block|lock file "postmaster.pid" already exists/.test(tail)) return new StillEnding(tail);
  const reason = tail.match(/(?:FATAL|PANIC):\s+(.*)/)?.[1] ?? "no reason given";
  return new Problem("database_did_not_start", `The embedded PostgreSQL did not start (${reason}): ${logFile} says more`);
}

const portInUse = (port: number) =>
  new Problem(
    "port_in_use",
    `Port ${port} (MB_PG_PORT) is in use by another program: stop it, or set MB_PG_PORT to another port, or to 0 for a free one`,
  );

function requireVersion(pgData: string, major: string): void {
  const has = readFileSync(join(pgData, "PG_VERSION"), "utf8").trim();
  if (has === major) return;
  throw new Problem(
    "database_version",
    `${dirname(pgData)} holds a database of PostgreSQL ${has} and this MediaBilling brings ${major}: start the version of MediaBilling that made it and move the data with pg_dump, or set MB_DATA_DIR to another folder`,
  );
}

/** The port to use: the one asked for, else the one remembered if it is still free, else a new one. */
async function choosePort(options: EmbeddedOptions): Promise<number> {
  if (options.port !== 0) {
    if (!(await portIsFree(options.port))) throw portInUse(options.port);
    return options.port;
  }
  const file = portFileOf(options.dataDir);
  const remembered = existsSync(file) ? Number.parseInt(readFileSync(file, "utf8"), 10) : 0;
  if (remembered > 0 && (await portIsFree(remembered))) return remembered;
  const port = await freePort();
  writeFileSync(file, `${port}\n`);
  return port;
}

/**
 * Starts the server on `dataDir`, making it on first use. The caller holds the folder's lock.
 * @throws Problem when a port is in use, the data are of another version, the folder cannot be reached
 */
export async function startEmbedded(options: EmbeddedOptions): Promise<EmbeddedServer> {
  const say = options.say ?? (() => {});
  const binaries = findBinaries();
  const pgData = pgDataOf(options.dataDir);
  const user = operatingUser(pgData);
  if (existsSync(pgData)) requireVersion(pgData, binaries.major);
  requireReach([dirname(binaries.postgres), options.dataDir], user);
  const leftover = await stopLeftover(pgData);
  if (leftover) say(`Stopped a PostgreSQL that an earlier start had left behind (process ${leftover})`);
  const port = await choosePort(options);
  if (!existsSync(pgData)) {
    say(`Making a database in ${pgData}`);
    initialise(pgData, binaries, user, options.adminPassword, true);
  }
  const launched = await retryWhileEnding(() =>
    launch({ pgData, logFile: join(options.dataDir, "postgres.log"), port, user, binaries, extra: {} }),
  );
  try {
    await requireDatabase(port, options.adminPassword);
  } catch (error) {
    await launched.stop();
    throw error;
  }
  return { ...launched, port, major: binaries.major, adminUrl: adminUrl(port, options.adminPassword) };
}

async function retryWhileEnding(start: () => Promise<Launched>): Promise<Launched> {
  const until = Date.now() + 20_000;
  for (;;) {
    try {
      return await start();
    } catch (error) {
      if (!(error instanceof StillEnding)) throw error;
      if (Date.now() > until)
        throw new Problem("database_still_ending", "An earlier PostgreSQL still holds its memory: wait a little, then start again");
      await Bun.sleep(250);
    }
  }
}

async function requireDatabase(port: number, password: string): Promise<void> {
  const sql = postgres(adminUrl(port, password, "postgres"), { max: 1, onnotice() {} });
  try {
    const [known] = await sql`select from pg_database where datname = ${database}`;
    if (!known) await sql.unsafe(`create database ${database}`);
  } catch (error) {
    if ((error as { code?: string }).code !== "28P01") throw error;
    throw new Problem(
      "secret_differs",
      "MB_SECRET is not the one that this data folder was made with: set the earlier one, or another MB_DATA_DIR",
    );
  } finally {
    await sql.end({ timeout: 1 });
  }
}

export type TestServer = { readonly url: string; readonly port: number; readonly pid: number; stop(): Promise<void> };

/**
 * A server for tests, in a temporary folder, gone with `stop()` or with the process that started it. Fast and not durable.
 * @returns the URL of its administrator, database `postgres`
 */
export async function startTestServer(extra: Readonly<Record<string, string>> = {}): Promise<TestServer> {
  const binaries = findBinaries();
  const dir = mkdtempSync(join(tmpdir(), "mediabilling-test-"));
  const pgData = pgDataOf(dir);
  const user = operatingUser(pgData);
  const password = crypto.randomUUID();
  const fast = { fsync: "off", synchronous_commit: "off", full_page_writes: "off", shared_buffers: "256MB", max_wal_size: "8GB" };
  try {
    give(dir, user);
    requireReach([dirname(binaries.postgres), dir], user);
    initialise(pgData, binaries, user, password, false);
    for (let tries = 1; ; tries++) {
      const port = await freePort();
      try {
        const server = await launch({
          pgData,
          logFile: join(dir, "postgres.log"),
          port,
          user,
          binaries,
          extra: { ...fast, ...extra },
          sweep: dir,
        });
        const stop = async () => {
          await server.stop("immediate");
          rmSync(dir, { recursive: true, force: true });
        };
        return { url: adminUrl(port, password, "postgres"), port, pid: server.pid, stop };
      } catch (error) {
        // Another test took the port between our look and the start.
        if (tries >= 5 || !(error instanceof Problem) || error.code !== "port_in_use") throw error;
      }
    }
  } catch (error) {
    rmSync(dir, { recursive: true, force: true });
    throw error;
  }
}
