// Changes behind the application's back to states, promises and holds are found: each is made, looked for, and taken back.
import { afterAll, beforeAll, expect, test } from "bun:test";
import { checkAccounts } from "../../core/credit/control/check-accounts.ts";
import { givePromise } from "../../core/credit/control/give-promise.ts";
import { creditProofs } from "../../core/credit/control/proofs.ts";
import { holdProofs } from "../../core/credit/holds/proofs.ts";
import { verify } from "../../core/verify.ts";
import type { RawTx } from "../../db/client.ts";
import { govern, policy } from "../credit/control/world.ts";
import { HoldsWorld, perSecond } from "../credit/holds/world.ts";
import { type TestDatabase, testDatabase } from "../support/database.ts";
import { done } from "../support/operator.ts";

let db: TestDatabase;
const proofs = [...creditProofs, ...holdProofs];

/** One account that is blocked, one that has promised, one with a session, one whose session a company pays for, with its part of the hold. */
beforeAll(async () => {
  db = await testDatabase();
  const world = await HoldsWorld.open(db);
  const { providerId } = world;
  const sell = async (units: bigint) => (await world.sell(perSecond("0"), units))[0]!;
  const [blocked, promised, talking, member, company] = [
    await sell(-5n),
    await sell(-5n),
    await sell(100n),
    await sell(100n),
    await sell(100n),
  ];
  await db.admin`update app.accounts set kind = 'prepaid'`;
  await govern(db.core, policy, providerId);
  await checkAccounts(db.core);
  await done(db.core, givePromise, { accountId: promised.accountId, amount: "60", days: 3 }, providerId);
  await db.admin`update app.balances set payer_account_id = ${company.accountId} where account_id = ${member.accountId}`;
  for (const one of [talking, member]) {
    const answer = await world.ask(world.callOf(one, `call of ${one.accountId}`, { slice: { seconds: 10 } }));
    expect(answer).toMatchObject([{ ok: true }]);
  }
  await checkAccounts(db.core);
  expect((await db.admin`select state from app.credit_states where account_id = ${blocked.accountId}`)[0]!.state).toBe("blocked");
  expect((await db.admin`select from app.holds where paid_for is not null`).count).toBe(1);
}, 60_000);
afterAll(() => db.close());

const creditFindings = async () => (await verify(db.core)).findings.filter(({ proof }) => proofs.some(({ name }) => name === proof));
test("what the commands wrote is right", async () => expect(await creditFindings()).toEqual([]));

const follows = "credit.states-follow-from-facts";
const history = "credit.history-leads-to-states";
const advanced = "credit.promises-are-advanced";
const held = "credit.held-is-the-sum-of-open-holds";
const sessions = "credit.holds-have-their-session";
const tampering: [what: string, statement: string, ...proofs: string[]][] = [
  ["somebody unblocked", "update app.credit_states set state = 'active' where state = 'blocked'", follows, history],
  [
    "a balance that left its band",
    "update app.balances set watch_below_micros = balance_micros + 1 where watch_below_micros is not null",
    follows,
  ],
  ["a band that nobody looked above", "update app.balances set watch_above_micros = balance_micros", follows],
  ["a look that is overdue", "update app.balances set check_credit_at = now() - interval '1 hour'", follows],
  ["a state deleted", "delete from app.credit_states where state = 'blocked'", follows],
  ["the history deleted", "delete from app.credit_history", history],
  ["a way that was never gone", "update app.credit_history set to_state = 'limited' where to_state = 'blocked'", history],
  ["a promise deleted", "delete from app.promises", advanced],
  [
    "a promise kept without its advance being taken back",
    "update app.promises set state = 'kept', closed_at = now(), reversal_id = gen_random_uuid()",
    advanced,
  ],
  [
    "an advance that is none",
    "update app.ledger_transactions set template = 'payment.received' where template = 'promise.given'",
    advanced,
  ],
  ["more held than there are holds", "update app.balances set held_micros = held_micros + 1 where open_holds > 0", held],
  ["a hold that isn't counted", "update app.balances set open_holds = open_holds - 1 where open_holds > 0", held],
  ["a hold made smaller", "update app.holds set held_micros = held_micros - 1 where held_micros > 0", held],
  ["a hold deleted", "delete from app.holds where paid_for is null", held, sessions],
  ["a session deleted", "delete from app.hold_sessions", sessions],
  ["a session of another account", "update app.hold_sessions set account_id = gen_random_uuid()", sessions],
  ["a payer's part of nobody's hold", "update app.holds set payer_account_id = null where payer_account_id is not null", sessions],
];
test.each(tampering)("%s is found", async (_, statement, ...expected) => {
  const undo = new Error("taken back");
  const found: string[] = [];
  const changing = db.admin.begin(async (t) => {
    expect((await t.unsafe(statement)).count).toBeGreaterThan(0);
    for (const proof of proofs) if ((await proof.find(t as unknown as RawTx, 1, 20)).length > 0) found.push(proof.name);
    throw undo;
  });
  expect(await changing.catch((error: unknown) => error)).toBe(undo);
  expect(found.sort()).toEqual(expected.sort());
});

test("each proof has something that it finds", () =>
  expect([...new Set(tampering.flatMap(([, , ...names]) => names))].sort()).toEqual(proofs.map(({ name }) => name).sort()));

test("all of it was taken back", async () => expect(await creditFindings()).toEqual([]));
