// An installation from start to stop: lock, ports, database, migrations, roles; and all of it back in the other order.
import { connect } from "node:net";
import { portIsFree } from "../../db/embedded.ts";
import type { Log } from "../kernel/log.ts";
import { Problem } from "../kernel/problem.ts";
import { localUrl, type SettingsWithSecret } from "../kernel/settings.ts";
import { lockDataDir } from "./data-dir-lock.ts";
import { keepDatabase, type RunningDatabase } from "./database.ts";
import { whenClosed } from "./end-with-parent.ts";
import { type KeptProcess, keepRunning, type RoleSpec, stopOrder } from "./kept-process.ts";
import { type LocalAgents, watchLocalAgents } from "./local-agents.ts";
import type { LineSink } from "./log-lines.ts";
import type { LocalAgent } from "./roles.ts";

export type Started = {
  readonly database: string;
  readonly webUrl: string;
  readonly portalUrl: string;
  /** To be opened once, by whoever sets the installation up; null when it is set up. */
  readonly setupLink: string | null;
  readonly tookMs: number;
};

export type RunOptions = {
  readonly settings: SettingsWithSecret;
  readonly projectDir: string;
  readonly log: Log;
  readonly lines: LineSink;
  /** Brings the database to this version; tells the setup link when there is one. */
  readonly prepare: (adminUrl: string) => Promise<{ setupLink: string | null }>;
  readonly roles: (adminUrl: string) => readonly RoleSpec[];
  readonly localAgent: (agent: LocalAgent, adminUrl: string) => RoleSpec;
  readonly onStarted: (started: Started) => void;
  readonly graceMs?: number;
};

/** Two signals within this time are one: the terminal sends Ctrl-C to npm, to Node and to us, and they pass it on. */
const oneKeyPressMs = 700;

/** What was asked of us from outside: stop, then stop at once. */
function listenForStop(bootstrapped: boolean, log: Log) {
  let first = 0;
  let force: () => void = () => {};
  let stop: () => void = () => {};
  const asked = new Promise<void>((settle) => {
    stop = settle;
  });
  const forced = new Promise<void>((settle) => {
    force = settle;
  });
  const hear = (why: string) => {
    const now = performance.now();
    if (first === 0) {
      first = now;
      log.info(`${why}: stopping`);
      stop();
    } else if (now - first > oneKeyPressMs) {
      log.warn(`${why} again: ending everything at once`);
      force();
    }
  };
  const names = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  const handlers = names.map((name) => [name, () => hear(name === "SIGINT" ? "Ctrl-C" : name)] as const);
  for (const [name, handler] of handlers) process.on(name, handler);
  if (bootstrapped) whenClosed(3, () => hear("The program that started us has ended"));
  return {
    asked,
    forced,
    isAsked: () => first !== 0,
    deaf: () => {
      for (const [name, handler] of handlers) process.off(name, handler);
    },
  };
}

const accepts = (host: string, port: number): Promise<boolean> =>
  new Promise((settle) => {
    const socket = connect({ host, port });
    const end = (yes: boolean) => {
      socket.destroy();
      settle(yes);
    };
    socket.setTimeout(1_000, () => end(false));
    socket.once("connect", () => end(true));
    socket.once("error", () => end(false));
  });

/** Roles whose supervisor was killed let go of their ports within a moment, which the next start may come before. */
const portsCloseWithinMs = 3_000;

async function becomesFree(port: number, host: string): Promise<boolean> {
  for (const until = performance.now() + portsCloseWithinMs; !(await portIsFree(port, host)); await Bun.sleep(100)) {
    if (performance.now() > until) return false;
  }
  return true;
}

async function requirePorts(settings: SettingsWithSecret): Promise<void> {
  if (settings.httpPort === settings.portalPort) {
    throw new Problem("port_twice", `MB_HTTP_PORT and MB_PORTAL_PORT are both ${settings.httpPort}: set one of them to another port`);
  }
  for (const [port, setting] of [
    [settings.httpPort, "MB_HTTP_PORT"],
    [settings.portalPort, "MB_PORTAL_PORT"],
  ] as const) {
    if (await becomesFree(port, settings.httpHost)) continue;
    throw new Problem("port_in_use", `Port ${port} (${setting}) is in use by another program: stop it, or set ${setting} to another port`);
  }
}

async function untilDoorOpens(settings: SettingsWithSecret, isAsked: () => boolean, log: Log): Promise<void> {
  const host = new URL(localUrl(settings.httpHost, settings.httpPort)).hostname.replace(/^\[|\]$/g, "");
  const began = performance.now();
  for (let told = false; !isAsked() && !(await accepts(host, settings.httpPort)); await Bun.sleep(50)) {
    if (told || performance.now() - began < 30_000) continue;
    log.warn("The web client does not answer yet; its messages above say why");
    told = true;
  }
}

/**
 * Runs until it is told to stop. Exit code 0 after an orderly stop, 130 when the stop was forced.
 * @throws Problem when it cannot start; everything that was started is stopped first
 */
export async function runInstallation(options: RunOptions): Promise<number> {
  const { settings, log, lines, projectDir, graceMs } = options;
  const began = performance.now();
  const lock = lockDataDir(settings.dataDir);
  const ear = listenForStop(settings.bootstrap !== null, log);
  const kept: KeptProcess[] = [];
  let database: RunningDatabase | null = null;
  let agents: LocalAgents | null = null;
  const keep = (spec: RoleSpec) => keepRunning(spec, { log, lines, cwd: projectDir });

  const stopAll = async () => {
    await agents?.stop();
    for (const stage of stopOrder) await Promise.all(kept.filter((one) => one.spec.stopsWith === stage).map((one) => one.stop(graceMs)));
    await database?.stop("fast");
  };
  const endAll = async () => {
    agents?.kill();
    for (const one of kept) one.kill();
    await database?.stop("immediate");
  };

  let forced = false;
  try {
    await requirePorts(settings);
    database = await keepDatabase(settings, log);
    const { adminUrl, what } = database;
    if (!ear.isAsked()) {
      const { setupLink } = await options.prepare(adminUrl);
      if (!ear.isAsked()) {
        for (const spec of options.roles(adminUrl)) kept.push(keep(spec));
        await untilDoorOpens(settings, ear.isAsked, log);
      }
      if (!ear.isAsked()) {
        agents = watchLocalAgents(settings.dataDir, log, (agent) => keep(options.localAgent(agent, adminUrl)));
        options.onStarted({
          database: what,
          webUrl: localUrl(settings.httpHost, settings.httpPort),
          portalUrl: localUrl(settings.httpHost, settings.portalPort),
          setupLink,
          tookMs: performance.now() - began,
        });
      }
    }
    await ear.asked;
  } finally {
    await Promise.race([
      stopAll(),
      ear.forced.then(() => {
        forced = true;
        return endAll();
      }),
    ]);
    ear.deaf();
    lock.release();
  }
  return forced ? 130 : 0;
}
