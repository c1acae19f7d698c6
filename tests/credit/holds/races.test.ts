// Many processes spend the money of one account at once, and not a unit of it is spent twice.
import { afterAll, beforeAll, expect, test } from "bun:test";
import { fileURLToPath } from "node:url";
import type { SoldCase } from "../../support/case-world.ts";
import { type TestDatabase, testDatabase } from "../../support/database.ts";
import type { Spending } from "./spender.ts";
import { HoldsWorld, MICROS, perSecond } from "./world.ts";

let db: TestDatabase;
let world: HoldsWorld;
beforeAll(async () => {
  db = await testDatabase();
  world = await HoldsWorld.open(db);
});
afterAll(() => db.close());

/** Gives how often each process was let through. */
async function spend({ accountId, login }: SoldCase, processes: readonly Pick<Spending, "times" | "seconds">[]): Promise<number[]> {
  const children = await Promise.all(
    processes.map(async (one) => {
      const agentId = crypto.randomUUID();
      await db.admin`insert into app.agents (provider_id, id, kind, name, config, created_at) values (${world.providerId}, ${agentId}, 'pbx', ${agentId}, '{}', now())`;
      const told = { url: db.appUrl, providerId: world.providerId, agentId, accountId, login, ...one } satisfies Spending;
      return Bun.spawn([process.execPath, fileURLToPath(new URL("spender.ts", import.meta.url)), JSON.stringify(told)], {
        stdout: "pipe",
        stderr: "inherit",
      });
    }),
  );
  return Promise.all(children.map(async (child) => Number(await new Response(child.stdout).text())));
}

test("B9: 50 calls at once of 59 s at connect 1 + 1/s out of 10,000, from two processes, leave exactly 7,000", async () => {
  const [sold] = await world.sell(perSecond(), 10_000n);
  expect(
    await spend(sold!, [
      { times: 25, seconds: 59 },
      { times: 25, seconds: 59 },
    ]),
  ).toEqual([25, 25]);
  expect(await world.stateOf(sold!)).toEqual({ balance: 7_000n * MICROS, held: 0n, open: 0, sum: 0n });
});

test("of 200 debits of 1.00 at once from 4 processes, by calls and by transfers, exactly 100 succeed on a balance of 100.00", async () => {
  const [sold] = await world.sell(perSecond("0"), 100n);
  const done = await spend(sold!, [{ times: 50, seconds: 1 }, { times: 50, seconds: 1 }, { times: 50 }, { times: 50 }]);
  expect(done.reduce((sum, n) => sum + n)).toBe(100);
  expect(await world.stateOf(sold!)).toEqual({ balance: 0n, held: 0n, open: 0, sum: 0n });
});

test("the books are right after all of it", async () => expect(await world.findings()).toEqual([]));
