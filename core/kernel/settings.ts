// Every setting of MediaBilling in one table: what it is called, what it may hold, what it means. The README's list is
// made from it, and a variable that looks like ours but isn't in it is refused: a typo in a setting is otherwise silent.
import { createHmac, randomBytes } from "node:crypto";
import { existsSync, linkSync, mkdirSync, readFileSync, unlinkSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import * as v from "valibot";
import { Problem } from "./problem.ts";

const port = v.pipe(
  v.string(),
  v.regex(/^\d{1,5}$/, "must be a port number"),
  v.transform(Number),
  v.integer(),
  v.maxValue(65535, "must be a port number, at most 65535"),
);
const url = (...protocols: string[]) =>
  v.pipe(
    v.string(),
    v.check((text) => URL.canParse(text), "must be a URL"),
    v.check((text) => !URL.canParse(text) || protocols.includes(new URL(text).protocol), `must begin with ${protocols.join("// or ")}//`),
  );
const web = url("http:", "https:");
const count = (least: number, most: number) =>
  v.pipe(
    v.string(),
    v.regex(/^\d+$/, "must be a whole number"),
    v.transform(Number),
    v.minValue(least, `must be at least ${least}`),
    v.maxValue(most, `must be at most ${most}`),
  );
const text = v.pipe(v.string(), v.trim(), v.minLength(1, "must not be blank"));
const zone = v.pipe(
  text,
  v.check((name) => {
    try {
      return Temporal.Now.zonedDateTimeISO(name).timeZoneId.length > 0;
    } catch {
      return false;
    }
  }, "must be an IANA time zone, such as Europe/Berlin"),
);

type Row = {
  readonly variable: string;
  readonly schema: v.GenericSchema<string, unknown>;
  /** As it would be written in the environment; null = not set. */
  readonly default: string | null;
  readonly description: string;
  /** Never logged, never printed. */
  readonly secret?: true;
  /** Set by one of our processes for another; not for people. */
  readonly internal?: true;
};

const table = {
  dataDir: {
    variable: "MB_DATA_DIR",
    schema: text,
    default: "./data",
    description: "Folder of everything that is kept; a relative path starts at the project's folder",
  },
  databaseUrl: {
    variable: "DATABASE_URL",
    schema: url("postgres:", "postgresql:"),
    default: null,
    secret: true,
    description: "PostgreSQL server (16 or newer) to use instead of the embedded one; its user must be allowed to create roles",
  },
  pgPort: {
    variable: "MB_PG_PORT",
    schema: port,
    default: "0",
    description: "Port of the embedded PostgreSQL; 0 = a free one, chosen once and remembered in the data folder",
  },
  httpPort: { variable: "MB_HTTP_PORT", schema: port, default: "8080", description: "Port of the web client and the API" },
  httpHost: {
    variable: "MB_HTTP_HOST",
    schema: text,
    default: "127.0.0.1",
    description: "Address that the web client and the portal listen on; 0.0.0.0 = every one",
  },
  portalPort: { variable: "MB_PORTAL_PORT", schema: port, default: "8081", description: "Port of the subscribers' portal" },
  publicUrl: {
    variable: "MB_PUBLIC_URL",
    schema: web,
    default: null,
    description: "Address of the web client as its users see it, when a proxy stands in front; https here makes cookies Secure",
  },
  logLevel: {
    variable: "MB_LOG_LEVEL",
    schema: v.picklist(["trace", "debug", "info", "warn", "error", "silent"], "must be trace, debug, info, warn, error or silent"),
    default: "info",
    description: "Least level that is logged: trace, debug, info, warn, error or silent",
  },
  logFormat: {
    variable: "MB_LOG_FORMAT",
    schema: v.picklist(["pretty", "json"], "must be pretty or json"),
    default: "pretty",
    description: "pretty = a line for people, json = an object per line",
  },
  secret: {
    variable: "MB_SECRET",
    schema: v.pipe(v.string(), v.minLength(32, "must have at least 32 characters")),
    default: null,
    secret: true,
    description: "Key that all others are derived from, at least 32 characters; made and kept in the data folder when not set",
  },
  workers: { variable: "MB_WORKERS", schema: count(1, 64), default: "1", description: "Number of worker processes" },
  coreUrl: {
    variable: "MB_CORE_URL",
    schema: web,
    default: null,
    description: "For agents and a portal on another machine: address of the core; otherwise the web client's on this machine",
  },
  agentToken: {
    variable: "MB_AGENT_TOKEN",
    schema: text,
    default: null,
    secret: true,
    description: "For an agent: its token, shown once when the agent is registered",
  },
  pbxFile: { variable: "MB_PBX_FILE", schema: text, default: null, description: "For `mb agent pbx`: the Master.csv to follow" },
  pbxZone: {
    variable: "MB_PBX_ZONE",
    schema: zone,
    default: null,
    description: "For `mb agent pbx`: IANA time zone of the exchange's clock; UTC when not set",
  },
  portalDatabaseUrl: {
    variable: "MB_PORTAL_DATABASE_URL",
    schema: url("postgres:", "postgresql:"),
    default: null,
    secret: true,
    description: "For a portal on another machine: the database, or a read replica of it, as role mb_portal",
  },
  portalSecret: {
    variable: "MB_PORTAL_SECRET",
    schema: v.pipe(v.string(), v.minLength(32, "must have at least 32 characters")),
    default: null,
    secret: true,
    description: "For a portal on another machine: the key of its sessions, derived from MB_SECRET",
  },
  bootstrap: { variable: "MB_BOOTSTRAP", schema: v.literal("1"), default: null, internal: true, description: "Started by core/start.mjs" },
  supervised: {
    variable: "MB_SUPERVISED",
    schema: v.literal("1"),
    default: null,
    internal: true,
    description: "Started by the supervisor",
  },
} as const satisfies Record<string, Row>;

type Table = typeof table;
type Value<R extends Row> = v.InferOutput<R["schema"]> | (R["default"] extends null ? null : never);

/** All settings, parsed. `dataDir` is absolute; ports are numbers; what is not set and has no default is null. */
export type Settings = { readonly [K in keyof Table]: Value<Table[K]> };
export type SettingsWithSecret = Settings & { readonly secret: string };

/** Variables beginning with MB_ that the tests and benchmarks read, not the program. */
const notOurs = /^MB_(TEST|BENCH|FAULTS|FIXTURES|BROWSER|CI)(_|$)/;

/** Steps of one letter between two names: enough to recognise a typo. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next[j] = Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1));
    }
    row = next;
  }
  return row[b.length]!;
}

/** The nearest of the names, or null when none is near enough to be meant. */
export function nearest(name: string, names: readonly string[]): string | null {
  const [best] = names.map((each) => ({ each, steps: distance(name, each) })).sort((a, b) => a.steps - b.steps);
  return best && best.steps <= Math.max(2, Math.floor(name.length / 4)) ? best.each : null;
}

export type SettingsResult =
  | { readonly ok: true; readonly settings: Settings }
  | { readonly ok: false; readonly problems: readonly string[] };

/**
 * Reads the settings out of an environment; touches nothing else. A blank variable counts as not set.
 * Every problem is one line that names the variable; the values of secrets are not repeated.
 */
export function readSettings(env: Readonly<Record<string, string | undefined>>, projectDir: string): SettingsResult {
  const problems: string[] = [];
  const settings: Record<string, unknown> = {};
  for (const [key, row] of Object.entries<Row>(table)) {
    const raw = env[row.variable] || row.default;
    if (raw === null || raw === undefined) {
      settings[key] = null;
      continue;
    }
    const parsed = v.safeParse(row.schema, raw);
    if (parsed.success) settings[key] = parsed.output;
    else problems.push(`${row.variable} ${parsed.issues[0].message}${row.secret ? "" : `, and is "${raw}"`}`);
  }
  const known = Object.values<Row>(table).map((row) => row.variable);
  for (const name of Object.keys(env)) {
    if (!name.startsWith("MB_") || known.includes(name) || notOurs.test(name) || !env[name]) continue;
    const meant = nearest(name, known);
    problems.push(`${name} is not a setting${meant ? `; is ${meant} meant?` : ": the README lists them"}`);
  }
  if (problems.length > 0) return { ok: false, problems };
  settings.dataDir = resolve(projectDir, String(settings.dataDir));
  return { ok: true, settings: settings as Settings };
}

/**
 * The settings with their secret: MB_SECRET, else the one in the data folder, which is made on first use (0600).
 * @throws Problem when the file cannot be read or holds no secret
 */
export function withSecret(settings: Settings): SettingsWithSecret {
  if (settings.secret !== null) return { ...settings, secret: settings.secret };
  const path = join(settings.dataDir, "secret");
  try {
    mkdirSync(settings.dataDir, { recursive: true, mode: 0o711 });
    if (!existsSync(path)) {
      // Written aside, then linked: whole or absent, and of two processes that come first together one wins for both.
      const aside = `${path}.${process.pid}`;
      writeFileSync(aside, `${randomBytes(32).toString("base64url")}\n`, { mode: 0o600 });
      try {
        linkSync(aside, path);
      } finally {
        unlinkSync(aside);
      }
    }
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code !== "EEXIST")
      throw new Problem("data_dir_unusable", `${path} cannot be written (${code}): check MB_DATA_DIR and its permissions`);
  }
  let secret: string;
  try {
    secret = readFileSync(path, "utf8").trim();
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    throw new Problem("secret_unreadable", `${path} cannot be read (${code}): run as the user who owns it, or set MB_SECRET`);
  }
  if (secret.length < 32) throw new Problem("secret_unusable", `${path} holds no secret: restore it from a backup, or set MB_SECRET`);
  return { ...settings, secret };
}

