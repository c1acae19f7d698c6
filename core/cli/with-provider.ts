// What most subcommands begin with: a database, a core, and the provider that is meant.
import type { Core } from "../kernel/core.ts";
import { Problem } from "../kernel/problem.ts";
import { withSecret } from "../kernel/settings.ts";
import { type Provider, providerByCode } from "../providers/tenants.ts";
import { borrowDatabase } from "../supervisor/database.ts";
import type { CliContext } from "./command-line.ts";
import { withCore } from "./prepare.ts";

/** @throws Problem when the database can't be reached or no provider has the code */
export async function withProvider<T>(
  ctx: CliContext,
  code: string | undefined,
  use: (core: Core, provider: Provider) => Promise<T>,
): Promise<T> {
  const settings = withSecret(ctx.settings);
  const database = await borrowDatabase(settings);
  try {
    return await withCore(settings, database.appUrl, ctx.log, async (core) => {
      const provider = await providerByCode(core.db, code);
      if (!provider)
        throw new Problem(
          "provider_unknown",
          code === undefined ? "There is no operator yet: open the set-up link first" : `There is no provider "${code}"`,
        );
      return use(core, provider);
    });
  } finally {
    await database.release();
  }
}
