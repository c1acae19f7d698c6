// The embedded PostgreSQL: real server programs out of an npm package, run on a folder of ours and on 127.0.0.1 only.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { findBinaries } from "./embedded/binaries.ts";
import { programsFor } from "./embedded/closed-folders.ts";
import { adminUrl, initialise, pgDataOf, requireDatabase, requireVersion } from "./embedded/cluster.ts";
import { stopLeftover } from "./embedded/leftover.ts";
import { operatingUser } from "./embedded/operating-user.ts";
import { choosePort } from "./embedded/ports.ts";
import { launchOnceFree, type ServerProcess } from "./embedded/server-process.ts";

export { adminUrl, runningPort } from "./embedded/cluster.ts";
export { isAlive } from "./embedded/leftover.ts";
export { freePort, portIsFree } from "./embedded/ports.ts";
export { startTestServer } from "./embedded/test-server.ts";

export type EmbeddedServer = ServerProcess & {
  /** Signs in as the administrator of the database `mediabilling`. */
  readonly adminUrl: string;
  readonly port: number;
  readonly major: string;
};

export type EmbeddedOptions = {
  readonly dataDir: string;
  /** 0 = a free one, remembered in the data folder. */
  readonly port: number;
  readonly adminPassword: string;
  /** What happens that a person may wonder about: a first start, a leftover, a recovery. */
  readonly say?: (line: string) => void;
};

/**
 * Starts the server on `dataDir`, making it on first use. The caller holds the folder's lock.
 * @throws Problem when a port is in use, the data are of another version, the folder cannot be reached
 */
export async function startEmbedded({ dataDir, adminPassword, ...options }: EmbeddedOptions): Promise<EmbeddedServer> {
  const say = options.say ?? (() => {});
  const found = findBinaries();
  const pgData = pgDataOf(dataDir);
  const user = operatingUser(pgData);
  if (existsSync(pgData)) requireVersion(pgData, found.major);
  const binaries = programsFor(found, user, say);
  const leftover = await stopLeftover(pgData);
  if (leftover) say(`Stopped a PostgreSQL that an earlier start had left behind (process ${leftover})`);
  const port = await choosePort(dataDir, options.port);
  if (!existsSync(pgData)) {
    say(`Making a database in ${pgData}${user ? `; PostgreSQL runs as user ${user.uid}, since root may not run it` : ""}`);
    initialise(pgData, { binaries, user, password: adminPassword, durable: true });
  }
  const server = await launchOnceFree({ pgData, logFile: join(dataDir, "postgres.log"), port, user, binaries, say, extra: {} });
  try {
    await requireDatabase(port, adminPassword);
  } catch (error) {
    await server.stop();
    throw error;
  }
  return { ...server, port, major: found.major, adminUrl: adminUrl(port, adminPassword) };
}
