// `mb quote` in this process, on files that are written for it.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pino from "pino";
import { runCommandLine } from "../../core/cli/command-line.ts";

export type Amounts = { amount: string; tax: string };
export type QuoteAnswer = {
  usage: ({ ok: true; period?: Amounts[]; explanation: string[] } & Amounts)[] | { ok: false; code: string }[];
  periods: ({ code: string; explanation: string[] } & Amounts)[];
  bundles: { code: string; drawn: string; left: string }[];
  statements: {
    from: string;
    to: string;
    usage: ({ code: string } & Amounts)[];
    charges: ({ kind: string; code: string; from: string; to: string; explanation: string[] } & Amounts)[];
    net: string;
    tax: string;
    gross: string;
  }[];
  paper?: { lines: string; net: string; taxable: string; tax: string; payable: string };
  total: string;
  gross: string;
};

export function quoteOnFiles() {
  const folder = mkdtempSync(join(tmpdir(), "mb-quote-"));
  let files = 0;
  const file = (content: unknown): string => {
    const path = join(folder, `${++files}.json`);
    writeFileSync(path, JSON.stringify(content));
    return path;
  };

  async function mb(...argv: string[]) {
    const [out, err]: [string[], string[]] = [[], []];
    const exitCode = await runCommandLine(
      argv,
      { quote: () => import("../../core/cli/quote.ts"), schema: () => import("../../core/cli/schema.ts") },
      {
        projectDir: folder,
        env: {},
        terminal: false,
        createLog: () => pino({ level: "silent" }),
        out: (line) => out.push(line),
        err: (line) => err.push(line),
      },
    );
    return { exitCode, out: out.join("\n"), err: err.join("\n") };
  }

  /** `plans`: a file, or "file@instant". Throws what it complains of. */
  async function quoted(plans: readonly string[], usage: unknown): Promise<QuoteAnswer> {
    const { out, err } = await mb("quote", ...plans.flatMap((plan) => ["--plan-file", plan]), "--usage", file(usage), "--json");
    if (err) throw new Error(err);
    return JSON.parse(out);
  }

  /** A plan and its later versions as `quoted` takes them. */
  const plansOf = ({ plan, later = [] }: { plan: unknown; later?: readonly { from: string; plan: unknown }[] | undefined }) => [
    file(plan),
    ...later.map((one) => `${file(one.plan)}@${one.from}`),
  ];

  return { file, mb, quoted, plansOf, remove: () => rmSync(folder, { recursive: true }) };
}
