// Services on plans with fees, and a clock that tests turn.
import { addPlan } from "../../core/catalog/add-plan.ts";
import type { PlanDocumentInput } from "../../core/catalog/plan-document.ts";
import { chargeWhatIsDue } from "../../core/charges/charge-due.ts";
import { chargeDue } from "../../core/kernel/charge-due-job.ts";
import type { Core } from "../../core/kernel/core.ts";
import { activateService } from "../../core/services/activate-service.ts";
import type { SourceRecord } from "../../core/usage/normal-form.ts";
import { processBatch } from "../../core/usage/process-batch.ts";
import { receiveBatch } from "../../core/usage/receive-batch.ts";
import { handlers } from "../../jobs/handlers.ts";
import type { TestDatabase } from "../support/database.ts";
import { done } from "../support/operator.ts";
import { registerWithAccount } from "../support/sold.ts";

let count = 0;
export const vat = { mode: "exclusive" as const, rates: [{ code: "vat", name: "VAT", percent: "20" }] };

export async function planWith(core: Core, parts: Partial<PlanDocumentInput>, validFrom = "2026-01-01T00:00:00Z"): Promise<string> {
  const document = {
    schema: "mediabilling/plan@1",
    kind: "internet",
    name: "Internet",
    currency: "UAH",
    zone: "UTC",
    rounding: { decimals: 2 },
    ...parts,
  };
  return (await done(core, addPlan, { code: `fees-${++count}`, document: document as never, validFrom })).planId;
}

export async function sellOn(core: Core, planId: string, from: string) {
  const who = await registerWithAccount(core);
  const { serviceId } = await done(core, activateService, { accountId: who.accountId, planId, kind: "internet", label: "Internet", from });
  return { ...who, serviceId };
}

/** Does the jobs that wait, as a worker would, and the hourly one. */
export async function charge({ core }: TestDatabase): Promise<void> {
  const jobs = await core.boss.fetch(chargeDue.name, { batchSize: 1000 });
  const handler = handlers.find(({ job }) => job === chargeDue)!;
  await handler.run(
    core,
    jobs.map(({ data }) => data),
  );
  if (jobs.length > 0)
    await core.boss.complete(
      chargeDue.name,
      jobs.map(({ id }) => id),
    );
  await chargeWhatIsDue(core, [null]);
}

export async function chargesOf({ admin }: TestDatabase, serviceId: string): Promise<string[]> {
  const rows =
    await admin`select kind, code, period_from::text as from, period_to::text as to, amount_micros::text as amount, tax_micros::text as tax from app.charges where service_id = ${serviceId} order by id`;
  return rows.map((r) => `${r.kind} ${r.code} ${r.from}/${r.to} ${units(r.amount)}${r.tax === "0" ? "" : `+${units(r.tax)}`}`);
}

export async function balanceOf({ admin }: TestDatabase, accountId: string): Promise<string> {
  const [row] = await admin`select balance_micros::text as micros from app.balances where account_id = ${accountId}`;
  return units(row!.micros);
}

const units = (micros: string) => (BigInt(micros) % 10_000n === 0n ? (Number(BigInt(micros) / 10_000n) / 100).toFixed(2) : `${micros}µ`);

/** Delivers usage as an agent would, once in a test. */
export async function deliver({ core, admin }: TestDatabase, records: readonly SourceRecord[]): Promise<void> {
  const agent = { providerId: 1, agentId: crypto.randomUUID() };
  await admin`insert into app.agents (provider_id, id, kind, name, config, created_at) values (1, ${agent.agentId}, 'pbx', ${agent.agentId}, '{}', now())`;
  await receiveBatch(core, agent, { firstSequence: 1, records });
  await processBatch(core, { ...agent, firstSequence: 1 });
}
