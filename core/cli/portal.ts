// `mb portal`: what a portal on another machine has to be told. It gets its own narrow keys, never the installation's secret.
import { roleUrl } from "../../db/migrate.ts";
import { portalCommand, portalEnvironment } from "../../edge/command.ts";
import { Problem } from "../kernel/problem.ts";
import { coreUrl, derivedSecret, publicUrl, withSecret } from "../kernel/settings.ts";
import { rolePasswords } from "../supervisor/database.ts";
import { defineSubcommand, noArguments } from "./command-line.ts";

const quoted = (word: string) => (/^[\w@%+=:,./*-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`);

export const subcommand = defineSubcommand({
  name: "portal",
  summary: "Print how to start the portal on another machine; the keys in it are secret",
  usage: "portal",
  options: {},
  run(ctx, { positionals }) {
    noArguments("portal", positionals);
    const settings = withSecret(ctx.settings);
    if (settings.databaseUrl === null)
      throw new Problem(
        "database_is_local",
        "The embedded database can be reached on this machine only: set DATABASE_URL to a server that the other one reaches",
      );
    const start = {
      deno: "node_modules/.bin/deno",
      projectDir: ".",
      host: settings.httpHost,
      port: settings.portalPort,
      databaseUrl: roleUrl(settings.databaseUrl, "mb_portal", rolePasswords(settings).portal),
      coreUrl: settings.publicUrl === null ? coreUrl(settings) : publicUrl(settings),
      secret: derivedSecret(settings, "portal"),
    };
    const environment = portalEnvironment(start);
    const command = portalCommand(start);
    ctx.print({ environment, command }, () =>
      [...Object.entries(environment).map(([name, value]) => `export ${name}=${quoted(value)}`), command.map(quoted).join(" ")].join("\n"),
    );
    return 0;
  },
});
