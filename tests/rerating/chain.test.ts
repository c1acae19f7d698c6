// Rating again along the chain: an operator corrects what partners are charged, which is its own usage, and may ask for the partners' own as well.
import { afterAll, beforeAll, expect, test } from "bun:test";
import { execute } from "../../core/kernel/command.ts";
import { ask } from "../../core/kernel/query.ts";
import { reratingsDetail } from "../../core/read/reratings/query.ts";
import { cancelRerating } from "../../core/rerating/cancel-rerating.ts";
import { previewRerating } from "../../core/rerating/preview-rerating.ts";
import { runRerating } from "../../core/rerating/run-rerating.ts";
import { verify } from "../../core/verify.ts";
import { callOf } from "../support/calls.ts";
import { charge, owed, rateAll, seedLevels, send, wholesalePlan, wholesaleService } from "../support/chain.ts";
import { type TestDatabase, testDatabase } from "../support/database.ts";
import { accepted, actorWith } from "../support/operator.ts";
import type { SeededProvider } from "../support/provider.ts";
import { rerate, stateOf, work } from "./rerate.ts";

let db: TestDatabase;
let [operator, partner, below] = [] as unknown as [SeededProvider, SeededProvider, SeededProvider];
let [toPartner, toBelow] = ["", ""];

/** A call of 60 seconds by a subscriber of `below`: 0.50/min to `below`, 0.20/min to `partner`. */
beforeAll(async () => {
  db = await testDatabase();
  [operator, partner, below] = (await seedLevels(db, [1, 2, 3])) as [SeededProvider, SeededProvider, SeededProvider];
  toBelow = await wholesaleService(db, partner, 1, wholesalePlan("0.50"));
  toPartner = await wholesaleService(db, operator, 1, wholesalePlan("0.20"));
  await charge(db.core, 2, 3, toBelow);
  await charge(db.core, 1, 2, toPartner);
  await send(db.core, below, [callOf({ durationSec: 60, billableSec: 60 })]);
  await rateAll(db);
});
afterAll(() => db.close());

const correct = async ({ providerId }: SeededProvider, serviceId: string, perMinute: string) => {
  const [{ plan_id: planId }] = (await db.admin`select plan_id from app.service_plans where service_id = ${serviceId}`) as unknown as [
    { plan_id: string },
  ];
  await db.admin`insert into app.plan_versions select ${providerId}, ${planId}, max(version) + 1, max(valid_from) + interval '1 second', ${JSON.stringify(wholesalePlan(perMinute))}::text::jsonb, now()
    from app.plan_versions where plan_id = ${planId}`;
  return planId;
};
const chain = async () => [await owed(db, below), await owed(db, partner, 1), await owed(db, operator, 1)];
const trail = async (providerId: number) =>
  (
    await db.admin`select command, actor_name, after ->> 'why' as why, input ->> 'askedAt' as asked_at from app.command_log
      where provider_id = ${providerId} and command like 'rerating.%' order by id`
  ).map((row) => ({ ...row }));

test("a corrected wholesale price: the operator's re-rating moves the partner's account, and the trail says who and why", async () => {
  const [retail] = await chain();
  expect(await chain()).toEqual([retail!, 500_000n, 200_000n]);
  const planId = await correct(operator, toPartner, "0.30");
  const { accounts } = await rerate(db, 1, { planId, from: "2020-01-01" });
  expect(accounts).toMatchObject([{ account_id: operator.services[1]!.accountId, records: 1, changed: 1, difference: "100000" }]);
  expect(await chain()).toEqual([retail!, 500_000n, 300_000n]);
  expect(await trail(1)).toEqual([
    { command: "rerating.preview", actor_name: "system", why: "prices were corrected", asked_at: null },
    { command: "rerating.run", actor_name: "system", why: "prices were corrected", asked_at: null },
  ]);
  expect(await trail(2)).toEqual([]);
});

test("what a partner charges is no matter of its parent's: correcting it changes nothing above", async () => {
  const before = await chain();
  const planId = await correct(partner, toBelow, "0.40");
  expect((await rerate(db, 2, { planId })).accounts).toMatchObject([{ changed: 1, difference: "-100000" }]);
  expect(await chain()).toEqual([before[0]!, 400_000n, before[2]!]);
  expect((await rerate(db, 1, { from: "2020-01-01" })).accounts.every(({ changed }) => changed === 0)).toBe(true);
});

