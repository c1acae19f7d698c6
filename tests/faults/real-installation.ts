// What `npm start` runs, as it is: the supervisor with every role, PostgreSQL with fsync on, in a data folder of its own. And its
// processes by name, as /proc shows them (Linux), to be killed.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { freePort } from "../../db/embedded.ts";
import { projectDir, until } from "../supervisor/installation.ts";

export type Started = { readonly event: "started"; readonly setupLink: string | null; readonly webUrl: string; readonly portalUrl: string };
type Line = { event?: string; level?: string; role?: string; msg?: string };

export const victims = ["http", "worker", "portal", "agent pbx", "postmaster", "backend", "supervisor"] as const;
export type Victim = (typeof victims)[number];

export type RealInstallation = {
  readonly dataDir: string;
  /** What was printed by all starts, newest last. */
  readonly said: readonly Line[];
  start(): Promise<Started>;
  /** Ctrl-C; gives the exit code. */
  stop(): Promise<number>;
  /** `mb …` beside it. */
  mb(...args: string[]): Promise<{ exitCode: number; out: string; err: string }>;
  /** How it ended without being asked or killed by us, and what it complained about; null while it runs. */
  ended(): Promise<string | null>;
  pidOf(victim: Victim, random: () => number): number | null;
};

type Process = { readonly pid: number; readonly parent: number; readonly command: string };

function processes(): Process[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const [state, parent] = readFileSync(`/proc/${name}/stat`, "utf8")
          .replace(/^.*\) /s, "")
          .split(" ");
        const command = readFileSync(`/proc/${name}/cmdline`, "utf8").replaceAll("\0", " ");
        return state === "Z" ? [] : [{ pid: Number(name), parent: Number(parent), command }];
      } catch {
        return []; // it has just ended
      }
    });
}

const commandOf = {
  http: / role http /,
  worker: / role worker /,
  portal: /edge\/main\.ts/,
  "agent pbx": / agent pbx /,
} as const;

const numberIn = (path: string): number => {
  try {
    return Number.parseInt(readFileSync(path, "utf8"), 10) || 0;
  } catch {
    return 0;
  }
};

export async function realInstallation(dataDir: string): Promise<RealInstallation> {
  const env = {
    PATH: process.env.PATH ?? "",
    HOME: process.env.HOME ?? "",
    MB_DATA_DIR: dataDir,
    MB_HTTP_PORT: String(await freePort()),
    MB_PORTAL_PORT: String(await freePort()),
  };
  const command = (...args: string[]) => ["node", join(projectDir, "core", "start.mjs"), ...args];
  const said: Line[] = [];
  let child: Bun.Subprocess<"ignore", "pipe", "pipe"> | null = null;
  let errors: Promise<string> = Promise.resolve("");

  const listen = async (stream: ReadableStream<Uint8Array>) => {
    let rest = "";
    for await (const chunk of stream.pipeThrough(new TextDecoderStream() as unknown as TransformStream<Uint8Array, string>)) {
      const lines = (rest + chunk).split("\n");
      rest = lines.pop() ?? "";
      said.push(...lines.filter(Boolean).map((line): Line => JSON.parse(line)));
    }
  };

  return {
    dataDir,
    said,
    async start() {
      const from = said.length;
      const started = Bun.spawn(command("start", "--json"), { env, stdin: "ignore", stdout: "pipe", stderr: "pipe", detached: true });
      child = started;
      void listen(started.stdout);
      errors = new Response(started.stderr).text();
      const announced = () => said.slice(from).find((line) => line.event === "started") as Started | undefined;
      await until(() => announced() !== undefined || started.exitCode !== null, 60_000);
      const result = announced();
      if (!result) throw new Error(`It did not start: ${await errors} ${JSON.stringify(said.slice(-5))}`);
      return result;
    },
    async stop() {
      if (!child) return 0;
      process.kill(-child.pid, "SIGINT");
      return child.exited;
    },
    async mb(...args) {
      const run = Bun.spawn(command(...args), { env, stdin: "ignore", stdout: "pipe", stderr: "pipe" });
      const [exitCode, out, err] = await Promise.all([run.exited, new Response(run.stdout).text(), new Response(run.stderr).text()]);
      return { exitCode, out, err };
    },
    async ended() {
      if (!child || child.exitCode === null) return null;
      return `It ended by itself with code ${child.exitCode}: ${(await errors).trim()}`;
    },
    pidOf(victim, random) {
      const all = processes();
      const alive = (pid: number) => (all.some((one) => one.pid === pid) ? pid : null);
      const supervisor = numberIn(join(dataDir, "lock.pid"));
      if (victim === "supervisor") return alive(supervisor);
      const postmaster = numberIn(join(dataDir, "postgres", "postmaster.pid"));
      if (victim === "postmaster") return alive(postmaster);
      if (victim === "backend") {
        // Sessions only: "postgres: mb_app mediabilling 127.0.0.1(50000) COMMIT"; the server's own helpers have no address.
        const backends = all.filter(({ parent, command: title }) => parent === postmaster && title.includes("127.0.0.1("));
        return backends[Math.floor(random() * backends.length)]?.pid ?? null;
      }
      return all.find(({ parent, command: title }) => parent === supervisor && commandOf[victim].test(title))?.pid ?? null;
    },
  };
}
