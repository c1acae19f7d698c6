// `mb migrate`: brings the database to this version without starting anything else. `mb start` does it too.
import { withSecret } from "../kernel/settings.ts";
import { borrowDatabase } from "../supervisor/database.ts";
import { defineSubcommand, noArguments } from "./command-line.ts";
import { prepareDatabase } from "./prepare.ts";

export const subcommand = defineSubcommand({
  name: "migrate",
  summary: "Bring the database to this version",
  usage: "migrate",
  options: {},
  async run(ctx, { positionals }) {
    noArguments("migrate", positionals);
    const settings = withSecret(ctx.settings);
    const database = await borrowDatabase(settings);
    try {
      const { applied } = await prepareDatabase(settings, database.adminUrl, ctx.log);
      ctx.print({ applied }, () => (applied.length === 0 ? "The database is up to date." : `Run: ${applied.join(", ")}`));
      return 0;
    } finally {
      await database.release();
    }
  },
});
