// A run from the command to its end, done here as workers would.

import type { Actor } from "../../core/kernel/actor.ts";
import { systemActor } from "../../core/kernel/actor.ts";
import { execute } from "../../core/kernel/command.ts";
import type { Core } from "../../core/kernel/core.ts";
import { begin, partsLeft } from "../../core/rerating/begin.ts";
import { previewRerating } from "../../core/rerating/preview-rerating.ts";
import { reratePart } from "../../core/rerating/rerate-part.ts";
import { runRerating } from "../../core/rerating/run-rerating.ts";
import type { Selection } from "../../core/rerating/selection.ts";
import { inTenant } from "../../db/tenant.ts";
import type { TestDatabase } from "../support/database.ts";

export type RunOf = { readonly providerId: number; readonly runId: string };

export type AccountRow = {
  account_id: string;
  records: number;
  changed: number;
  adjusted: number;
  vanished: number;
  was: string;
  is: string;
  difference: string;
  follows: string;
};

/** Does what a worker would: counts, then part by part. */
export async function work(core: Core, run: RunOf, apply: boolean): Promise<void> {
  await begin(core, run);
  for (const part of await inTenant(core.db, [run.providerId], (tx) => partsLeft(tx, run, apply)))
    await reratePart(core, { ...run, part, apply });
}

export async function preview(
  db: TestDatabase,
  providerId: number,
  selection: Selection,
  actor: Actor = systemActor([providerId]),
): Promise<RunOf> {
  const asked = await execute(db.core, previewRerating, { ...selection, why: "prices were corrected" }, { actor, providerId });
  if (!asked.ok) throw new Error(JSON.stringify(asked));
  const run = { providerId, runId: asked.value.runId };
  await work(db.core, run, false);
  return run;
}

export async function apply(db: TestDatabase, run: RunOf, actor: Actor = systemActor([run.providerId])): Promise<void> {
  const begun = await execute(db.core, runRerating, { runId: run.runId }, { actor, providerId: run.providerId });
  if (!begun.ok) throw new Error(JSON.stringify(begun));
  await work(db.core, run, true);
}

export async function rerate(db: TestDatabase, providerId: number, selection: Selection): Promise<{ run: RunOf; accounts: AccountRow[] }> {
  const run = await preview(db, providerId, selection);
  const before = await accountsOf(db, run);
  await apply(db, run);
  const accounts = await accountsOf(db, run);
  if (JSON.stringify(before) !== JSON.stringify(accounts))
    throw new Error(`previewed ${JSON.stringify(before)}, done ${JSON.stringify(accounts)}`);
  const state = await stateOf(db, run);
  if (state !== "done") throw new Error(`the run is ${state}`);
  return { run, accounts };
}

export const accountsOf = (db: TestDatabase, { runId }: RunOf) =>
  db.admin<AccountRow[]>`
    select account_id, records::int, changed::int, adjusted::int, vanished::int, (old_micros + old_tax_micros)::text as was, (new_micros + new_tax_micros)::text as is,
      difference_micros::text as difference, follows_micros::text as follows from app.rerating_accounts where run_id = ${runId} order by account_id`.then(
    (rows) => [...rows],
  );

export async function stateOf(db: TestDatabase, { runId }: RunOf): Promise<string> {
  const [row] = await db.admin`select state, problem from app.reratings where id = ${runId}`;
  return row!.state;
}
