// Calls per second from an agent's batches until they are rated, posted and in the read models, on a durable server and with the
// processes of `npm start`. Baseline, in the same run: a plain COPY of the same usage records into one table with their unique index.
import type postgres from "postgres";
import { receiveBatch } from "../../core/usage/receive-batch.ts";
import { verify } from "../../core/verify.ts";
import { startTestServer } from "../../db/embedded.ts";
import { type TestDatabase, testDatabase } from "../support/database.ts";
import { type SeededProvider, seedProvider } from "../support/provider.ts";
import { busyDay } from "./busy-day.ts";
import { until } from "./until.ts";

const CALLS = Number(process.env.MB_BENCH_CALLS ?? 100_000);
const SERVICES = 2_000;
/** Rows of a batch, as an agent's uplink sends them. */
const BATCH = Number(process.env.MB_BENCH_BATCH ?? 10_000);
const ROUNDS = Number(process.env.MB_BENCH_ROUNDS ?? 3);

const verbose = Boolean(process.env.MB_BENCH_VERBOSE);

const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
/** The date `n` days ago: inside the partitions that every database has. */
const dayBefore = (n: number) => Temporal.Now.plainDateISO("UTC").subtract({ days: n }).toString();

/** Calls per second from the first batch handed over to the last figure on the page. */
async function ours({ core, admin }: TestDatabase, { providerId, agentId, services }: SeededProvider, first: number, day: string) {
  const calls = busyDay(
    day,
    CALLS,
    services.map((s) => s.number),
    first,
  );
  const began = performance.now();
  for (let i = 0; i < calls.length; i += BATCH)
    await receiveBatch(core, { providerId, agentId }, { firstSequence: first + i, records: calls.slice(i, i + BATCH) });
  const received = performance.now() - began;
  await until(admin, "rated");
  const rated = performance.now() - began;
  await until(admin, "read");
  const read = performance.now() - began;
  if (verbose)
    console.error(
      `  received after ${Math.round(received)} ms, rated after ${Math.round(rated)}, in the read models after ${Math.round(read)}`,
    );
  return (CALLS / read) * 1000;
}

/** The usage records of the calls from sequence `first` on, as COPY takes them. */
async function linesFrom(admin: postgres.Sql, first: number): Promise<string[]> {
  const rows = await admin<{ line: string }[]>`
    select concat_ws(E'\t', ${admin.unsafe(
      (await admin`select attname from pg_attribute where attrelid = 'app.usage_records'::regclass and attnum > 0 order by attnum`)
        .map((c) => `coalesce(${c.attname}::text, '\\N')`)
        .join(", "),
    )}) as line from app.usage_records where sequence >= ${first} order by sequence`;
  return rows.map((row) => `${row.line}\n`);
}

async function baseline(admin: postgres.Sql, lines: readonly string[], table: string) {
  await admin.unsafe(`create table ${table} (like app.usage_records)`);
  await admin.unsafe(`create unique index on ${table} (provider_id, account_id, started_at, key)`);
  const chunks = Array.from({ length: Math.ceil(lines.length / BATCH) }, (_, i) => lines.slice(i * BATCH, (i + 1) * BATCH).join(""));
  const began = performance.now();
  await admin.begin(async (t) => {
    const copy = await t.unsafe(`copy ${table} from stdin`).writable();
    for (const chunk of chunks)
      await new Promise<void>((done, fail) => copy.write(chunk, (error?: Error | null) => (error ? fail(error) : done())));
    await new Promise<void>((done, fail) => copy.end((error?: Error | null) => (error ? fail(error) : done())));
    await t`select 1`;
  });
  const perSecond = (lines.length / (performance.now() - began)) * 1000;
  const [stored] = await admin.unsafe(`select count(*)::int as n from ${table}`);
  if (stored!.n !== lines.length) throw new Error(`the baseline stored ${stored!.n} of ${lines.length}`);
  await admin.unsafe(`drop table ${table}`);
  return perSecond;
}

const server = await startTestServer({}, { durable: true });
process.env.MB_TEST_ADMIN_URL = server.url;
const db = await testDatabase();
try {
  const provider = await seedProvider(db.admin, { services: SERVICES });
  const worker = Bun.spawn([process.execPath, new URL("whole-path-worker.ts", import.meta.url).pathname, db.appUrl], {
    stdin: "pipe",
    stdout: "pipe",
    stderr: "inherit",
  });
  await worker.stdout.getReader().read();
  await until(db.admin, "read");

  const rounds: { ours: number; baseline: number }[] = [];
  // The first round warms both up and isn't counted.
  for (let round = 0; round <= ROUNDS; round++) {
    const first = round * CALLS + 1;
    const rate = await ours(db, provider, first, dayBefore(1 + round));
    const lines = await linesFrom(db.admin, first);
    if (lines.length !== CALLS) throw new Error(`${lines.length} of ${CALLS} calls were rated`);
    const copied = await baseline(db.admin, lines, `baseline_${round}`);
    if (round > 0) rounds.push({ ours: rate, baseline: copied });
    if (verbose) console.error(`round ${round}: ${Math.round(rate)}/s, COPY ${Math.round(copied)}/s`);
  }
  worker.stdin.end();
  await worker.exited;
  const { findings } = await verify(db.core);
  if (findings.length > 0) throw new Error(`the books are wrong: ${JSON.stringify(findings.slice(0, 3))}`);

  console.log(
    JSON.stringify({
      name: `whole path: ${CALLS.toLocaleString("en")} calls of a day, ${SERVICES.toLocaleString("en")} services, received → rated, posted, in the read models; against COPY of their records`,
      ours: Math.round(median(rounds.map((r) => r.ours))),
      baseline: Math.round(median(rounds.map((r) => r.baseline))),
      unit: "calls/s",
      ratio: Number(median(rounds.map((r) => r.ours / r.baseline)).toFixed(3)),
      rounds: ROUNDS,
    }),
  );
} finally {
  await db.close();
  await server.stop();
}
