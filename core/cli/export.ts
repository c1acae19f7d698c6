// `mb export`: a spreadsheet straight into a file, by the same code as the web client's, with the same proof against the ledger.
import { randomBytes } from "node:crypto";
import { renameSync, rmSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { sql } from "drizzle-orm";
import * as v from "valibot";
import { inTenant } from "../../db/tenant.ts";
import { buildExport } from "../interchange/build-export.ts";
import { type ExportRequest, exportRequestSchema } from "../interchange/export-kinds.ts";
import { ExportRefused } from "../interchange/export-source.ts";
import { issuesOf } from "../kernel/command.ts";
import type { Core } from "../kernel/core.ts";
import { refuse } from "../kernel/errors.ts";
import { formatMicros } from "../kernel/money.ts";
import { Problem } from "../kernel/problem.ts";
import { defineSubcommand, usageProblem, type Values } from "./command-line.ts";
import { problemOfRefusal } from "./refusal-problem.ts";
import { withProvider } from "./with-provider.ts";

const options = {
  from: { type: "string", placeholder: "DAY", description: "First day, such as 2026-11-01, in the provider's zone" },
  to: { type: "string", placeholder: "DAY", description: "Last day, included" },
  out: { type: "string", short: "o", placeholder: "FILE", description: "Where the spreadsheet goes (.xlsx)" },
  subscriber: { type: "string", placeholder: "NUMBER", description: "usage: of this subscriber alone; number or id" },
  account: { type: "string", placeholder: "NUMBER", description: "statement: which account; number or id" },
  provider: { type: "string", placeholder: "CODE", description: "Whose figures; the operator's own when not given" },
} as const;

type Given = Values<typeof options>;

export const subcommand = defineSubcommand({
  name: "export",
  summary: "Write usage or an account's statement into a spreadsheet",
  usage: "export usage|statement --from DAY --to DAY --out FILE [--subscriber NUMBER | --account NUMBER]",
  options,
  async run(ctx, { values, positionals: [kind, ...more] }) {
    if ((kind !== "usage" && kind !== "statement") || more.length > 0) throw usageProblem("say what to export: usage or statement");
    const { out } = values;
    if (out === undefined || values.from === undefined || values.to === undefined) throw usageProblem("give --from, --to and --out");
    if (kind === "statement" && values.account === undefined) throw usageProblem("give --account: whose statement it is");
    return withProvider(ctx, values.provider, async (core, provider) => {
      const request = await requestOf(core, provider.id, kind, values);
      const built = await buildExport(core, { providerId: provider.id, groupIds: null }, request, async (done, total) => {
        if (ctx.terminal && !ctx.json) ctx.err(`${done} of ${total} rows`);
      }).catch((error: unknown) => {
        throw error instanceof ExportRefused ? new Problem("export_failed", error.message) : error;
      });
      const path = resolve(out);
      writeWhole(path, built.file);
      const totals = built.control.map((c) => ({
        currency: c.currency,
        what: c.what,
        file: formatMicros(c.fileMicros),
        ledger: formatMicros(c.ledgerMicros),
      }));
      ctx.print({ file: path, rows: built.rows, totals }, () =>
        [`${path}: ${built.rows} rows`, ...totals.map((t) => `  ${t.what}: ${t.file} ${t.currency}, as in the ledger`)].join("\n"),
      );
      return 0;
    });
  },
});

async function requestOf(
  core: Core,
  providerId: number,
  kind: "usage" | "statement",
  { from, to, subscriber, account }: Given,
): Promise<ExportRequest> {
  const raw =
    kind === "usage"
      ? {
          kind: "usage-of-period",
          from,
          to,
          ...(subscriber === undefined ? {} : { subscriberId: await idOf(core, providerId, "subscriber", subscriber) }),
        }
      : { kind: "account-statement", from, to, accountId: await idOf(core, providerId, "account", account ?? "") };
  const parsed = v.safeParse(exportRequestSchema, raw);
  if (!parsed.success) throw problemOfRefusal(refuse("invalid_input", { issues: issuesOf(parsed.issues) }));
  return parsed.output;
}

async function idOf(core: Core, providerId: number, what: "subscriber" | "account", text: string): Promise<string> {
  const found = await inTenant(
    core.db,
    [providerId],
    (tx) =>
      tx.execute<{ id: string }>(
        what === "subscriber"
          ? sql`select id from app.subscribers where provider_id = ${providerId} and (number::text = ${text} or id::text = ${text})`
          : sql`select account_id as id from app.accounts where provider_id = ${providerId} and (number = ${text} or account_id::text = ${text})`,
      ),
    "read",
  );
  if (!found[0]) throw new Problem("not_found", `There is no ${what} ${text}`);
  return found[0].id;
}

/** Beside the place and then into it: whoever looks finds the old file or the whole new one. */
function writeWhole(path: string, file: Uint8Array): void {
  const aside = `${path}.${randomBytes(4).toString("hex")}.part`;
  try {
    writeFileSync(aside, file, { flag: "wx", mode: 0o600 });
    renameSync(aside, path);
  } catch (error) {
    rmSync(aside, { force: true });
    throw new Problem("file_not_written", `${path} can't be written (${(error as NodeJS.ErrnoException).code})`);
  }
}
