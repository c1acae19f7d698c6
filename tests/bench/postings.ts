// Postings per second as the rating worker makes them, many accounts in a transaction, on a durable server. Baseline, in turns in the same run: transfers
// written by hand, each a transaction of one plpgsql function with two inserts and two updates on bare tables, on eight connections.
// By PostgreSQL's own pgbench where there is one, else by postgres.js.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import postgres from "postgres";
import { newId } from "../../core/kernel/id.ts";
import { lockBalances, post } from "../../core/ledger/post.ts";
import { ledgerProofs } from "../../core/ledger/proofs.ts";
import { type LedgerTransaction, templates } from "../../core/ledger/templates.ts";
import { rawOf } from "../../db/client.ts";
import { startTestServer } from "../../db/embedded.ts";
import { inTenant } from "../../db/tenant.ts";
import { testDatabase } from "../support/database.ts";
import { seedProvider } from "../support/provider.ts";

const ACCOUNTS = 4_000;
const CLIENTS = 8;
/** Workers that post at once, as `npm start` has them, each for accounts of its own. */
const WORKERS = Number(process.env.MB_BENCH_WORKERS ?? 2);
const BATCH = Number(process.env.MB_BENCH_BATCH ?? 1_000);
const POSTINGS = Number(process.env.MB_BENCH_POSTINGS ?? 40_000);
const TRANSFERS = Number(process.env.MB_BENCH_TRANSFERS ?? 16_000);
const ROUNDS = Number(process.env.MB_BENCH_ROUNDS ?? 3);
const verbose = Boolean(process.env.MB_BENCH_VERBOSE);

const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;

const server = await startTestServer({}, { durable: true });
process.env.MB_TEST_ADMIN_URL = server.url;
const db = await testDatabase();
const pgbench = Bun.which("pgbench");
const folder = mkdtempSync(join(tmpdir(), "mb-bench-"));
const script = join(folder, "transfer.sql");
await Bun.write(
  script,
  `\\set a random(0, ${ACCOUNTS - 1})\n\\set b (:a + random(1, ${ACCOUNTS - 1})) % ${ACCOUNTS}\nselect transfer(:a, :b, 1000);\n`,
);
const clients = postgres(db.adminUrl, { max: CLIENTS, onnotice() {} });
try {
  const { providerId, services } = await seedProvider(db.admin, { services: ACCOUNTS });
  const accounts = services.map((one) => one.accountId);
  await db.admin.unsafe(`
    create table purses (id int primary key, balance bigint not null);
    create table entries (id bigint generated always as identity primary key, purse int not null references purses, amount bigint not null, at timestamptz not null);
    insert into purses select n, 0 from generate_series(0, ${ACCOUNTS - 1}) n;
    create function transfer(a int, b int, amount bigint) returns void language plpgsql as $$
    begin
      -- In one order, so that two transfers can't wait for each other.
      update purses p set balance = p.balance - amount where p.id = a and a < b;
      update purses p set balance = p.balance + amount where p.id = b;
      update purses p set balance = p.balance - amount where p.id = a and a > b;
      insert into entries (purse, amount, at) values (a, -amount, now());
      insert into entries (purse, amount, at) values (b, amount, now());
    end $$`);
  await db.admin`analyze`;

  const ours = async (): Promise<number> => {
    const batches = Array.from({ length: POSTINGS / BATCH }, (_, i) => i);
    const began = performance.now();
    await Promise.all(
      Array.from({ length: WORKERS }, async (_, worker) => {
        const own = accounts.filter((_, i) => i % WORKERS === worker);
        for (const batch of batches.filter((i) => i % WORKERS === worker)) {
          const chosen = Array.from({ length: BATCH }, (_, i) => own[(Math.floor(batch / WORKERS) * BATCH + i) % own.length]!);
          await inTenant(db.core.db, [providerId], async (tx) => {
            const t = rawOf(tx);
            await lockBalances(t, providerId, chosen);
            const now = Temporal.Now.instant();
            const transactions = chosen.map((accountId): LedgerTransaction => {
              const id = newId();
              const postings = templates["usage.charged"]({ amountMicros: 1_000n });
              return {
                id,
                accountId,
                currency: "UAH",
                template: "usage.charged",
                sourceKey: id,
                effectiveAt: now.toString(),
                details: { calls: 1 },
                postings,
              };
            });
            if ((await post(t, providerId, transactions, now)).length !== BATCH) throw new Error("not all were posted");
          });
        }
      }),
    );
    return (POSTINGS / (performance.now() - began)) * 1000;
  };

  const byPgbench = (): number => {
    const args = ["-n", "-M", "prepared", "-c", `${CLIENTS}`, "-j", "2", "-t", `${TRANSFERS / CLIENTS}`, "-f", script, db.adminUrl];
    const { stdout, stderr, exitCode } = Bun.spawnSync([pgbench!, ...args]);
    const rate = /tps = ([\d.]+)/.exec(stdout.toString())?.[1];
    if (exitCode !== 0 || !rate) throw new Error(`pgbench: ${stderr}`);
    return Number(rate);
  };
  const byHand = async (): Promise<number> => {
    let left = TRANSFERS;
    const began = performance.now();
    await Promise.all(
      Array.from({ length: CLIENTS }, async () => {
        while (left-- > 0) {
          const a = Math.floor(Math.random() * ACCOUNTS);
          const b = (a + 1 + Math.floor(Math.random() * (ACCOUNTS - 1))) % ACCOUNTS;
          await clients`select transfer(${a}, ${b}, 1000)`;
        }
      }),
    );
    return (TRANSFERS / (performance.now() - began)) * 1000;
  };

  const rounds: { ours: number; baseline: number }[] = [];
  // The first round warms both up and isn't counted.
  for (let round = 0; round <= ROUNDS; round++) {
    const one = { ours: await ours(), baseline: pgbench ? byPgbench() : await byHand() };
    if (round > 0) rounds.push(one);
    if (verbose)
      console.error(
        `round ${round}: ${Math.round(one.ours)}/s, transfers ${Math.round(one.baseline)}/s, ratio ${(one.ours / one.baseline).toFixed(2)}`,
      );
  }
  for (const proof of ledgerProofs) {
    const found = await inTenant(db.core.db, [providerId], (tx) => proof.find(rawOf(tx), providerId, 3), "read");
    if (found.length > 0) throw new Error(`the books are wrong: ${found.join("; ")}`);
  }
  console.log(
    JSON.stringify({
      name: `postings: ${BATCH.toLocaleString("en")} accounts in a transaction, ${WORKERS} workers; against single transfers by ${CLIENTS} clients of ${pgbench ? "pgbench" : "postgres.js"}`,
      ours: Math.round(median(rounds.map((r) => r.ours))),
      baseline: Math.round(median(rounds.map((r) => r.baseline))),
      unit: "/s",
      ratio: Number(median(rounds.map((r) => r.ours / r.baseline)).toFixed(2)),
      rounds: ROUNDS,
    }),
  );
} finally {
  await clients.end();
  await db.close();
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
}
