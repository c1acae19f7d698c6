// A server for tests: made in a moment, not durable unless asked to be, gone with whoever started it.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Problem } from "../../core/kernel/problem.ts";
import { findBinaries } from "./binaries.ts";
import { programsFor } from "./closed-folders.ts";
import { adminUrl, initialise, pgDataOf } from "./cluster.ts";
import { operatingUser } from "./operating-user.ts";
import { freePort } from "./ports.ts";
import { launch } from "./server-process.ts";

export type TestServer = { readonly url: string; readonly port: number; readonly pid: number; stop(): Promise<void> };

/**
 * A server for tests, in a temporary folder, gone with `stop()` or with the process that started it. Fast and not durable;
 * `durable`: with the settings that a real one has, for measuring.
 * @returns the URL of its administrator, database `postgres`
 */
export async function startTestServer(extra: Readonly<Record<string, string>> = {}, { durable = false } = {}): Promise<TestServer> {
  const dir = mkdtempSync(join(tmpdir(), "mediabilling-test-"));
  const pgData = pgDataOf(dir);
  const user = operatingUser(pgData);
  const password = crypto.randomUUID();
  const silent = () => {};
  const fast: Record<string, string> = durable
    ? {}
    : { fsync: "off", synchronous_commit: "off", full_page_writes: "off", shared_buffers: "256MB", max_wal_size: "8GB" };
  try {
    const binaries = programsFor(findBinaries(), user, silent);
    initialise(pgData, { binaries, user, password, durable: false });
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
          say: silent,
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
