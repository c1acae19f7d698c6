// A simulation from the command to its end, done here as workers would.
import { type Actor, systemActor } from "../../core/kernel/actor.ts";
import { execute } from "../../core/kernel/command.ts";
import type { Core } from "../../core/kernel/core.ts";
import { begin, partsLeft } from "../../core/simulation/begin.ts";
import type { RunId } from "../../core/simulation/runs.ts";
import { simulatePart } from "../../core/simulation/simulate-part.ts";
import { startSimulation } from "../../core/simulation/start-simulation.ts";
import { rawOf } from "../../db/client.ts";
import { inTenant } from "../../db/tenant.ts";
import type { TestDatabase } from "../support/database.ts";

export const start = (db: TestDatabase, providerId: number, input: object, actor: Actor = systemActor([providerId])) =>
  execute(db.core, startSimulation, input, { actor, providerId });

export const leftOf = (core: Core, run: RunId) => inTenant(core.db, [run.providerId], (tx) => partsLeft(rawOf(tx), run));

/** Starts it and does every part. */
export async function simulate(db: TestDatabase, providerId: number, input: object, actor?: Actor): Promise<RunId> {
  const begun = await start(db, providerId, input, actor);
  if (!begun.ok) throw new Error(JSON.stringify(begun));
  const run = { providerId, runId: begun.value.runId };
  await begin(db.core, run);
  for (const part of await leftOf(db.core, run)) await simulatePart(db.core, { ...run, part });
  return run;
}

export const runRow = async (db: TestDatabase, { runId }: RunId) =>
  (await db.admin`select state, parts, parts_done, problem from app.simulations where id = ${runId}`)[0]!;

/** Of each account: records, without a price, and what it comes to, net and tax, before and after. */
export const accountsOf = async (db: TestDatabase, { runId }: RunId) =>
  (
    await db.admin`select account_id, records::int, unpriced::int, old_micros::text as old, old_tax_micros::text as old_tax, new_micros::text as new,
        new_tax_micros::text as new_tax from app.simulation_accounts where run_id = ${runId} order by account_id`
  ).map(
    (row) => ({ ...row }) as Record<"account_id" | "old" | "old_tax" | "new" | "new_tax", string> & { records: number; unpriced: number },
  );

export const sumsOf = async (db: TestDatabase, { runId }: RunId, what: string) =>
  (
    await db.admin`select code, name, sum(records)::int as records, sum(old_micros)::text as old, sum(new_micros)::text as new
        from app.simulation_sums where run_id = ${runId} and what = ${what} group by 1, 2 order by 1`
  ).map((row) => ({ ...row }));

/** Everything that a simulation must leave as it is, as digests. */
export async function factsOf(db: TestDatabase): Promise<Record<string, string>> {
  const digests: Record<string, string> = {};
  const tables = [
    "ledger_transactions",
    "ledger_postings",
    "balances",
    "usage_records",
    "usage_counters",
    "usage_samples",
    "charges",
    "events",
  ];
  for (const table of [...tables, "charge_schedules", "usage_quarantine"]) {
    const [row] = await db.admin.unsafe(
      `select md5(coalesce(string_agg(x::text, '|' order by x::text), '')) as digest from app.${table} x`,
    );
    digests[table] = row!.digest;
  }
  return digests;
}
