// The server as a process of ours: started, watched, and never left behind.
import { Problem } from "../../core/kernel/problem.ts";
import type { Binaries } from "./binaries.ts";
import { openBoundedLog } from "./bounded-log.ts";
import { standpoint } from "./closed-folders.ts";
import { asUser, type OperatingUser } from "./operating-user.ts";
import { portInUse } from "./ports.ts";
import { programEnvironment, serverSettings } from "./server-settings.ts";

/** What the guard does once its input closes: stops the server, and sweeps a folder that was only for a test. */
const guardScript =
  'cat >/dev/null; kill -INT "$1" 2>/dev/null; if [ -n "$2" ]; then sleep 1; kill -QUIT "$1" 2>/dev/null; rm -rf -- "$2"; fi';

export type Launch = {
  readonly pgData: string;
  readonly logFile: string;
  readonly port: number;
  readonly user: OperatingUser | null;
  readonly binaries: Binaries;
  readonly say: (line: string) => void;
  readonly extra: Readonly<Record<string, string>>;
  /** A folder that is removed should we be killed. */
  readonly sweep?: string;
};

export type ServerProcess = {
  readonly pid: number;
  /** Settles when the server's process has ended, asked or not. */
  readonly exited: Promise<void>;
  /** Fast shutdown: open transactions are rolled back, everything is on disk. `immediate` leaves recovery to the next start. */
  stop(how?: "fast" | "immediate"): Promise<void>;
};

/** Runs the server and waits until it accepts connections, however long a recovery takes. */
export async function launch({ pgData, logFile, port, user, binaries, say, extra, sweep = "" }: Launch): Promise<ServerProcess> {
  const { cwd, dataDir } = standpoint(pgData, user, say);
  const log = openBoundedLog(logFile);
  const server = Bun.spawn([binaries.postgres, "-D", dataDir, ...serverSettings(port, extra)], {
    ...asUser(user),
    cwd,
    env: programEnvironment,
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
          env: { PATH: programEnvironment.PATH },
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

/** The same, waiting for what an earlier server has left to end. */
export async function launchOnceFree(options: Launch): Promise<ServerProcess> {
  const until = Date.now() + 20_000;
  for (;;) {
    try {
      return await launch(options);
    } catch (error) {
      if (!(error instanceof StillEnding)) throw error;
      if (Date.now() > until)
        throw new Problem("database_still_ending", "An earlier PostgreSQL still holds its memory: wait a little, then start again");
      await Bun.sleep(250);
    }
  }
}
