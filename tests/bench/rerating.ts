// Records per second rated again after a correction of every price, from the run's start until all is posted anew and in the read models; with the
// processes of `npm start` on a durable server. Baseline, in the same run: taking the same calls in, from an agent's batches to the read models.
import type postgres from "postgres";
import { systemActor } from "../../core/kernel/actor.ts";
import { execute } from "../../core/kernel/command.ts";
import { previewRerating } from "../../core/rerating/preview-rerating.ts";
import { runRerating } from "../../core/rerating/run-rerating.ts";
import { receiveBatch } from "../../core/usage/receive-batch.ts";
import { verify } from "../../core/verify.ts";
import { startTestServer } from "../../db/embedded.ts";
import { type TestDatabase, testDatabase } from "../support/database.ts";
import { type SeededProvider, seedProvider } from "../support/provider.ts";
import { busyDay } from "./busy-day.ts";
import { until } from "./until.ts";

const RECORDS = Number(process.env.MB_BENCH_RECORDS ?? 100_000);
const SERVICES = 2_000;
const BATCH = Number(process.env.MB_BENCH_BATCH ?? 10_000);
const ROUNDS = Number(process.env.MB_BENCH_ROUNDS ?? 3);
const verbose = Boolean(process.env.MB_BENCH_VERBOSE);

const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
const perSecond = (began: number) => (RECORDS / (performance.now() - began)) * 1000;

async function takeIn(
  { core, admin }: TestDatabase,
  { providerId, agentId, services }: SeededProvider,
  first: number,
  day: string,
): Promise<number> {
  const calls = busyDay(
    day,
    RECORDS,
    services.map((s) => s.number),
    first,
  );
  const began = performance.now();
  for (let i = 0; i < calls.length; i += BATCH)
    await receiveBatch(core, { providerId, agentId }, { firstSequence: first + i, records: calls.slice(i, i + BATCH) });
  await until(admin, "rated");
  await until(admin, "read");
  return perSecond(began);
}

/** Every price of the plan becomes another one, from the day on: of each record that has a price the charge changes. */
async function correctPrices(admin: postgres.Sql, { providerId, planId }: SeededProvider, day: string, round: number): Promise<void> {
  await admin`insert into app.plan_versions
    select provider_id, plan_id, version + 1, (${day}::date - interval '1 day') at time zone 'UTC',
      replace(replace(document::text, '"0.20"', ${`"0.2${round + 1}"`}), '"0.033"', ${`"0.03${round + 4}"`})::jsonb, now()
    from app.plan_versions where provider_id = ${providerId} and plan_id = ${planId} order by version desc limit 1`;
}

async function rateAgain({ core, admin }: TestDatabase, { providerId, planId }: SeededProvider, day: string) {
  const call = { actor: systemActor([providerId]), providerId };
  const state = async (wanted: string) => {
    for (;;) {
      const [row] = await admin`select state from app.reratings order by id desc limit 1`;
      if (row!.state === wanted) return;
      if (row!.state === "failed") throw new Error("the run failed");
      await Bun.sleep(10);
    }
  };
  const began = performance.now();
  const asked = await execute(core, previewRerating, { planId, from: day, why: "The benchmark corrects every price" }, call);
  if (!asked.ok) throw new Error(JSON.stringify(asked));
  await state("previewed");
  const previewed = perSecond(began);
  const run = performance.now();
  await execute(core, runRerating, { runId: asked.value.runId }, call);
  await state("done");
  await until(admin, "read");
  return { previewed, rated: perSecond(run) };
}

const server = await startTestServer({}, { durable: true });
process.env.MB_TEST_ADMIN_URL = server.url;
const db = await testDatabase();
try {
  const provider = await seedProvider(db.admin, { services: SERVICES, zone: "UTC" });
  const worker = Bun.spawn([process.execPath, new URL("whole-path-worker.ts", import.meta.url).pathname, db.appUrl], {
    stdin: "pipe",
    stdout: "pipe",
    stderr: "inherit",
  });
  await worker.stdout.getReader().read();
  await until(db.admin, "read");

  const rounds: { ours: number; baseline: number }[] = [];
  // The first round warms both up and isn't counted. Each later day has the calls of its own round alone in the choice.
  for (let round = 0; round <= ROUNDS; round++) {
    const day = Temporal.Now.plainDateISO("UTC")
      .subtract({ days: ROUNDS + 1 - round })
      .toString();
    const baseline = await takeIn(db, provider, round * RECORDS + 1, day);
    await correctPrices(db.admin, provider, day, round);
    const { previewed, rated } = await rateAgain(db, provider, day);
    const [changed] =
      await db.admin`select sum(changed)::int as n from app.rerating_accounts where run_id = (select id from app.reratings order by id desc limit 1)`;
    if (round > 0) rounds.push({ ours: rated, baseline });
    if (verbose)
      console.error(
        `round ${round}: ${changed!.n} changed; again ${Math.round(rated)}/s, previewed ${Math.round(previewed)}/s, taken in ${Math.round(baseline)}/s`,
      );
  }
  worker.stdin.end();
  await worker.exited;
  const { findings } = await verify(db.core);
  if (findings.length > 0) throw new Error(`the books are wrong: ${JSON.stringify(findings.slice(0, 3))}`);

  console.log(
    JSON.stringify({
      name: `re-rating: ${RECORDS.toLocaleString("en")} calls whose prices all changed, ${SERVICES.toLocaleString("en")} services, run → posted anew, in the read models; against taking them in`,
      ours: Math.round(median(rounds.map((r) => r.ours))),
      baseline: Math.round(median(rounds.map((r) => r.baseline))),
      unit: "records/s",
      ratio: Number(median(rounds.map((r) => r.ours / r.baseline)).toFixed(3)),
      rounds: ROUNDS,
    }),
  );
} finally {
  await db.close();
  await server.stop();
}
