// `mb deck import FILE --plan CODE`: a price list into the plan's draft, as the web client does it, with every bad line printed.
import { copyFile, mkdir, rm, stat } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import * as v from "valibot";
import { importDeck } from "../catalog/deck/import-deck.ts";
import { offerDeck } from "../catalog/deck/offer-deck.ts";
import type { Mistake } from "../catalog/deck/read-lines.ts";
import { type DeckReading, deckReading } from "../catalog/deck/reading.ts";
import { startDraft } from "../catalog/start-draft.ts";
import { systemActor } from "../kernel/actor.ts";
import { type Command, execute } from "../kernel/command.ts";
import type { Core } from "../kernel/core.ts";
import { newId } from "../kernel/id.ts";
import { Problem } from "../kernel/problem.ts";
import { ask } from "../kernel/query.ts";
import { uploadsIn } from "../kernel/uploads.ts";
import { plansDetail, plansList } from "../read/plans/query.ts";
import { defineSubcommand, usageProblem } from "./command-line.ts";
import { problemOfRefusal } from "./refusal-problem.ts";
import { withProvider } from "./with-provider.ts";

export const subcommand = defineSubcommand({
  name: "deck",
  summary: "Import a price list into a plan's draft",
  usage: "deck import FILE --plan CODE [--mode MODE] [--reading JSON] [--provider CODE]",
  options: {
    plan: { type: "string", placeholder: "CODE", description: "The plan; a draft of its next version is begun when it has none" },
    mode: {
      type: "string",
      placeholder: "MODE",
      description: "replace: the whole deck is this list; merge: what it doesn't mention stays",
    },
    reading: {
      type: "string",
      placeholder: "JSON",
      description: 'What of the guess is to be read otherwise: {"columns": {"prefix": 0, "price": 2}, "perSec": 1}',
    },
    provider: { type: "string", placeholder: "CODE", description: "Whose plan it is; the operator's when not given" },
  },
  async run(ctx, { values, positionals: [verb, file, ...more] }) {
    if (verb !== "import" || file === undefined || more.length > 0 || values.plan === undefined)
      throw usageProblem("name the file and the plan: mb deck import FILE --plan CODE");
    const path = resolve(file);
    const found = await stat(path).catch(() => undefined);
    if (!found?.isFile()) throw new Problem("file_not_found", `There is no file ${path}`);
    const corrections = correctionsOf(values.reading, values.mode);
    return withProvider(ctx, values.provider, async (core, { id: providerId }) => {
      const asked = { actor: systemActor([providerId], "mb deck import"), providerId };
      const act = async <I extends v.GenericSchema, T>(command: Command<I, T>, input: v.InferInput<I>) => {
        const outcome = await execute(core, command, input, asked);
        if (outcome.ok) return outcome.value;
        for (const mistake of (outcome.mistakes ?? []) as readonly Mistake[])
          ctx.err(`line ${mistake.line}, ${mistake.column}: ${mistake.message}`);
        throw problemOfRefusal(outcome);
      };
      const plan = await draftOfPlan(core, asked, values.plan!);
      const { revision } = plan.revision === undefined ? await act(startDraft, { planId: plan.planId }) : { revision: plan.revision };
      const upload = `${newId()}.upload`;
      const copy = join(uploadsIn(core.dataDir), upload);
      await mkdir(uploadsIn(core.dataDir), { recursive: true, mode: 0o700 });
      await copyFile(path, copy);
      try {
        const offer = { planId: plan.planId, revision: revision!, name: basename(path), upload, sizeBytes: found.size };
        const { importId, reading } = await act(offerDeck, offer);
        const corrected = { ...reading, ...corrections, columns: corrections.columns ?? reading.columns } as DeckReading;
        const parsed = v.safeParse(deckReading, corrected);
        if (!parsed.success)
          throw usageProblem(`--reading: ${parsed.issues.map((i) => `${v.getDotPath(i) ?? ""} ${i.message}`).join("; ")}`);
        const result = await act(importDeck, { importId, reading: parsed.output });
        ctx.print(
          { ...result, reading: parsed.output },
          () => `${result.lines} lines imported; the draft's deck has ${result.rates} rates.`,
        );
        return 0;
      } finally {
        await rm(copy, { force: true });
      }
    });
  },
});

function correctionsOf(reading: string | undefined, mode: string | undefined): Partial<DeckReading> {
  try {
    const given: unknown = JSON.parse(reading ?? "{}");
    if (typeof given !== "object" || given === null || Array.isArray(given)) throw new SyntaxError("not an object");
    return { ...given, ...(mode === undefined ? {} : { mode: mode as DeckReading["mode"] }) };
  } catch {
    throw usageProblem('--reading must be a JSON object such as {"perSec": 1}');
  }
}

type Asked = { readonly actor: ReturnType<typeof systemActor>; readonly providerId: number };

async function draftOfPlan(core: Core, { actor, providerId }: Asked, code: string): Promise<{ planId: string; revision?: number }> {
  const list = await ask(core, plansList, { providerId, limit: 200 }, { actor });
  const plan = list.ok ? list.value.plans.find((one) => one.code === code) : undefined;
  if (!plan) throw new Problem("plan_unknown", `There is no plan "${code}"`);
  const detail = await ask(core, plansDetail, { planId: plan.planId }, { actor });
  const revision = detail.ok ? detail.value.draft?.revision : undefined;
  return { planId: plan.planId, ...(revision === undefined ? {} : { revision }) };
}
