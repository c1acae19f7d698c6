import { afterAll, beforeAll, expect, test } from "bun:test";
import { readFile } from "node:fs/promises";
import * as v from "valibot";
import { defineJob } from "../../core/kernel/job.ts";
import { jobs } from "../../core/registry.ts";
import { receiveBatch } from "../../core/usage/receive-batch.ts";
import { handlers } from "../../jobs/handlers.ts";
import { startWorker, type Worker } from "../../jobs/main.ts";
import { type TestDatabase, testDatabase } from "../support/database.ts";
import { call, type SeededTenant, seedTenant } from "../support/seed.ts";

let db: TestDatabase;
let tenant: SeededTenant;
let worker: Worker;
beforeAll(async () => {
  db = await testDatabase({ worker: true });
  tenant = await seedTenant(db, 1);
  worker = await startWorker(db.core);
}, 60_000);
afterAll(async () => {
  await worker.close();
  await db.close();
}, 30_000);

test("every job has a handler, and every handler a job", () => {
  expect(handlers.map((h) => h.job.name).sort()).toEqual(jobs.map((job) => job.name).sort());
});

test("handlers hold no SQL that changes anything: they call core", async () => {
  const text = await readFile(new URL("../../jobs/handlers.ts", import.meta.url), "utf8");
  expect(text).not.toMatch(/\b(insert into|update |delete from)\b/i);
});

const until = async (found: () => Promise<boolean>, ms: number) => {
  const began = performance.now();
  while (performance.now() - began < ms) {
    if (await found()) return performance.now() - began;
    await Bun.sleep(20);
  }
  throw new Error(`not within ${ms} ms`);
};

test("a call is in the read models within two seconds of its arrival, time and again", async () => {
  const line = tenant.groups[0].services[0]!;
  const agent = { providerId: 1, agentId: tenant.agentId };
  for (let n = 1; n <= 4; n++) {
    const record = call({ startedAt: `2026-11-01T12:0${n}:00Z`, source: line.number, durationSec: 60 });
    await receiveBatch(db.core, agent, { firstSequence: n, records: [record] });
    const took = await until(async () => {
      const [row] = await db.admin`select sum(calls)::int as calls from read.usage_hourly`;
      return row!.calls === n;
    }, 10_000);
    expect(took).toBeLessThan(2000);
    await Bun.sleep(100);
  }
}, 60_000);

test("of jobs taken together, one that fails is repeated and the others are done", async () => {
  const done: number[] = [];
  const job = defineJob({ name: "test.some", data: v.object({ n: v.number() }) });
  const handler = { ...handlers[0]!, job };
  await db.core.boss.createQueue(job.name, { policy: "standard", retryLimit: 3, retryDelay: 1 });
  for (const n of [1, 2, 3]) await db.core.boss.send(job.name, { n });
  const failing = await startWorker(db.core, [
    {
      ...handler,
      run: async (_, data) =>
        data.map((one) => {
          const { n } = one as { n: number };
          if (n === 2 && !done.includes(-2)) {
            done.push(-2);
            return new Error("once");
          }
          done.push(n);
          return undefined;
        }),
    },
  ]);
  await until(async () => done.length === 4, 10_000);
  expect(done.sort()).toEqual([-2, 1, 2, 3]);
  await failing.close();
}, 30_000);
