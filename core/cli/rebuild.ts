// `mb rebuild`: makes the read models anew from the facts, while everything else goes on.

import { Problem } from "../kernel/problem.ts";
import { withSecret } from "../kernel/settings.ts";
import { advance } from "../read/advance.ts";
import { rebuildAll } from "../read/rebuild.ts";
import { borrowDatabase } from "../supervisor/database.ts";
import { defineSubcommand, noArguments } from "./command-line.ts";
import { withCore } from "./prepare.ts";

export const subcommand = defineSubcommand({
  name: "rebuild",
  summary: "Make the read models anew from the facts",
  usage: "rebuild [--provider CODE]",
  options: { provider: { type: "string", placeholder: "CODE", description: "Only the rows of this provider" } },
  async run(ctx, { values, positionals }) {
    noArguments("rebuild", positionals);
    const settings = withSecret(ctx.settings);
    const database = await borrowDatabase(settings);
    try {
      const began = performance.now();
      const rebuilt = await withCore(settings, database.appUrl, ctx.log, async (core) => {
        const code = values.provider;
        const [provider] = code === undefined ? [] : await core.sql<{ id: number }[]>`select id from app.providers where code = ${code}`;
        if (code !== undefined && !provider)
          throw new Problem("not_found", `There is no provider ${JSON.stringify(code)}: see the list of providers in the web client`);
        const names: string[] = [];
        await rebuildAll(core, provider?.id, (name) => {
          names.push(name);
          if (!ctx.json) ctx.err(`… ${name}`);
        });
        await advance(core);
        return names;
      });
      const seconds = (performance.now() - began) / 1000;
      ctx.print(
        { provider: values.provider ?? null, rebuilt, seconds },
        () => `Rebuilt ${rebuilt.length} read models in ${seconds.toFixed(1)} s.`,
      );
      return 0;
    } finally {
      await database.release();
    }
  },
});
