// Which processes make up an installation, as data: what is run, with which environment, in which order they stop.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { roleUrl } from "../../db/migrate.ts";
import { type PortalStart, portalCommand, portalEnvironment } from "../../edge/command.ts";
import { Problem } from "../kernel/problem.ts";
import { coreUrl, derivedSecret, type SettingsWithSecret } from "../kernel/settings.ts";
import { rolePasswords } from "./database.ts";
import type { RoleSpec } from "./kept-process.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

export type Installation = {
  readonly settings: SettingsWithSecret;
  readonly adminUrl: string;
  readonly projectDir: string;
  /** Our own environment, of which children get what a program needs to run at all. */
  readonly env: Environment;
};

const passedOn =
  /^(PATH|HOME|USER|LANG|LC_\w+|TZ|TMPDIR|TEMP|TMP|SystemRoot|NODE_EXTRA_CA_CERTS|SSL_CERT_(FILE|DIR)|HTTPS?_PROXY|NO_PROXY)$/i;

const pick = (env: Environment, wanted: (name: string) => boolean): Record<string, string> =>
  Object.fromEntries(Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined && wanted(entry[0])));

/** What every child gets: how to run, how to log, and that we hold its standard input. */
export function plainEnvironment({ env, settings }: Pick<Installation, "env" | "settings">): Record<string, string> {
  return { ...pick(env, (name) => passedOn.test(name)), MB_LOG_LEVEL: settings.logLevel, MB_LOG_FORMAT: "json", MB_SUPERVISED: "1" };
}

/** For the roles of the core: all settings, and the database as role mb_app, never as its administrator. */
function coreEnvironment(installation: Installation): Record<string, string> {
  const { settings, adminUrl, env } = installation;
  return {
    ...pick(env, (name) => name.startsWith("MB_") && name !== "MB_BOOTSTRAP"),
    ...plainEnvironment(installation),
    MB_DATA_DIR: settings.dataDir,
    DATABASE_URL: roleUrl(adminUrl, "mb_app", rolePasswords(settings).app),
  };
}

/** `mb …` in a child, without a wrapper process in between. */
export const ourselves = (projectDir: string, ...args: string[]): string[] => [
  process.execPath,
  "--no-install",
  join(projectDir, "core", "main.ts"),
  ...args,
];

/** The Deno binary itself; the package's own `deno` may be a Node script that wraps it. */
function denoBinary(projectDir: string): string {
  const name = process.platform === "win32" ? "deno.exe" : "deno";
  const libc = process.platform === "linux" ? "-glibc" : "";
  const candidates = [`deno/${name}`, `@deno/${process.platform}-${process.arch}${libc}/${name}`].map((path) =>
    join(projectDir, "node_modules", path),
  );
  const found = candidates.find((path) => existsSync(path));
  if (!found)
    throw new Problem("no_deno", "The Deno runtime is not in node_modules: run `npm ci` (without --omit=optional), then start again");
  return found;
}

function portal(installation: Installation): RoleSpec {
  const { settings, adminUrl, projectDir } = installation;
  const start: PortalStart = {
    deno: denoBinary(projectDir),
    projectDir,
    host: settings.httpHost,
    port: settings.portalPort,
    databaseUrl: roleUrl(adminUrl, "mb_portal", rolePasswords(settings).portal),
    coreUrl: coreUrl(settings),
    secret: derivedSecret(settings, "portal"), // what core/auth signs portal tokens with
  };
  return {
    name: "portal",
    stopsWith: "doors",
    command: portalCommand(start),
    env: {
      ...plainEnvironment(installation),
      NO_COLOR: "1",
      DENO_DIR: join(settings.dataDir, "deno"),
      DENO_NO_UPDATE_CHECK: "1",
      ...portalEnvironment(start),
    },
  };
}

/** The roles that `npm start` runs. */
export function rolesOf(installation: Installation): RoleSpec[] {
  const { settings, projectDir } = installation;
  const env = coreEnvironment(installation);
  const workers = Array.from({ length: settings.workers }, (_, i): RoleSpec => {
    const name = settings.workers === 1 ? "worker" : `worker-${i + 1}`;
    return { name, stopsWith: "workers", command: ourselves(projectDir, "role", "worker"), env };
  });
  return [{ name: "http", stopsWith: "doors", command: ourselves(projectDir, "role", "http"), env }, ...workers, portal(installation)];
}

/** A process that the web client asked for by a file in `local-agents`. */
export type LocalAgent =
  | { readonly name: string; readonly kind: "pbx"; readonly file: string; readonly zone: string; readonly token: string }
  | { readonly name: string; readonly kind: "demo" };

export function roleOfLocalAgent(agent: LocalAgent, installation: Installation): RoleSpec {
  const { settings, projectDir } = installation;
  if (agent.kind === "demo") {
    return {
      name: `demo ${agent.name}`,
      stopsWith: "agents",
      command: ourselves(projectDir, "role", "demo"),
      env: coreEnvironment(installation),
    };
  }
  return {
    name: `pbx ${agent.name}`,
    stopsWith: "agents",
    command: ourselves(projectDir, "agent", "pbx"),
    // An agent knows its token and where the core is, nothing else: as if it ran on another machine.
    env: {
      ...plainEnvironment(installation),
      MB_DATA_DIR: join(settings.dataDir, "agents", agent.name),
      MB_CORE_URL: coreUrl(settings),
      MB_AGENT_TOKEN: agent.token,
      MB_PBX_FILE: agent.file,
      MB_PBX_ZONE: agent.zone,
    },
  };
}
