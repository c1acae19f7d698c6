// Starts installations for the tests of this folder, reads what they say, and leaves none behind.
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort, isAlive } from "../../db/embedded.ts";

export const projectDir = join(import.meta.dirname, "..", "..");

export type Said = { role: string; msg: string; process?: number; supervisor?: number; database?: string; tookMs?: number };

export type Installation = {
  readonly dataDir: string;
  readonly httpPort: number;
  readonly portalPort: number;
  /** Of core/start.mjs, the leader of the process group that a terminal's Ctrl-C goes to. */
  readonly pid: number;
  readonly said: readonly Said[];
  /** Waits for the nth line that fits. */
  hear(fits: (said: Said) => boolean, nth?: number): Promise<Said>;
  ctrlC(): void;
  readonly exited: Promise<number>;
  errors(): Promise<string>;
};

const dirs: string[] = [];

export function temporaryDataDir(): string {
  const dir = mkdtempSync(join(tmpdir(), "mediabilling-start-"));
  dirs.push(dir);
  // Open to pass through, as `/srv` would be; what a closed one needs has its own test.
  Bun.spawnSync(["chmod", "711", dir]);
  return join(dir, "data");
}

/** A copy of a data folder whose installation has stopped, owners included. */
export function copyOf(dataDir: string): string {
  const copy = temporaryDataDir();
  if (Bun.spawnSync(["cp", "-a", dataDir, copy]).success) return copy;
  cpSync(dataDir, copy, { recursive: true });
  return copy;
}

/** Ends what a failed test may have left, and removes its folders; all but the one that is still needed. */
export async function sweep(keep?: string): Promise<void> {
  for (const dir of dirs.filter((each) => !keep?.startsWith(each))) {
    for (const pid of processesOf(dir)) {
      try {
        process.kill(pid, "SIGKILL");
      } catch {
        // It ended in the meantime.
      }
    }
    await until(() => processesOf(dir).length === 0).catch(() => {});
    rmSync(dir, { recursive: true, force: true });
    dirs.splice(dirs.indexOf(dir), 1);
  }
}

/** All processes of this machine that have the text in their command line or environment (Linux). */
export function processesOf(text: string): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((pid) => ["cmdline", "environ"].some((file) => readQuietly(`/proc/${pid}/${file}`).includes(text)))
    .map(Number);
}

function readQuietly(path: string): string {
  try {
    return existsSync(path) ? readFileSync(path, "utf8") : "";
  } catch {
    return "";
  }
}

export async function until(true_: () => boolean, withinMs = 10_000): Promise<void> {
  const end = Date.now() + withinMs;
  while (!true_()) {
    if (Date.now() > end) throw new Error(`not within ${withinMs} ms: ${true_}`);
    await Bun.sleep(20);
  }
}

export const gone = (pid: number): boolean => !isAlive(pid);

export async function begin(dataDir: string, settings: Record<string, string> = {}): Promise<Installation> {
  const httpPort = Number(settings.MB_HTTP_PORT ?? (await freePort()));
  const portalPort = await freePort();
  const child = Bun.spawn(["node", join(projectDir, "core", "start.mjs"), "--script", join(import.meta.dirname, "stand-in-start.ts")], {
    cwd: projectDir,
    detached: true,
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
    env: {
      PATH: process.env.PATH ?? "",
      HOME: process.env.HOME ?? "",
      MB_DATA_DIR: dataDir,
      MB_HTTP_PORT: String(httpPort),
      MB_PORTAL_PORT: String(portalPort),
      ...settings,
    },
  });
  const said: Said[] = [];
  void (async () => {
    let rest = "";
    for await (const chunk of child.stdout.pipeThrough(new TextDecoderStream() as unknown as TransformStream<Uint8Array, string>)) {
      const lines = (rest + chunk).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) said.push(JSON.parse(line));
    }
  })();
  const errors = new Response(child.stderr).text();
  return {
    dataDir,
    httpPort,
    portalPort,
    pid: child.pid,
    said,
    async hear(fits, nth = 1) {
      const end = Date.now() + 20_000;
      for (;;) {
        const found = said.filter(fits)[nth - 1];
        if (found) return found;
        if (Date.now() > end || child.exitCode !== null) {
          const why = child.exitCode === null ? "" : `it ended with ${child.exitCode}: ${await errors}`;
          throw new Error(`never said (${fits}); ${why} it said ${JSON.stringify(said.slice(-15))}`);
        }
        await Bun.sleep(20);
      }
    },
    ctrlC: () => process.kill(-child.pid, "SIGINT"),
    exited: child.exited,
    errors: () => errors,
  };
}

export const hasStarted = (said: Said): boolean => said.role === "test" && said.msg === "started";
export const isUp = (role: string) => (said: Said) => said.role === role && said.msg === "up";
