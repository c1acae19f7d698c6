// `mb verify`: proves the books. Exit code 1 and a list of what is wrong when they don't hold.
import { withSecret } from "../kernel/settings.ts";
import { borrowDatabase } from "../supervisor/database.ts";
import { verify } from "../verify.ts";
import { defineSubcommand, noArguments } from "./command-line.ts";
import { withCore } from "./prepare.ts";

export const subcommand = defineSubcommand({
  name: "verify",
  summary: "Prove the books: sums, balances, charges, read models, tenants",
  usage: "verify",
  options: {},
  async run(ctx, { positionals }) {
    noArguments("verify", positionals);
    const settings = withSecret(ctx.settings);
    const database = await borrowDatabase(settings);
    try {
      const result = await withCore(settings, database.appUrl, ctx.log, (core) => verify(core, (name) => ctx.json || ctx.err(`… ${name}`)));
      ctx.print(result, () =>
        result.findings.length === 0
          ? `Clean: ${result.proofs.length} proofs hold for ${result.providers} provider${result.providers === 1 ? "" : "s"}.`
          : [
              `${result.findings.length} findings:`,
              ...result.findings.map((f) => `  ${f.proof}${f.providerId === null ? "" : `, provider ${f.providerId}`}: ${f.message}`),
            ].join("\n"),
      );
      return result.findings.length === 0 ? 0 : 1;
    } finally {
      await database.release();
    }
  },
});
