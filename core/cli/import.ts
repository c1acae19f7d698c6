// `mb import asterisk FILE`: a file of call records, by the same road as an agent's, and what became of its rows.
import { existsSync, statSync } from "node:fs";
import { basename, resolve } from "node:path";
import { importCounts, importFromPath, rateImport } from "../agents/import-file.ts";
import { Problem } from "../kernel/problem.ts";
import { withSecret } from "../kernel/settings.ts";
import { providerByCode } from "../providers/tenants.ts";
import { advance } from "../read/advance.ts";
import { borrowDatabase } from "../supervisor/database.ts";
import { defineSubcommand, usageProblem } from "./command-line.ts";
import { withCore } from "./prepare.ts";

export const subcommand = defineSubcommand({
  name: "import",
  summary: "Import a file of call records",
  usage: "import asterisk FILE [--provider CODE] [--zone ZONE]",
  options: {
    provider: { type: "string", placeholder: "CODE", description: "Whose calls they are; the operator's when not given" },
    zone: { type: "string", placeholder: "ZONE", description: "IANA time zone of the exchange's clock, UTC when not given" },
  },
  async run(ctx, { values, positionals: [kind, file, ...more] }) {
    if (kind !== "asterisk" || file === undefined || more.length > 0)
      throw usageProblem("name the kind and the file: mb import asterisk FILE");
    const path = resolve(file);
    if (!existsSync(path) || !statSync(path).isFile()) throw new Problem("file_not_found", `There is no file ${path}`);
    const settings = withSecret(ctx.settings);
    const database = await borrowDatabase(settings);
    try {
      return await withCore(settings, database.appUrl, ctx.log, async (core) => {
        const provider = await providerByCode(core.db, values.provider);
        if (!provider)
          throw new Problem(
            "provider_unknown",
            values.provider ? `There is no provider "${values.provider}"` : "There is no operator yet: open the set-up link first",
          );
        const say = (line: string) => ctx.terminal && !ctx.json && ctx.err(line);
        const { fileId, rows, rowWaiting } = await importFromPath(
          core,
          { providerId: provider.id, path, name: basename(path), zone: values.zone ?? "UTC", by: "mb import" },
          (p) => say(`read ${p.rows} rows, ${p.bytesRead} of ${p.bytesTotal} bytes`),
        ).catch((error: unknown) => {
          if (error instanceof RangeError) throw usageProblem(`${values.zone} is not an IANA time zone, such as Europe/Berlin`);
          throw error;
        });
        await rateImport(core, provider.id, fileId);
        await advance(core);
        const counts = await importCounts(core, provider.id, fileId);
        ctx.print({ fileId, ...counts, rows, rowWaiting }, () =>
          [
            `${rows} rows: ${counts.rated} rated, ${counts.duplicates} duplicate, ${counts.quarantined} in quarantine.`,
            ...(rowWaiting ? ["The last line has no end yet and was left out: import the file again when it is complete."] : []),
          ].join("\n"),
        );
        return 0;
      });
    } finally {
      await database.release();
    }
  },
});
