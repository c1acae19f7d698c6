// The database of an installation: the embedded server, which we start, watch and stop, or the one that DATABASE_URL names.
import { adminUrl, runningPort, startEmbedded } from "../../db/embedded.ts";
import { roleUrl } from "../../db/migrate.ts";
import { acceptsSessions, reachDatabase } from "../../db/reach.ts";
import type { Log } from "../kernel/log.ts";
import { Problem } from "../kernel/problem.ts";
import { derivedSecret, type SettingsWithSecret } from "../kernel/settings.ts";
import { createBackoff } from "./backoff.ts";
import { tryLockDataDir } from "./data-dir-lock.ts";

export type RunningDatabase = {
  /** Signs in as the database's administrator. */
  readonly adminUrl: string;
  /** For a person: what it is and where. */
  readonly what: string;
  /** Of the embedded server's first process; null when the database isn't ours. */
  pid(): number | null;
  stop(how?: "fast" | "immediate"): Promise<void>;
};

const adminPassword = (settings: SettingsWithSecret) => derivedSecret(settings, "database administrator");

/** Passwords of the roles that processes sign in with; the same on every machine with the same secret. */
export function rolePasswords(settings: SettingsWithSecret): { app: string; portal: string } {
  return { app: derivedSecret(settings, "database role mb_app"), portal: derivedSecret(settings, "database role mb_portal") };
}

/** Starts the embedded server and starts it again whenever it ends; or looks whether the other one answers. The caller holds the lock. */
export async function keepDatabase(settings: SettingsWithSecret, log: Log): Promise<RunningDatabase> {
  if (settings.databaseUrl !== null) {
    const what = await reachDatabase(settings.databaseUrl);
    return { adminUrl: settings.databaseUrl, what, pid: () => null, stop: async () => {} };
  }
  const options = { dataDir: settings.dataDir, adminPassword: adminPassword(settings), say: (line: string) => log.info(line) };
  let server = await startEmbedded({ ...options, port: settings.pgPort });
  const { port, major } = server;
  let stopping = false;
  const backoff = createBackoff();

  const watch = async () => {
    let began = performance.now();
    for (;;) {
      await server.exited;
      if (stopping) return;
      for (;;) {
        const delayMs = backoff.nextDelayMs(performance.now() - began);
        log.warn(`The database has ended: started again in ${delayMs / 1000} s`);
        await Bun.sleep(delayMs);
        if (stopping) return;
        began = performance.now();
        try {
          server = await startEmbedded({ ...options, port });
          log.info("The database is back");
          break;
        } catch (error) {
          log.error(`The database did not come back: ${error instanceof Error ? error.message : String(error)}`);
        }
      }
      if (stopping) return server.stop();
    }
  };
  const watching = watch();
  return {
    adminUrl: server.adminUrl,
    what: `embedded PostgreSQL ${major} on port ${port}, kept in ${settings.dataDir}`,
    pid: () => server.pid,
    async stop(how) {
      stopping = true;
      await server.stop(how);
      await watching;
    },
  };
}

/** How long a command waits for a database that another process is just starting, or that recovers. */
const startsWithinMs = 30_000;

/**
 * The database for a command that isn't `start`: the one that runs, else the embedded one started for as long as the command takes.
 * @throws Problem when it cannot be reached
 */
export async function borrowDatabase(
  settings: SettingsWithSecret,
): Promise<{ adminUrl: string; appUrl: string; release(): Promise<void> }> {
  const urls = (admin: string) => ({ adminUrl: admin, appUrl: roleUrl(admin, "mb_app", rolePasswords(settings).app) });
  if (settings.databaseUrl !== null) {
    await reachDatabase(settings.databaseUrl);
    return { ...urls(settings.databaseUrl), release: async () => {} };
  }
  for (const until = Date.now() + startsWithinMs; Date.now() < until; await Bun.sleep(100)) {
    const lock = tryLockDataDir(settings.dataDir);
    if (lock) {
      try {
        const server = await startEmbedded({ dataDir: settings.dataDir, port: settings.pgPort, adminPassword: adminPassword(settings) });
        const release = async () => {
          await server.stop();
          lock.release();
        };
        return { ...urls(server.adminUrl), release };
      } catch (error) {
        lock.release();
        throw error;
      }
    }
    const port = runningPort(settings.dataDir);
    // Else the other one is just starting or stopping, or its database recovers from the loss of a session.
    if (port === null) continue;
    const admin = adminUrl(port, adminPassword(settings));
    if (await acceptsSessions(admin)) return { ...urls(admin), release: async () => {} };
  }
  throw new Problem(
    "database_not_ready",
    `Another process holds ${settings.dataDir} and its database does not run: see what \`npm start\` says`,
  );
}