const olena = actorWith({ providerIds: [1, 2, 3] });
const asked = { destination: "380", partners: true, why: "prices of Ukraine" };
const at = (providerId: number, runId: string) => ({ providerId, runId });

test("asked for at the partners below too: each by its own plans, in its own books and its own trail", async () => {
  const before = await chain();
  await correct(operator, toPartner, "0.35");
  await correct(partner, toBelow, "0.60");
  const { runId } = accepted(await execute(db.core, previewRerating, asked, { actor: olena, providerId: 1 }));
  for (const providerId of [1, 2]) await work(db.core, at(providerId, runId), false);
  const early = await execute(db.core, runRerating, { runId }, { actor: olena, providerId: 1 });
  expect(early).toMatchObject({ ok: false, code: "rerating_state" });
  await work(db.core, at(3, runId), false);
  const seen = accepted(await ask(db.core, reratingsDetail, { runId }, { actor: olena }));
  expect([seen.run.providerId, seen.partners.map(({ providerId, sums }) => [providerId, sums.map((one) => one.differenceMicros)])]).toEqual(
    [
      1,
      [
        [2, [200_000n]],
        [3, [0n]],
      ],
    ],
  );
  expect(await chain()).toEqual(before);

  accepted(await execute(db.core, runRerating, { runId }, { actor: olena, providerId: 1 }));
  for (const providerId of [1, 2, 3]) await work(db.core, at(providerId, runId), true);
  expect(await chain()).toEqual([before[0]!, 600_000n, 350_000n]);
  const states = await db.admin`select provider_id, state from app.reratings where id = ${runId} order by 1`;
  expect(states.map(({ state }) => state)).toEqual(["done", "done", "done"]);
  for (const providerId of [2, 3])
    expect((await trail(providerId)).slice(-2)).toEqual([
      { command: "rerating.preview", actor_name: "Test", why: "prices of Ukraine", asked_at: "1" },
      { command: "rerating.run", actor_name: "Test", why: "prices of Ukraine", asked_at: "1" },
    ]);
  // The partner sees its own part, and none of the parent's.
  const own = accepted(await ask(db.core, reratingsDetail, { runId }, { actor: actorWith({ providerId: 2 }) }));
  expect([own.run.providerId, own.partners]).toEqual([2, []]);
});

test("cancelled, it is cancelled everywhere", async () => {
  const { runId } = accepted(await execute(db.core, previewRerating, asked, { actor: olena, providerId: 1 }));
  accepted(await execute(db.core, cancelRerating, { runId }, { actor: olena, providerId: 1 }));
  const states = await db.admin`select state from app.reratings where id = ${runId}`;
  expect(states.map(({ state }) => state)).toEqual(["cancelled", "cancelled", "cancelled"]);
  expect(await stateOf(db, at(1, runId))).toBe("cancelled");
});

test("only of partners in one's scope, with all groups, and not by what is one provider's own", async () => {
  const runs = async (call: { actor: ReturnType<typeof actorWith>; providerId: number }, input: object = asked) => {
    const outcome = await execute(db.core, previewRerating, input, call);
    if (!outcome.ok) return outcome.code;
    return (await db.admin`select provider_id from app.reratings where id = ${outcome.value.runId} order by 1`).map(
      (row) => row.provider_id,
    );
  };
  expect(await runs({ actor: actorWith({ providerIds: [1, 2] }), providerId: 1 })).toEqual([1, 2]);
  expect(await runs({ actor: actorWith({ providerId: 2, providerIds: [2, 3] }), providerId: 2 })).toEqual([2, 3]);
  expect(await runs({ actor: actorWith({ providerIds: [1, 2, 3], groupIds: [] }), providerId: 1 })).toBe("not_permitted");
  expect(await runs({ actor: olena, providerId: 1 }, { ...asked, planId: crypto.randomUUID() })).toBe("invalid_input");
});

test("after that the books of all three are right", async () => {
  expect((await verify(db.core)).findings).toEqual([]);
}, 60_000);
