// `mb role http`, `mb role worker`: one process of an installation. The supervisor runs these; so may another machine.
import { roleUrl } from "../../db/migrate.ts";
import { type Core, openCore } from "../kernel/core.ts";
import type { Log } from "../kernel/log.ts";
import { Problem } from "../kernel/problem.ts";
import { derivedSecret, type SettingsWithSecret, withSecret } from "../kernel/settings.ts";
import { borrowDatabase, rolePasswords } from "../supervisor/database.ts";
import { endWithParent } from "../supervisor/end-with-parent.ts";
import { defineSubcommand, usageProblem } from "./command-line.ts";

export type RoleContext = { readonly core: Core; readonly settings: SettingsWithSecret; readonly log: Log };
/** Starts what the role does; `close` finishes what was begun and stops. The core is closed afterwards. */
export type StartRole = (context: RoleContext) => Promise<{ close(): Promise<void> }>;

/** Which module starts which role, and how many connections it keeps. */
const roles: Readonly<Record<string, { readonly connections: number; readonly load: () => Promise<{ readonly startRole: StartRole }> }>> =
  {};

export const subcommand = defineSubcommand({
  name: "role",
  summary: "Run one role of an installation in this process",
  usage: `role ${Object.keys(roles).join("|")}`,
  options: {},
  hidden: true,
  async run(ctx, { positionals: [name = "", ...more] }) {
    const role = Object.hasOwn(roles, name) ? roles[name] : undefined;
    if (!role || more.length > 0) throw usageProblem(`name one role: ${Object.keys(roles).join(", ")}`);
    const settings = withSecret(ctx.settings);
    // Of the supervisor we get the URL of role mb_app; alone we may have been given the administrator's.
    const url =
      settings.databaseUrl === null
        ? (await borrowDatabase(settings)).appUrl
        : roleUrl(settings.databaseUrl, "mb_app", rolePasswords(settings).app);
    const { startRole } = await role.load();
    const core = await openCore({
      url,
      name,
      log: ctx.log,
      secret: (label) => derivedSecret(settings, label),
      dataDir: settings.dataDir,
      maxConnections: role.connections,
      worker: name === "worker",
    }).catch((error: Error) => {
      throw new Problem("database_down", `The database does not answer (${error.message})`);
    });
    const started = await startRole({ core, settings, log: ctx.log });
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
