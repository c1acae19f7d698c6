// Where every process of the core begins, whichever role it has. The only file that reads the environment.
import { dirname } from "node:path";
import { runCommandLine } from "./cli/command-line.ts";
import { subcommands } from "./cli/index.ts";
import { createLog } from "./kernel/log.ts";
import { createLineSink } from "./supervisor/log-lines.ts";

// Whoever reads our output may have had enough (`mb … | head`).
process.stdout.on("error", () => process.exit(0));

const stderr = (line: string) => process.stderr.write(`${line}\n`);

/** A defect in a role is one entry in the log, its stack with it; in a command it is shown as it is. */
function fail(error: unknown): never {
  if (process.env.MB_SUPERVISED) createLog({ level: "error", role: "role" }).fatal({ err: error }, "Ended by an unexpected error");
  else console.error(error);
  process.exit(1);
}
process.on("uncaughtException", fail);
process.on("unhandledRejection", fail);

const code = await runCommandLine(process.argv.slice(2), subcommands, {
  projectDir: dirname(import.meta.dirname),
  env: process.env,
  terminal: process.stdout.isTTY === true,
  out: (line) => process.stdout.write(`${line}\n`),
  err: stderr,
  createLog(settings) {
    // A role's log is its output. That of a command is for whoever typed it: not among the results.
    if (settings.supervised !== null) return createLog({ level: settings.logLevel, role: "role" });
    const lines = createLineSink({ format: settings.logFormat, colour: process.stderr.isTTY === true, write: stderr });
    return createLog({ level: settings.logLevel, role: "mb", write: (line) => lines("mb", line.trimEnd(), true) });
  },
}).catch(fail);
// Exiting at once would cut off what a pipe has not taken yet.
await new Promise<void>((settle) => process.stdout.write("", () => settle()));
process.exit(code);
