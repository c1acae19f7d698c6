// One role as a child process that is started again whenever it ends, until it is told to stop.
import type { Log } from "../kernel/log.ts";
import { createBackoff } from "./backoff.ts";
import { eachLine, type LineSink } from "./log-lines.ts";

/** In this order they stop: who brings work in, then who answers people, then who works it off. */
export const stopOrder = ["agents", "doors", "workers"] as const;

export type RoleSpec = {
  /** Unique: http, worker-1, agent hq-exchange */
  readonly name: string;
  readonly command: readonly string[];
  /** The whole environment of the child: nothing is inherited. */
  readonly env: Readonly<Record<string, string>>;
  readonly stopsWith: (typeof stopOrder)[number];
};

export type KeptProcess = {
  readonly spec: RoleSpec;
  /** Of the running child, or null while it waits to be started again. */
  pid(): number | null;
  /** Asks it to end, and ends it with its whole group when it hasn't after `graceMs`. Not started again. */
  stop(graceMs?: number): Promise<void>;
  /** Ends it at once. */
  kill(): void;
};

type Child = Bun.Subprocess<"pipe", "pipe", "pipe">;

function signalGroup(child: Child, signal: NodeJS.Signals): void {
  try {
    process.kill(-child.pid, signal);
  } catch {
    // The group is gone, which is what was wanted.
  }
}

export function keepRunning(spec: RoleSpec, { log, lines, cwd }: { log: Log; lines: LineSink; cwd: string }): KeptProcess {
  const backoff = createBackoff();
  let child: Child | null = null;
  let waiting: Timer | null = null;
  let stopping = false;
  let over: Promise<unknown> = Promise.resolve();

  const start = () => {
    waiting = null;
    const began = performance.now();
    let started: Child;
    try {
      started = Bun.spawn([...spec.command], {
        cwd,
        env: { ...spec.env },
        stdin: "pipe", // closes when we are gone: the role ends with it
        stdout: "pipe",
        stderr: "pipe",
        detached: true, // a group of its own: Ctrl-C reaches only us, and we can end it with all it started
      });
    } catch (error) {
      again(`could not be started (${error instanceof Error ? error.message : String(error)})`, 0);
      return;
    }
    child = started;
    log.debug({ role: spec.name, child: started.pid }, "Started");
    const read = [
      eachLine(started.stdout, (line) => lines(spec.name, line, false)),
      eachLine(started.stderr, (line) => lines(spec.name, line, true)),
    ];
    over = started.exited.then(async () => {
      signalGroup(started, "SIGKILL"); // whatever it had started itself
      await Promise.race([Promise.allSettled(read), Bun.sleep(500)]);
      child = null;
      if (stopping) return;
      const how = started.signalCode ? `was ended by ${started.signalCode}` : `ended with code ${started.exitCode}`;
      again(how, performance.now() - began);
    });
  };

  const again = (how: string, livedMs: number) => {
    const delayMs = backoff.nextDelayMs(livedMs);
    log.warn({ role: spec.name }, `${spec.name} ${how}: started again in ${delayMs / 1000} s`);
    waiting = setTimeout(start, delayMs);
  };

  start();
  return {
    spec,
    pid: () => child?.pid ?? null,
    async stop(graceMs = 10_000) {
      stopping = true;
      if (waiting) clearTimeout(waiting);
      const running = child;
      if (!running) return;
      signalGroup(running, "SIGTERM");
      // `deno serve` hears SIGTERM but waits for what is pending; the closed input ends it as our death would.
      void Promise.resolve(running.stdin.end()).catch(() => {});
      const force = setTimeout(() => {
        log.warn(`${spec.name} did not stop within ${graceMs / 1000} s: ended`);
        signalGroup(running, "SIGKILL");
      }, graceMs);
      await over;
      clearTimeout(force);
    },
    kill() {
      stopping = true;
      if (waiting) clearTimeout(waiting);
      if (child) signalGroup(child, "SIGKILL");
    },
  };
}
