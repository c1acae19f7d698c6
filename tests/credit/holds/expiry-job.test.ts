// The job goes on by itself: a worker that was told once finds holds that are over within seconds of their time.
import { afterAll, beforeAll, expect, test } from "bun:test";
import { expireHoldsJob } from "../../../core/credit/holds/jobs.ts";
import { handlers } from "../../../jobs/handlers.ts";
import { startWorker, type Worker } from "../../../jobs/main.ts";
import { type TestDatabase, testDatabase } from "../../support/database.ts";
import { HoldsWorld, perSecond } from "./world.ts";

let db: TestDatabase;
let worker: Worker;
beforeAll(async () => {
  db = await testDatabase({ worker: true });
  worker = await startWorker(
    db.core,
    handlers.filter(({ job }) => job === expireHoldsJob),
  );
});
afterAll(async () => {
  await worker.close(1);
  await db.close();
});

test("a hold is gone a few seconds after its time, though nobody asked a second time", async () => {
  const world = await HoldsWorld.open(db);
  const [sold] = await world.sell(perSecond("0"), 10n);
  await db.core.boss.send(expireHoldsJob.name, {});
  await world.ask(world.callOf(sold!, "forgotten", { validForSec: 2 }));
  expect(await world.stateOf(sold!)).toMatchObject({ open: 1 });
  for (const until = Date.now() + 20_000; Date.now() < until; await Bun.sleep(200)) if ((await world.stateOf(sold!)).open === 0) break;
  expect(await world.stateOf(sold!)).toMatchObject({ open: 0, held: 0n });
  const [row] = await db.admin`select state from app.holds where session_key = 'forgotten'`;
  expect(row!.state).toBe("expired");
});
