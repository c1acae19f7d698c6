// `mb quote`: what usage would cost on a plan, with the trace; stores nothing, and for a plan file needs no database.
import { readFile } from "node:fs/promises";
import { type DocumentIssue, type PlanDocument, parsePlanDocument } from "../catalog/plan-document.ts";
import { systemClock } from "../kernel/clock.ts";
import { Problem } from "../kernel/problem.ts";
import { compilePlan } from "../rating/compile-plan.ts";
import { quoteToJson, quoteToText } from "../rating/quote-answer.ts";
import { parseQuotedUsage } from "../rating/quote-document.ts";
import { type Quote, quoteUsage } from "../rating/quote-usage.ts";
import type { PlanSegment } from "../rating/walk-increments.ts";
import { type CliContext, defineSubcommand, noArguments, usageProblem } from "./command-line.ts";
import type { FoundPlan, PlanVersion, WantedPlan } from "./stored-plan.ts";

type QuoteRequest = {
  /** Plan documents (JSON) on disk, each but one with `@INSTANT`; or `plan`, the code of a stored plan. Exactly one of the two. */
  readonly planFiles?: readonly string[] | undefined;
  readonly plan?: string | undefined;
  readonly usageFile?: string | undefined;
  /** The one version that is in force then prices everything; usage without an instant began then. */
  readonly at?: Temporal.Instant | undefined;
};

/** Finds all versions of a stored plan; `undefined` when there is none. */
type FindPlan = (code: string) => Promise<FoundPlan | undefined>;

/** The input can't be used: each line says what is wrong, where, and what to do. */
class BadInput extends Error {
  constructor(readonly lines: readonly string[]) {
    super(lines.join("\n"));
  }
}

/** @throws BadInput */
async function quote(request: QuoteRequest, findPlan: FindPlan): Promise<Quote> {
  if ((request.plan === undefined) === (request.planFiles === undefined))
    throw new BadInput(["name one plan: --plan-file FILE, or --plan CODE"]);
  if (request.usageFile === undefined) throw new BadInput(["name the usage to price: --usage FILE"]);
  const usage = parseQuotedUsage(await readJson(request.usageFile, "usage"));
  if (!usage.ok) throw new BadInput(problems(request.usageFile, usage.issues));
  const found = request.planFiles
    ? { versions: await versionsFromFiles(request.planFiles) }
    : await publishedPlan(request.plan as string, request.at, findPlan);
  if (usage.document.paper && found.versions.at(-1)?.plan.taxes?.mode === "inclusive")
    throw new BadInput([
      `${request.usageFile}: paper is worked out with taxes on top, and the plan has them in its prices; use a plan with exclusive taxes`,
    ]);
  oneCurrency([...found.versions, ...usage.document.service.changes]);
  return quoteUsage(segmentsOf(found), usage.document, (request.at ?? systemClock()).epochMilliseconds);
}

