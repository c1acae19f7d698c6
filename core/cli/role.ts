// `mb role http`, `mb role worker`: one process of an installation. The supervisor runs these; so may another machine.
import { roleUrl } from "../../db/migrate.ts";
import { type Core, openCore } from "../kernel/core.ts";
import { isUnavailable } from "../kernel/database-error.ts";
import { Problem } from "../kernel/problem.ts";
import { derivedSecret, type SettingsWithSecret, withSecret } from "../kernel/settings.ts";
import { borrowDatabase, rolePasswords } from "../supervisor/database.ts";
import { endWithParent } from "../supervisor/end-with-parent.ts";
import { defineSubcommand, usageProblem } from "./command-line.ts";

/** Starts what the role does; `close` finishes what was begun and stops. The core is closed afterwards. */
type StartRole = (core: Core, settings: SettingsWithSecret) => Promise<{ close(): Promise<void> }>;
type Role = { /** Most connections it keeps to the database. */ readonly connections: number; readonly load: () => Promise<StartRole> };

const roles: Readonly<Record<string, Role>> = {
  http: { connections: 10, load: async () => (await import("../http/serve.ts")).startHttp },
  demo: { connections: 1, load: async () => (await import("../demo/run-exchanges.ts")).startExchanges },
  worker: {
    connections: 10,
    async load() {
      const { startWorker } = await import("../../jobs/main.ts");
      return async (core) => {
        const worker = await startWorker(core);
        return { close: () => worker.close(5) };
      };
    },
  },
};

export const subcommand = defineSubcommand({
  name: "role",
  summary: "Run one role of an installation in this process, on this or another machine",
  usage: `role ${Object.keys(roles).join("|")}`,
  options: {},
  async run(ctx, { positionals: [name = "", ...more] }) {
    const role = Object.hasOwn(roles, name) ? roles[name] : undefined;
    if (!role || more.length > 0) throw usageProblem(`name one role: ${Object.keys(roles).join(", ")}`);
    const settings = withSecret(ctx.settings);
    // Of the supervisor we get the URL of role mb_app; alone we may have been given the administrator's.
    const url =
      settings.databaseUrl === null
        ? (await borrowDatabase(settings)).appUrl
        : roleUrl(settings.databaseUrl, "mb_app", rolePasswords(settings).app);
    const start = await role.load();
    const away = (error: Error) => new Problem("database_down", `The database does not answer (${error.message})`);
    const core = await openCore({
      url,
      name,
      log: ctx.log,
      secret: (label) => derivedSecret(settings, label),
      dataDir: settings.dataDir,
      maxConnections: role.connections,
      worker: name === "worker",
    }).catch((error: Error) => {
      throw away(error);
    });
    const started = await start(core, settings).catch((error: Error) => {
      throw isUnavailable(error) ? away(error) : error;
    });
    endWithParent({
      supervised: settings.supervised !== null,
      async onEnd(why) {
        ctx.log.debug({ why }, "Ending");
        await started.close();
        await core.close();
      },
    });
    return new Promise<never>(() => {});
  },
});
