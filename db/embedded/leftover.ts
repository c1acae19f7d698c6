// A server that outlived its supervisor (kill -9, power button of a container) still holds the data folder.
// It is stopped in the ordinary way before a new one starts, so that nothing has to be recovered.
import { existsSync, readFileSync, readlinkSync, realpathSync, rmSync } from "node:fs";
import { join } from "node:path";
import { Problem } from "../../core/kernel/problem.ts";

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** Does the process live in this data folder? Null where the system doesn't tell. */
function livesIn(pid: number, pgData: string): boolean | null {
  if (process.platform !== "linux") return null;
  try {
    return readlinkSync(`/proc/${pid}/cwd`) === realpathSync(pgData);
  } catch {
    return null;
  }
}

const ended = async (pid: number, withinMs: number): Promise<boolean> => {
  for (let waited = 0; waited < withinMs; waited += 25) {
    if (!isAlive(pid)) return true;
    await Bun.sleep(25);
  }
  return !isAlive(pid);
};

/**
 * Stops the server that still runs on this folder, if any. The caller holds the folder's lock, so it is nobody's.
 * @returns its process id, or null when there was none
 * @throws Problem when it doesn't stop
 */
export async function stopLeftover(pgData: string): Promise<number | null> {
  const pidFile = join(pgData, "postmaster.pid");
  if (!existsSync(pidFile)) return null;
  const pid = Number.parseInt(readFileSync(pidFile, "utf8").split("\n")[0] ?? "", 10);
  if (!Number.isInteger(pid) || pid <= 1 || !isAlive(pid)) return null; // PostgreSQL clears a stale file itself
  const ours = livesIn(pid, pgData);
  if (ours === false) {
    // The number was given to another program since: PostgreSQL would take that one for a server and refuse.
    rmSync(pidFile);
    return null;
  }
  if (ours === null) return null;
  process.kill(pid, "SIGINT");
  if (await ended(pid, 20_000)) return pid;
  process.kill(pid, "SIGQUIT");
  if (await ended(pid, 10_000)) return pid;
  throw new Problem(
    "leftover_database",
    `A PostgreSQL from an earlier start (process ${pid}) does not stop: end it with \`kill -9 ${pid}\`, then start again`,
  );
}