/** A key for one purpose: HMAC-SHA256 of the label under the secret, 43 characters of base64url. Labels never change. */
export function derivedSecret(settings: SettingsWithSecret, label: string): string {
  return createHmac("sha256", settings.secret).update(label).digest("base64url");
}

/** Where the users' browsers find the web client; no slash at the end. */
export function publicUrl(settings: Settings): string {
  return (settings.publicUrl ?? localUrl(settings.httpHost, settings.httpPort)).replace(/\/+$/, "");
}

/** Where a process finds the core; no slash at the end. */
export function coreUrl(settings: Settings): string {
  return (settings.coreUrl ?? localUrl(settings.httpHost, settings.httpPort)).replace(/\/+$/, "");
}

/** A URL that works on this machine for a server that listens on `host`. */
export function localUrl(host: string, portNumber: number): string {
  const reachable = host === "0.0.0.0" || host === "::" ? "127.0.0.1" : host;
  return `http://${reachable.includes(":") ? `[${reachable}]` : reachable}:${portNumber}`;
}

/** The README's table of settings, in Markdown, its columns as wide as Biome makes them. */
export function settingsMarkdown(): string {
  const settings = Object.values<Row>(table).filter((row) => !row.internal);
  const cells = [
    ["setting", "default", "meaning"],
    ...settings.map((row) => [`\`${row.variable}\``, row.default === null ? "" : `\`${row.default}\``, row.description]),
  ];
  const widths = [0, 1, 2].map((column) => Math.max(...cells.map((row) => row[column]!.length)));
  const line = (row: readonly string[], filler: string) => `| ${row.map((cell, i) => cell.padEnd(widths[i]!, filler)).join(" | ")} |`;
  return [line(cells[0]!, " "), line(["", "", ""], "-"), ...cells.slice(1).map((row) => line(row, " "))].join("\n");
}
