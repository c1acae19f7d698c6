// `mb rerate`: what rating usage again would change, and with --yes the doing of it; by the same commands as the web client's.
import { sql } from "drizzle-orm";
import { inTenant } from "../../db/tenant.ts";
import { systemActor } from "../kernel/actor.ts";
import { type Command, execute } from "../kernel/command.ts";
import type { Core } from "../kernel/core.ts";
import { formatMicros } from "../kernel/money.ts";
import { Problem } from "../kernel/problem.ts";
import { ask } from "../kernel/query.ts";
import { reratingsDetail } from "../read/reratings/query.ts";
import { begin, partsLeft } from "../rerating/begin.ts";
import { previewRerating } from "../rerating/preview-rerating.ts";
import { reratePart } from "../rerating/rerate-part.ts";
import { runRerating } from "../rerating/run-rerating.ts";
import { type CliContext, defineSubcommand, noArguments, usageProblem } from "./command-line.ts";
import { problemOfRefusal } from "./refusal-problem.ts";
import { withProvider } from "./with-provider.ts";

const options = {
  plan: { type: "string", placeholder: "CODE", description: "Usage that the plan priced, and of services that are on it by now" },
  destination: { type: "string", placeholder: "DIGITS", description: "Numbers that begin with these digits, such as 38067" },
  from: { type: "string", placeholder: "DAY", description: "First day, such as 2026-11-01, in the provider's zone; or an instant" },
  to: { type: "string", placeholder: "DAY", description: "Last day, included; or an instant, before which" },
  subscriber: { type: "string", placeholder: "NUMBER", description: "Of this subscriber alone; number or id" },
  why: { type: "string", placeholder: "TEXT", description: "The reason, for the audit trail" },
  yes: { type: "boolean", description: "Do it; without, the difference is only shown" },
  provider: { type: "string", placeholder: "CODE", description: "Whose usage; the operator's own when not given" },
} as const;

export const subcommand = defineSubcommand({
  name: "rerate",
  summary: "Rate usage again by today's plans: show the difference, and with --yes charge it",
  usage: "rerate --why TEXT [--plan CODE] [--destination DIGITS] [--from DAY] [--to DAY] [--subscriber NUMBER] [--yes]",
  options,
  async run(ctx, { values, positionals }) {
    noArguments("rerate", positionals);
    const { why, plan, destination, from, to, subscriber, yes = false } = values;
    if (why === undefined) throw usageProblem("give --why: the audit trail says why usage was rated again");
    if ([plan, destination, from, to, subscriber].every((one) => one === undefined))
      throw usageProblem("choose by at least one of --plan, --destination, --from, --to and --subscriber");
    return withProvider(ctx, values.provider, async (core, provider) => {
      const selection = {
        ...(plan === undefined ? {} : { planId: await idOf(core, provider.id, "plan", plan) }),
        ...(destination === undefined ? {} : { destination }),
        ...(from === undefined ? {} : { from }),
        ...(to === undefined ? {} : { to }),
        ...(subscriber === undefined ? {} : { subscriberId: await idOf(core, provider.id, "subscriber", subscriber) }),
      };
      const { runId } = await told(core, provider.id, previewRerating, { ...selection, why });
      await work(ctx, core, { providerId: provider.id, runId }, false);
      if (yes) {
        await told(core, provider.id, runRerating, { runId });
        await work(ctx, core, { providerId: provider.id, runId }, true);
      }
      return report(ctx, core, provider.id, runId);
    });
  },
});

async function told<T>(core: Core, providerId: number, command: Command<never, T> | Command, input: unknown): Promise<T> {
  const outcome = await execute(core, command as Command, input, { actor: systemActor([providerId], "command line"), providerId });
  if (!outcome.ok) throw problemOfRefusal(outcome);
  return outcome.value as T;
}

/** Does it here, whether or not a worker runs: what a worker has done already is left alone. */
async function work(ctx: CliContext, core: Core, run: { providerId: number; runId: string }, apply: boolean): Promise<void> {
  await begin(core, run);
  const parts = await inTenant(core.db, [run.providerId], (tx) => partsLeft(tx, run, apply));
  for (const [i, part] of parts.entries()) {
    await reratePart(core, { ...run, part, apply });
    if (ctx.terminal && !ctx.json) ctx.err(`${apply ? "rated again" : "worked out"}: ${i + 1} of ${parts.length} parts`);
  }
}

async function report(ctx: CliContext, core: Core, providerId: number, runId: string): Promise<number> {
  const found = await ask(core, reratingsDetail, { runId, limit: 1 }, { actor: systemActor([providerId], "command line") });
  if (!found.ok) throw problemOfRefusal(found);
  const { run, totals } = found.value;
  if (run.state === "failed") throw new Problem("rerating_failed", run.problem ?? "The run failed");
  const shown = totals.map((t) => ({
    currency: t.currency,
    accounts: t.changedAccounts,
    records: t.records,
    changed: t.changed,
    inClosedMonths: t.adjusted,
    withoutPrice: t.vanished,
    before: formatMicros(t.oldMicros + t.oldTaxMicros),
    after: formatMicros(t.newMicros + t.newTaxMicros),
    difference: formatMicros(t.differenceMicros),
    follows: formatMicros(t.followsMicros),
  }));
  ctx.print({ runId, state: run.state, totals: shown }, () =>
    [
      run.state === "done" ? "Rated again:" : "It would change:",
      ...(shown.length === 0 ? ["  no usage is chosen by this"] : []),
      ...shown.map(
        (t) =>
          `  ${t.changed} of ${t.records} records in ${t.accounts} accounts: ${t.before} → ${t.after} ${t.currency} (${t.difference})${t.follows === formatMicros(0n) ? "" : `; minimum and discounts that follow: ${t.follows}`}${t.withoutPrice > 0 ? `; ${t.withoutPrice} have no price any more and keep their charge` : ""}`,
      ),
      ...(run.state === "done" ? [] : ["Nothing is changed. Give --yes to do it."]),
    ].join("\n"),
  );
  return 0;
}

async function idOf(core: Core, providerId: number, what: "plan" | "subscriber", text: string): Promise<string> {
  const [found] = await inTenant(
    core.db,
    [providerId],
    (tx) =>
      tx.execute<{ id: string }>(
        what === "plan"
          ? sql`select id from app.plans where provider_id = ${providerId} and (code = ${text} or id::text = ${text})`
          : sql`select id from app.subscribers where provider_id = ${providerId} and (number::text = ${text} or id::text = ${text})`,
      ),
    "read",
  );
  if (!found) throw new Problem("not_found", `There is no ${what} ${text}`);
  return found.id;
}
