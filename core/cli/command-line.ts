// The frame of `mb`: one module per subcommand, options declared as data, help made from them, one line per error.
import { parseArgs } from "node:util";
import type { Log } from "../kernel/log.ts";
import { Problem } from "../kernel/problem.ts";
import { nearest, readSettings, type Settings } from "../kernel/settings.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

export type Option = {
  readonly type: "string" | "boolean";
  readonly short?: string;
  /** May be given several times: the value is a list. */
  readonly multiple?: true;
  readonly description: string;
  /** Stands for the value in the help: FILE */
  readonly placeholder?: string;
};
export type Options = Readonly<Record<string, Option>>;

type ValueOf<O extends Option> = O["type"] extends "boolean" ? boolean : O extends { multiple: true } ? readonly string[] : string;
export type Values<O extends Options> = { readonly [K in keyof O]?: ValueOf<O[K]> };

export type Args<O extends Options> = { readonly values: Values<O>; readonly positionals: readonly string[] };

export type CliContext = {
  readonly settings: Settings;
  readonly projectDir: string;
  /** For the start of other processes only: settings are in `settings`. */
  readonly env: Environment;
  /** The caller wants JSON on standard output. */
  readonly json: boolean;
  /** Standard output is a terminal. */
  readonly terminal: boolean;
  readonly log: Log;
  /** A line on standard output. */
  out(line: string): void;
  /** A line on standard error. */
  err(line: string): void;
  /** The result: `value` as JSON with --json, else the text. */
  print(value: unknown, text: () => string): void;
};

/** 0 done, 1 refused or found wrong, 2 wrong usage. */
export type ExitCode = number;

export type Subcommand<O extends Options = Options> = {
  readonly name: string;
  /** What it does, in one line of the list of subcommands. */
  readonly summary: string;
  /** What comes after `mb`: `import asterisk FILE [--zone ZONE]`. */
  readonly usage: string;
  readonly options: O;
  /** For our own processes: not in the list. */
  readonly hidden?: true;
  run(ctx: CliContext, args: Args<O>): Promise<ExitCode> | ExitCode;
};

export const defineSubcommand = <const O extends Options>(subcommand: Subcommand<O>): Subcommand => subcommand as unknown as Subcommand;

/** @throws Problem for wrong usage, shown as one line, exit code 2 */
export function usageProblem(message: string): Problem {
  return new Problem("usage", message, 2);
}

/** For a subcommand that is told everything by options. @throws Problem when something else was typed: it would be ignored otherwise */
export function noArguments(name: string, positionals: readonly string[]): void {
  if (positionals.length > 0) throw usageProblem(`${name} takes no arguments, and was given "${positionals[0]}": \`mb ${name} --help\``);
}

export type Subcommands = Readonly<Record<string, () => Promise<{ readonly subcommand: Subcommand }>>>;

const everywhere = {
  json: { type: "boolean", description: "Print the result, or the error, as JSON" },
  help: { type: "boolean", short: "h", description: "Show this help" },
} as const satisfies Options;

export type CliIo = {
  readonly projectDir: string;
  readonly env: Environment;
  readonly terminal: boolean;
  readonly createLog: (settings: Settings) => Log;
  out(line: string): void;
  err(line: string): void;
};

/** Runs one command line. Never throws for what a person can put right: that is a line on standard error and an exit code. */
export async function runCommandLine(argv: readonly string[], subcommands: Subcommands, io: CliIo): Promise<ExitCode> {
  const json = argv.includes("--json");
  try {
    return await dispatch(argv, subcommands, io, json);
  } catch (error) {
    const problem = asProblem(error);
    if (!problem) throw error;
    io.err(json ? JSON.stringify({ type: "about:blank", title: problem.message, code: problem.code }) : `mb: ${problem.message}`);
    return problem.exitCode;
  }
}

function asProblem(error: unknown): Problem | null {
  if (error instanceof Problem) return error;
  const code = (error as { code?: unknown }).code;
  // Of parseArgs; its messages end with advice on `--` that few can use.
  if (typeof code !== "string" || !code.startsWith("ERR_PARSE_ARGS")) return null;
  return usageProblem((error as Error).message.split(". To specify")[0] ?? "wrong options");
}

async function dispatch(argv: readonly string[], subcommands: Subcommands, io: CliIo, json: boolean): Promise<ExitCode> {
  const [name, ...rest] = argv.filter((arg, i) => !(i === 0 && arg === "--json"));
  if (name === undefined || name === "help" || name === "--help" || name === "-h") {
    const about = rest.find((arg) => !arg.startsWith("-"));
    if (about !== undefined) return dispatch([about, "--help"], subcommands, io, json);
    io.out(await overview(subcommands));
    return name === undefined ? 2 : 0;
  }
  const load = Object.hasOwn(subcommands, name) ? subcommands[name] : undefined;
  if (!load) {
    const meant = nearest(name, Object.keys(subcommands));
    throw usageProblem(`there is no "${name}"${meant ? `; is "${meant}" meant?` : ": `mb help` lists what there is"}`);
  }
  const { subcommand } = await load();
  const options: Options = { ...subcommand.options, ...everywhere };
  const { values, positionals } = parseArgs({ args: rest, options: parseOptions(options), allowPositionals: true, strict: true });
  if (values.help) {
    io.out(helpOf(subcommand));
    return 0;
  }
  const read = readSettings(io.env, io.projectDir);
  if (!read.ok) throw new Problem("settings", read.problems.join("; "));
  const { settings } = read;
  return subcommand.run(
    {
      settings,
      projectDir: io.projectDir,
      env: io.env,
      json,
      terminal: io.terminal,
      log: io.createLog(settings),
      out: io.out,
      err: io.err,
      print: (value, text) => io.out(json ? JSON.stringify(value) : text()),
    },
    { values: values as Values<Options>, positionals },
  );
}

const parseOptions = (options: Options) =>
  Object.fromEntries(
    Object.entries(options).map(([name, { type, short, multiple }]) => [
      name,
      { type, ...(short ? { short } : {}), ...(multiple ? { multiple } : {}) },
    ]),
  );

async function overview(subcommands: Subcommands): Promise<string> {
  const all = (await Promise.all(Object.values(subcommands).map((load) => load()))).map(({ subcommand }) => subcommand);
  const lines = all.filter(({ hidden }) => !hidden).map(({ name, summary }) => `  ${name.padEnd(10)} ${summary}`);
  return [
    "mb: the command line of MediaBilling",
    "",
    ...lines,
    "",
    "`mb <subcommand> --help` says more. With --json, results and errors are JSON.",
    "Exit codes: 0 done, 1 refused or found wrong, 2 wrong usage. Settings are environment variables; the README lists them.",
  ].join("\n");
}

function helpOf(subcommand: Subcommand): string {
  const options = Object.entries({ ...subcommand.options, ...everywhere } as Options).map(([name, option]) => {
    const flag = `${option.short ? `-${option.short}, ` : "    "}--${name}${option.type === "string" ? ` ${option.placeholder ?? "VALUE"}` : ""}`;
    return `  ${flag.padEnd(28)} ${option.description}`;
  });
  return [`mb ${subcommand.usage}`, "", subcommand.summary, "", ...options].join("\n");
}
