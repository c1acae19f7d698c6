// What ends a state is said for the balance of now, wherever it is asked: usage after the block is to be paid too.
import { afterAll, beforeAll, expect, test } from "bun:test";
import { ask } from "../../../core/kernel/query.ts";
import { advance } from "../../../core/read/advance.ts";
import { creditAccount, creditAccounts } from "../../../core/read/credit/query.ts";
import { changeAccount } from "../../../core/subscribers/change-account.ts";
import { type TestDatabase, testDatabase } from "../../support/database.ts";
import { actorWith, done, setUpOperator } from "../../support/operator.ts";
import { sell } from "../../support/sold.ts";
import { govern, move, moveAndCheck, noon, stateOf } from "./world.ts";

let db: TestDatabase;
beforeAll(async () => {
  db = await testDatabase({ clock: () => noon });
  await setUpOperator(db.core);
  await govern(db.core);
});
afterAll(() => db.close());

test("what is used after the block is in the payment that ends it", async () => {
  const { accountId } = await sell(db.core);
  await done(db.core, changeAccount, { accountId, kind: "prepaid" });
  await moveAndCheck(db.core, accountId, "-10");
  expect(await stateOf(db, accountId)).toBe("blocked");
  await move(db.core, accountId, "-25");
  await db.admin`insert into app.events (provider_id, type, data, at) values (1, 'ledger.posted', ${JSON.stringify({ accountIds: [accountId], gl: [] })}::text::jsonb, ${noon.toString()})`;
  await advance(db.core);
  const call = { actor: actorWith() };
  const one = await ask(db.core, creditAccount, { accountId }, call);
  const all = await ask(db.core, creditAccounts, {}, call);
  // The block ends at 1: from −35 that is 36, not the 11 of when it began.
  const pay = "36000000";
  expect(one).toMatchObject({ ok: true, value: { account: { reason: { payMicros: pay } } } });
  expect(all).toMatchObject({ ok: true, value: { rows: [{ accountId, reason: { payMicros: pay } }] } });
});
