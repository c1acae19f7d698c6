// The real supervisor, lock, ports and embedded database, with stand-ins for the roles: what `npm start` is, made quick.
import { join } from "node:path";
import { createLog } from "../../core/kernel/log.ts";
import { Problem } from "../../core/kernel/problem.ts";
import { readSettings, withSecret } from "../../core/kernel/settings.ts";
import { createLineSink } from "../../core/supervisor/log-lines.ts";
import { plainEnvironment, rolesOf } from "../../core/supervisor/roles.ts";
import { runInstallation } from "../../core/supervisor/run.ts";

const projectDir = join(import.meta.dirname, "..", "..");
const read = readSettings(process.env, projectDir);
if (!read.ok) throw new Error(read.problems.join("; "));
const settings = withSecret(read.settings);
const write = (line: string) => process.stdout.write(`${line}\n`);
const lines = createLineSink({ format: "json", colour: false, write });
const log = createLog({ level: "debug", role: "supervisor", write: (line) => lines("supervisor", line.trimEnd(), false) });
const env = { ...plainEnvironment({ env: process.env, settings }), MB_DATA_DIR: settings.dataDir };
const standIn = (name: string, port: number, manner = "") => [
  process.execPath,
  join(import.meta.dirname, "stand-in-role.ts"),
  name,
  String(port),
  manner,
];

try {
  const code = await runInstallation({
    settings,
    projectDir,
    log,
    lines,
    prepare: async () => ({ setupLink: null }),
    roles(adminUrl) {
      const portal = rolesOf({ settings, adminUrl, projectDir, env: process.env }).find(({ name }) => name === "portal")!;
      return [
        { name: "http", stopsWith: "doors", command: standIn("http", settings.httpPort), env },
        { name: "worker", stopsWith: "workers", command: standIn("worker", 0, process.env.MB_TEST_WORKER), env },
        { ...portal, command: portal.command.map((word) => word.replace(/edge\/main\.ts$/, "tests/supervisor/stand-in-portal.ts")) },
      ];
    },
    localAgent: (agent) => ({ name: `pbx ${agent.name}`, stopsWith: "agents", command: standIn(`pbx ${agent.name}`, 0), env }),
    onStarted: (started) => write(JSON.stringify({ role: "test", msg: "started", supervisor: process.pid, ...started })),
  });
  process.exit(code);
} catch (error) {
  if (!(error instanceof Problem)) throw error;
  console.error(error.message);
  process.exit(error.exitCode);
}
