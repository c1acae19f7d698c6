// `mb start`, which is `npm start`: everything on this machine, until Ctrl-C.

import { roleUrl } from "../../db/migrate.ts";
import packageJson from "../../package.json" with { type: "json" };
import { setupLink } from "../auth/setup-link.ts";
import type { Core } from "../kernel/core.ts";
import { createLog } from "../kernel/log.ts";
import { publicUrl, withSecret } from "../kernel/settings.ts";
import { rolePasswords } from "../supervisor/database.ts";
import { createLineSink } from "../supervisor/log-lines.ts";
import { roleOfLocalAgent, rolesOf } from "../supervisor/roles.ts";
import { runInstallation, type Started } from "../supervisor/run.ts";
import { type CliContext, defineSubcommand, type ExitCode, noArguments } from "./command-line.ts";
import { prepareDatabase, withCore } from "./prepare.ts";

function announcement({ database, webUrl, portalUrl, setupLink: link, tookMs }: Started, notes: readonly string[]): string {
  const lines = [
    "",
    `  MediaBilling ${packageJson.version}  ready in ${(tookMs / 1000).toFixed(1)} s`,
    "",
    `  Web client   ${webUrl}`,
    `  Portal       ${portalUrl}`,
    `  Database     ${database}`,
    ...(link === null ? [] : ["", "  Not set up yet. Open this link to begin; it is good once, until the next start:", `  ${link}`]),
    ...(notes.length === 0 ? [] : ["", ...notes]),
    "",
    "  Ctrl-C stops everything.",
    "",
  ];
  return lines.join("\n");
}

/** Starts everything and runs until it is told to stop. `before` has its turn with the migrated database; its lines are announced. */
export function startInstallation(ctx: CliContext, before: (core: Core) => Promise<string[]> = async () => []): Promise<ExitCode> {
  const settings = withSecret(ctx.settings);
  const format = ctx.json ? "json" : settings.logFormat;
  const lines = createLineSink({ format, colour: ctx.terminal, write: ctx.out });
  const log = createLog({ level: settings.logLevel, role: "supervisor", write: (line) => lines("supervisor", line.trimEnd(), false) });
  const installation = (adminUrl: string) => ({ settings, adminUrl, projectDir: ctx.projectDir, env: ctx.env });
  let notes: string[] = [];
  return runInstallation({
    settings,
    projectDir: ctx.projectDir,
    log,
    lines,
    async prepare(adminUrl) {
      const { applied } = await prepareDatabase(settings, adminUrl, log);
      if (applied.length > 0) log.info(`Migrated the database: ${applied.join(", ")}`);
      const appUrl = roleUrl(adminUrl, "mb_app", rolePasswords(settings).app);
      return withCore(settings, appUrl, log, async (core) => {
        notes = await before(core);
        return { setupLink: await setupLink(core, publicUrl(settings)) };
      });
    },
    roles: (adminUrl) => rolesOf(installation(adminUrl)),
    localAgent: (agent, adminUrl) => roleOfLocalAgent(agent, installation(adminUrl)),
    onStarted: (started) =>
      ctx.out(format === "json" ? JSON.stringify({ event: "started", ...started, notes }) : announcement(started, notes)),
  });
}

export const subcommand = defineSubcommand({
  name: "start",
  summary: "Start everything on this machine: database, web client, workers, portal",
  usage: "start",
  options: {},
  run(ctx, { positionals }) {
    noArguments("start", positionals);
    return startInstallation(ctx);
  },
});
