// How long a simulation takes: `bun tests/bench/simulation.ts [records] [services]`, with MB_TEST_ADMIN_URL. Usage of a month is put into the tables by SQL.

import { systemActor } from "../../core/kernel/actor.ts";
import { execute } from "../../core/kernel/command.ts";
import { begin, partsLeft } from "../../core/simulation/begin.ts";
import { simulatePart } from "../../core/simulation/simulate-part.ts";
import { startSimulation } from "../../core/simulation/start-simulation.ts";
import { rawOf } from "../../db/client.ts";
import { inTenant } from "../../db/tenant.ts";
import { testDatabase } from "../support/database.ts";
import { seedProvider } from "../support/provider.ts";

const records = Number(process.argv[2] ?? 100_000);
const services = Number(process.argv[3] ?? 1000);
const db = await testDatabase();
const provider = await seedProvider(db.admin, { services });
const { providerId, planId, agentId } = provider;

await db.admin`
  insert into app.usage_records (provider_id, account_id, started_at, key, service_id, subscriber_id, group_id, agent_id, kind, direction, call_id, source, destination, disposition,
    duration_sec, billable_sec, billed_sec, prefix, destination_name, amount_micros, currency, reason, plan_id, plan_version, sequence, transaction_id, rated_at, answered_at)
  select ${providerId}, s.account_id, at, gen_random_uuid(), s.id, s.subscriber_id, ${provider.groupId}, ${agentId}, 'call', 'out', n::text, s.label, '380' || (670000000 + n), 'answered',
    30 + n % 300, 30 + n % 300, 60, '380', 'Ukraine', 0, 'UAH', null, ${planId}, 1, n, null, now(), at
  from (select n, '2026-09-01'::timestamptz + n * interval '25 seconds' as at from generate_series(1, ${records}::int) n) r
  join (select *, row_number() over (order by id) as i from app.services) s on s.i = 1 + n % ${services}`;
await db.admin`analyze`;

const [deck] = await db.admin`select document from app.plan_versions where plan_id = ${planId}`;
const bundled = {
  ...deck!.document,
  bundles: [{ code: "included", of: "call", metric: "seconds", quantity: "6000", validity: { kind: "period", every: "month" } }],
  fees: [{ code: "line", name: "Line", amount: "90", every: "month", charge: "advance" }],
  minimum: { amount: "100" },
};
const versions = [
  { name: "deck against deck", document: deck!.document },
  { name: "deck against bundles, fee and minimum", document: bundled },
];
for (const [i, { name, document }] of versions.entries()) {
  await db.admin`insert into app.plan_versions values (${providerId}, ${planId}, ${i + 2}, ${`2030-01-0${i + 1}`}, ${JSON.stringify(document)}::text::jsonb, now())`;
  const input = { planId, version: i + 2, from: "2026-09-01", to: "2026-09-30" };
  const began = performance.now();
  const started = await execute(db.core, startSimulation, input, { actor: systemActor([providerId]), providerId });
  if (!started.ok) throw new Error(JSON.stringify(started));
  const run = { providerId, runId: started.value.runId };
  await begin(db.core, run);
  const parts = await inTenant(db.core.db, [providerId], (tx) => partsLeft(rawOf(tx), run));
  for (const part of parts) await simulatePart(db.core, { ...run, part });
  const seconds = ((performance.now() - began) / 1000).toPrecision(3);
  const [sum] =
    await db.admin`select sum(records)::int as records, count(*)::int as accounts from app.simulation_accounts where run_id = ${run.runId}`;
  console.log(`${name}: ${sum!.records} records of ${sum!.accounts} accounts in ${seconds} s, ${parts.length} parts one after the other`);
}
await db.close();