/** `findPlan` looks stored plans up, in the database that the context names. */
export const quoteSubcommand = (findPlan: (ctx: CliContext, wanted: WantedPlan) => Promise<FoundPlan | undefined>) =>
  defineSubcommand({
    name: "quote",
    summary: "Price usage on a plan, with the trace, storing nothing; exit code 1 when some has no price",
    usage: "quote (--plan-file FILE [--plan-file FILE@INSTANT ...] | --plan CODE [--provider CODE] [--at INSTANT]) --usage FILE",
    options: {
      "plan-file": {
        type: "string",
        multiple: true,
        placeholder: "FILE",
        description: "A plan as JSON (`mb schema plan`); FILE@INSTANT for a version that begins then",
      },
      plan: { type: "string", placeholder: "CODE", description: "A published plan of the database, in all its versions" },
      provider: { type: "string", placeholder: "CODE", description: "Whose plan it is; the operator's when not given" },
      at: {
        type: "string",
        placeholder: "INSTANT",
        description: "Only the version in force then, such as 2026-11-23T10:00:00Z; usage without a start began then",
      },
      usage: {
        type: "string",
        placeholder: "FILE",
        description: "A call as JSON, {destination, seconds, startedAt?, answered?}; any usage, or a list (`mb schema usage`)",
      },
    },
    async run(ctx, { values, positionals }) {
      noArguments("quote", positionals);
      const { provider, at } = values;
      if (values.plan === undefined && (provider ?? at) !== undefined) throw usageProblem("--provider and --at go with --plan");
      const request = {
        planFiles: values["plan-file"],
        plan: values.plan,
        usageFile: values.usage,
        at: at === undefined ? at : instantOf(at),
      };
      try {
        const result = await quote(request, (code) => findPlan(ctx, { code, provider }));
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
  const instant = parseInstant(text);
  if (!instant) throw usageProblem(`--at must be an instant with an offset such as 2026-11-23T10:00:00Z, and is "${text}"`);
  return instant;
}

function parseInstant(text: string): Temporal.Instant | undefined {
  try {
    return Temporal.Instant.from(text);
  } catch {
    return undefined;
  }
}

/** Oldest first. One may be in force ever since, each other from an instant of its own. */
async function versionsFromFiles(files: readonly string[]): Promise<PlanVersion[]> {
  const named = files.map((written) => {
    const at = written.lastIndexOf("@");
    const from = at > 0 ? parseInstant(written.slice(at + 1)) : undefined;
    if (!from && /@\d{4}-\d\d[^/]*$/.test(written))
      throw new BadInput([`${written}: behind the @ is no instant; write FILE@2026-11-23T10:00:00Z, of a day that there is`]);
    return { file: from ? written.slice(0, at) : written, from };
  });
  const startOf = ({ from }: { from: Temporal.Instant | undefined }) => from?.epochMilliseconds ?? Number.NEGATIVE_INFINITY;
  named.sort((a, b) => (startOf(a) < startOf(b) ? -1 : 1));
  for (const [index, one] of named.entries()) {
    const before = named[index - 1];
    if (before && startOf(before) === startOf(one))
      throw new BadInput([
        one.from
          ? `${before.file} and ${one.file} begin at the same instant, ${one.from}; give them different ones`
          : `${before.file} and ${one.file}: say from when one of them is in force, --plan-file FILE@2026-11-23T10:00:00Z`,
      ]);
  }
  const read = await Promise.all(named.map(async ({ file }) => ({ file, parsed: parsePlanDocument(await readJson(file, "plan")) })));
  const wrong = read.flatMap(({ file, parsed }) => (parsed.ok ? [] : problems(file, parsed.issues)));
  if (wrong.length > 0) throw new BadInput(wrong);
  return read.map(({ parsed }, index) => ({ plan: (parsed as { plan: PlanDocument }).plan, from: named[index]?.from }));
}

async function publishedPlan(code: string, at: Temporal.Instant | undefined, findPlan: FindPlan): Promise<FoundPlan> {
  const found = await findPlan(code);
  const versions = at ? found?.versions.filter(({ from }) => !from || Temporal.Instant.compare(from, at) <= 0).slice(-1) : found?.versions;
  if (!versions?.length) throw new BadInput([`there is no published plan ${JSON.stringify(code)}; check its code, or use --plan-file`]);
  // What is asked for is this version, whenever the usage began.
  return { ...found, versions: at ? versions.map(({ plan }) => ({ plan, from: undefined })) : versions };
}

function oneCurrency(plans: readonly { readonly plan: PlanDocument }[]): void {
  const currencies = new Set(plans.map(({ plan }) => plan.currency));
  if (currencies.size > 1) throw new BadInput([`the plans are in different currencies, ${[...currencies].join(" and ")}; use one`]);
}

const segmentsOf = ({ versions, zone }: FoundPlan): PlanSegment[] =>
  versions.map(({ plan, from }) => ({
    fromMs: from?.epochMilliseconds ?? Number.NEGATIVE_INFINITY,
    plan: compilePlan(plan, zone === undefined ? {} : { zone }),
  }));

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
