// Authorisations per second: price, decision and hold, in batches as a gateway of many sessions sends them, on a durable server. Baseline, in turns in the
// same run: the least that reserving money takes, written by hand: for each request a transaction of `select … for update`, one insert and one update,
// prepared, on as many connections. By PostgreSQL's own pgbench where there is one, else by postgres.js.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import postgres from "postgres";
import { authorise } from "../../core/credit/authorise/authorise.ts";
import type { AuthorisationRequest } from "../../core/credit/authorise/request.ts";
import { holdProofs } from "../../core/credit/holds/proofs.ts";
import { rawOf } from "../../db/client.ts";
import { startTestServer } from "../../db/embedded.ts";
import { inTenant } from "../../db/tenant.ts";
import { testDatabase } from "../support/database.ts";
import { seedProvider } from "../support/provider.ts";

const ACCOUNTS = 2_000;
const CONNECTIONS = 8;
const BATCH = Number(process.env.MB_BENCH_BATCH ?? 100);
const REQUESTS = Number(process.env.MB_BENCH_REQUESTS ?? 16_000);
const ROUNDS = Number(process.env.MB_BENCH_ROUNDS ?? 3);
const verbose = Boolean(process.env.MB_BENCH_VERBOSE);

const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;

/** Runs the pieces of work, so many at a time, and gives how many requests a second that was. */
async function timed(pieces: readonly (() => Promise<unknown>)[], requests: number): Promise<number> {
  let next = 0;
  const began = performance.now();
  await Promise.all(
    Array.from({ length: CONNECTIONS }, async () => {
      for (let piece = pieces[next++]; piece; piece = pieces[next++]) await piece();
    }),
  );
  return (requests / (performance.now() - began)) * 1000;
}

const server = await startTestServer({}, { durable: true });
process.env.MB_TEST_ADMIN_URL = server.url;
const db = await testDatabase();
const pgbench = Bun.which("pgbench");
const folder = mkdtempSync(join(tmpdir(), "mb-bench-"));
const script = join(folder, "reserve.sql");
await Bun.write(
  script,
  `\\set account random(0, ${ACCOUNTS - 1})
begin;
select balance, held from purses where provider_id = 1 and account = :account for update;
insert into reserved values (1, :account, gen_random_uuid()::text, 2000000, now() + interval '15 minutes');
update purses set held = held + 2000000 where provider_id = 1 and account = :account;
end;
`,
);
const baseline = postgres(db.adminUrl, { max: CONNECTIONS, onnotice() {} });
try {
  const { providerId, services } = await seedProvider(db.admin, { services: ACCOUNTS });
  await db.admin`update app.balances set credit_limit_micros = 1000000000000`;
  await db.admin.unsafe(`
    create table purses (provider_id int, account int, balance bigint not null, held bigint not null, primary key (provider_id, account));
    create table reserved (provider_id int, account int, session_key text, amount bigint not null, expires_at timestamptz not null, primary key (provider_id, account, session_key));
    insert into purses select 1, n, 1000000000000, 0 from generate_series(0, ${ACCOUNTS - 1}) n`);
  await db.admin`analyze`;

  const requestOf = (round: number, i: number): AuthorisationRequest => {
    const sessionKey = `nas-1:${round}:${i}`;
    const party = { kind: "telephone", value: services[(i * 7919) % ACCOUNTS]!.number } as const;
    return {
      kind: "call",
      requestId: sessionKey,
      sessionKey,
      party,
      destination: "380671234567",
      direction: "out",
      used: {},
      wanted: {},
      slice: {},
    };
  };
  const ours = (round: number) => {
    const batches = Array.from({ length: Math.ceil(REQUESTS / BATCH) }, (_, b) =>
      Array.from({ length: Math.min(BATCH, REQUESTS - b * BATCH) }, (_, i) => requestOf(round, b * BATCH + i)),
    );
    return timed(
      batches.map((batch) => async () => {
        const refused = (await authorise(db.core, providerId, batch)).find((answer) => !answer.ok);
        if (refused) throw new Error(`refused: ${JSON.stringify(refused)}`);
      }),
      REQUESTS,
    );
  };
  const byPgbench = async () => {
    const args = [
      "-n",
      "-M",
      "prepared",
      "-c",
      `${CONNECTIONS}`,
      "-j",
      "2",
      "-t",
      `${Math.ceil(REQUESTS / CONNECTIONS)}`,
      "-f",
      script,
      db.adminUrl,
    ];
    const child = Bun.spawn([pgbench!, ...args], { stdout: "pipe", stderr: "inherit" });
    const said = await new Response(child.stdout).text();
    const found = /^tps = ([\d.]+) \(without/m.exec(said);
    if ((await child.exited) !== 0 || !found) throw new Error(`pgbench: ${said}`);
    return Number(found[1]);
  };
  const byHand = () =>
    timed(
      Array.from({ length: REQUESTS }, (_, i) => async () => {
        const account = (i * 7919) % ACCOUNTS;
        await baseline.begin(async (t) => {
          await t`select balance, held from purses where provider_id = 1 and account = ${account} for update`;
          await t`insert into reserved values (1, ${account}, ${crypto.randomUUID()}, 2000000, now() + interval '15 minutes')`;
          await t`update purses set held = held + 2000000 where provider_id = 1 and account = ${account}`;
        });
      }),
      REQUESTS,
    );

  const rounds: { ours: number; baseline: number }[] = [];
  // The first round warms both up and isn't counted.
  for (let round = 0; round <= ROUNDS; round++) {
    const one = { ours: await ours(round), baseline: await (pgbench ? byPgbench() : byHand()) };
    if (round > 0) rounds.push(one);
    if (verbose) console.error(`round ${round}: ${Math.round(one.ours)}/s, by hand ${Math.round(one.baseline)}/s`);
  }
  const findings = await Promise.all(
    holdProofs.map((proof) => inTenant(db.core.db, [providerId], (tx) => proof.find(rawOf(tx), providerId, 3), "read")),
  );
  if (findings.flat().length > 0) throw new Error(`what is held is wrong: ${findings.flat().join("; ")}`);
  console.log(
    JSON.stringify({
      name: `authorise: calls of ${ACCOUNTS.toLocaleString("en")} accounts priced, decided and held, in batches of ${BATCH} on ${CONNECTIONS} connections; against select for update, insert and update for each (${pgbench ? "pgbench" : "postgres.js"})`,
      ours: Math.round(median(rounds.map((r) => r.ours))),
      baseline: Math.round(median(rounds.map((r) => r.baseline))),
      unit: "requests/s",
      ratio: Number(median(rounds.map((r) => r.ours / r.baseline)).toFixed(3)),
      rounds: ROUNDS,
    }),
  );
} finally {
  await baseline.end();
  await db.close();
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
}
