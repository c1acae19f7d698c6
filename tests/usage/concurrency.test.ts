// Several workers at once on the same accounts and the same rows: what the locks and claims are for.
import { afterAll, beforeAll, expect, test } from "bun:test";
import pino from "pino";
import { type Core, openCore } from "../../core/kernel/core.ts";
import { advance } from "../../core/read/advance.ts";
import type { CallFields } from "../../core/usage/normal-form.ts";
import { processBatch } from "../../core/usage/process-batch.ts";
import { receiveBatch } from "../../core/usage/receive-batch.ts";
import { verify } from "../../core/verify.ts";
import { randomFrom } from "../faults/generated-calls.ts";
import { callOf } from "../support/calls.ts";
import { type TestDatabase, testDatabase, testSecret } from "../support/database.ts";
import { type SeededProvider, seedProvider } from "../support/provider.ts";

const WORKERS = 4;
const BATCHES = 32;
const ROWS = 150;
const SERVICES = 40;
/** What `callOf` costs, in micros. */
const PRICE = 641_700n;

let db: TestDatabase;
let provider: SeededProvider;
let workers: Core[];

beforeAll(async () => {
  db = await testDatabase();
  provider = await seedProvider(db.admin, { services: SERVICES });
  const open = () =>
    openCore({ url: db.appUrl, name: "worker", log: pino({ level: "silent" }), secret: testSecret, dataDir: "", maxConnections: 2 });
  workers = await Promise.all(Array.from({ length: WORKERS }, open));
});
afterAll(() => db.close());

const random = randomFrom(20_261_123);
const below = (n: number) => Math.floor(random() * n);
const shuffled = <T>(values: readonly T[]): T[] => {
  const all = [...values];
  for (let i = all.length - 1; i > 0; i--) {
    const j = below(i + 1);
    [all[i], all[j]] = [all[j]!, all[i]!];
  }
  return all;
};

test("four workers that rate the same accounts at once, with rows in several batches and batches given twice, charge each call once", async () => {
  const calls: CallFields[] = [];
  const agent = { providerId: provider.providerId, agentId: provider.agentId };
  const batches: number[] = [];
  let sent = 0;
  for (let b = 0; b < BATCHES; b++) {
    // A third of the rows are of earlier batches, in another order: two workers meet on the same keys and the same balances.
    const records = Array.from({ length: ROWS }, () => {
      if (calls.length > 0 && below(3) === 0) return calls[below(calls.length)]!;
      const call = callOf({ callId: `c${calls.length}`, source: String(380440000000 + below(SERVICES)) });
      calls.push(call);
      return call;
    });
    batches.push(sent + 1);
    await receiveBatch(db.core, agent, { firstSequence: sent + 1, records: shuffled(records) });
    sent += ROWS;
  }

  const queue = shuffled([...batches, ...batches]);
  const counts = await Promise.all(
    workers.flatMap((core) =>
      [1, 2].map(async () => {
        let [rated, duplicates] = [0, 0];
        for (let firstSequence = queue.pop(); firstSequence !== undefined; firstSequence = queue.pop()) {
          const done = await processBatch(core, { ...agent, firstSequence });
          rated += done?.rated ?? 0;
          duplicates += done?.duplicates ?? 0;
        }
        return { rated, duplicates };
      }),
    ),
  );
  const sum = (of: "rated" | "duplicates") => counts.reduce((total, each) => total + each[of], 0);
  expect({ rated: sum("rated"), duplicates: sum("duplicates") }).toEqual({ rated: calls.length, duplicates: sent - calls.length });

  const callsOf = Map.groupBy(calls, (call) => call.source);
  const balances = await db.admin`select account_id, balance_micros::text as balance from app.balances`;
  const found = new Map(balances.map((row) => [row.account_id as string, BigInt(row.balance)]));
  expect(provider.services.map((s) => found.get(s.accountId))).toEqual(
    provider.services.map((s) => -PRICE * BigInt(callsOf.get(s.number)?.length ?? 0)),
  );

  expect(await advance(db.core)).toBe(true);
  expect((await verify(db.core)).findings).toEqual([]);
  // A connection tells the server's statistics at the latest when it closes.
  await Promise.all(workers.map((core) => core.close()));
  const [stat] = await db.admin`select deadlocks::int from pg_stat_database where datname = current_database()`;
  expect(stat!.deadlocks).toBe(0);
}, 60_000);
