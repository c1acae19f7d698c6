// `mb quote`: what calls would cost on a plan, with the trace; stores nothing, and for a plan file needs no database.
import { readFile } from "node:fs/promises";
import { type DocumentIssue, type PlanDocument, parsePlanDocument } from "../catalog/plan-document.ts";
import { Problem } from "../kernel/problem.ts";
import { compilePlan } from "../rating/compile-plan.ts";
import { parseQuotedUsage, type Quote, quoteCalls, quoteToJson, quoteToText } from "../rating/quote-calls.ts";
import { type CliContext, defineSubcommand, noArguments, usageProblem } from "./command-line.ts";
import type { WantedPlan } from "./stored-plan.ts";

type QuoteRequest = {
  /** A plan document (JSON) on disk; or `plan`, the code of a stored plan. Exactly one of the two. */
  readonly planFile?: string;
  readonly plan?: string;
  readonly usageFile?: string;
};

/** Finds the version of a stored plan that is in force; `undefined` when there is none. */
type FindPlan = (code: string) => Promise<PlanDocument | undefined>;

/** The input can't be used: each line says what is wrong, where, and what to do. */
class BadInput extends Error {
  constructor(readonly lines: readonly string[]) {
    super(lines.join("\n"));
  }
}

/** @throws BadInput */
async function quote(request: QuoteRequest, findPlan: FindPlan): Promise<Quote> {
  if ((request.plan === undefined) === (request.planFile === undefined))
    throw new BadInput(["name one plan: --plan-file FILE, or --plan CODE"]);
  if (request.usageFile === undefined) throw new BadInput(["name the usage to price: --usage FILE"]);
  const usage = parseQuotedUsage(await readJson(request.usageFile, "usage"));
  if (!usage.ok) throw new BadInput(problems(request.usageFile, usage.issues));
  const plan =
    request.planFile === undefined ? await publishedPlan(request.plan as string, findPlan) : await planFromFile(request.planFile);
  return quoteCalls(compilePlan(plan), usage.calls);
}

/** `findPlan` looks stored plans up, in the database that the context names. */
export const quoteSubcommand = (findPlan: (ctx: CliContext, wanted: WantedPlan) => Promise<PlanDocument | undefined>) =>
  defineSubcommand({
    name: "quote",
    summary: "Price calls on a plan, with the trace, storing nothing; exit code 1 when a call has no price",
    usage: "quote (--plan-file FILE | --plan CODE [--provider CODE] [--at INSTANT]) --usage FILE",
    options: {
      "plan-file": { type: "string", placeholder: "FILE", description: "A plan as JSON (`mb schema plan`)" },
      plan: { type: "string", placeholder: "CODE", description: "A published plan of the database" },
      provider: { type: "string", placeholder: "CODE", description: "Whose plan it is; the operator's when not given" },
      at: {
        type: "string",
        placeholder: "INSTANT",
        description: "The version in force then, such as 2026-11-23T10:00:00Z; now when not given",
      },
      usage: {
        type: "string",
        placeholder: "FILE",
        description: "A call as JSON, or a list: {destination, seconds, startedAt?, answered?}",
      },
    },
    async run(ctx, { values, positionals }) {
      noArguments("quote", positionals);
      const { provider, at } = values;
      if (values.plan === undefined && (provider ?? at) !== undefined) throw usageProblem("--provider and --at go with --plan");
      const instant = at === undefined ? undefined : instantOf(at);
      try {
        const result = await quote({ planFile: values["plan-file"], plan: values.plan, usageFile: values.usage }, (code) =>
          findPlan(ctx, { code, provider, at: instant }),
        );
        ctx.print(quoteToJson(result), () => quoteToText(result));
        return result.refused > 0 ? 1 : 0;
      } catch (error) {
        if (!(error instanceof BadInput)) throw error;
        const [first = "", ...more] = error.lines;
        if (ctx.json || more.length === 0) throw new Problem("invalid_input", [first, ...more].join("; "), 2);
        for (const line of error.lines) ctx.err(`mb: ${line}`);
        return 2;
      }
    },
  });

// The database's code is loaded when a stored plan is asked for: a plan file needs none.
export const subcommand = quoteSubcommand(async (ctx, wanted) => (await import("./stored-plan.ts")).storedPlan(ctx, wanted));

function instantOf(text: string): Temporal.Instant {
  try {
    return Temporal.Instant.from(text);
  } catch {
    throw usageProblem(`--at must be an instant with an offset such as 2026-11-23T10:00:00Z, and is "${text}"`);
  }
}

async function planFromFile(file: string): Promise<PlanDocument> {
  const parsed = parsePlanDocument(await readJson(file, "plan"));
  if (!parsed.ok) throw new BadInput(problems(file, parsed.issues));
  return parsed.plan;
}

async function publishedPlan(code: string, findPlan: FindPlan): Promise<PlanDocument> {
  const found = await findPlan(code);
  if (!found) throw new BadInput([`there is no published plan ${JSON.stringify(code)}; check its code, or use --plan-file`]);
  return found;
}

async function readJson(file: string, what: string): Promise<unknown> {
  const text = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    throw new BadInput([`${file}: the ${what} file can't be read (${error.code}); check the path and its permissions`]);
  });
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ""));
  } catch (error) {
    throw new BadInput([`${file}: not valid JSON (${(error as Error).message}); correct the file`]);
  }
}

/** Enough mistakes to work with; a deck of 100,000 rates can have as many. */
const MOST_PROBLEMS = 20;

function problems(file: string, issues: readonly DocumentIssue[]): string[] {
  const lines = issues.slice(0, MOST_PROBLEMS).map(({ path, message }) => `${file}: ${path || "the document"} ${message}`);
  const left = issues.length - lines.length;
  return left > 0 ? [...lines, `${file}: and ${left} more`] : lines;
}
