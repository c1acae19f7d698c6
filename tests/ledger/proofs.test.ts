// Each proof of the books is shown to find what it is for: an honest life of two accounts, then one thing in it that was changed by hand.
import { afterAll, beforeAll, expect, test } from "bun:test";
import { adjust } from "../../core/ledger/adjust.ts";
import { grantBonus } from "../../core/ledger/grant-bonus.ts";
import { ledgerProofs } from "../../core/ledger/proofs.ts";
import { reverse } from "../../core/ledger/reverse.ts";
import { transfer } from "../../core/ledger/transfer.ts";
import { rawOf } from "../../db/client.ts";
import { inTenant } from "../../db/tenant.ts";
import { type TestDatabase, testDatabase } from "../support/database.ts";
import { done, setUpOperator } from "../support/operator.ts";
import { registerWithAccount } from "../support/sold.ts";

let db: TestDatabase;
let accountId: string;
beforeAll(async () => {
  db = await testDatabase();
  await setUpOperator(db.core);
  const toAccountId = (await registerWithAccount(db.core)).accountId;
  accountId = (await registerWithAccount(db.core)).accountId;
  await done(db.core, adjust, { accountId, amount: "100", reason: "a gift" });
  await done(db.core, grantBonus, { accountId, name: "Welcome", amount: "20" });
  await done(db.core, adjust, { accountId, amount: "-5", reason: "a mistake" });
  const { transactionId } = await done(db.core, adjust, { accountId, amount: "3", reason: "a mistake" });
  await done(db.core, reverse, { accountId, transactionId: transactionId!, reason: "a mistake" });
  await done(db.core, transfer, { fromAccountId: accountId, toAccountId, amount: "7", reason: "a wish" });
});
afterAll(() => db.close());

async function found(): Promise<string[]> {
  const names: string[] = [];
  for (const proof of ledgerProofs)
    if ((await inTenant(db.core.db, [1], (tx) => proof.find(rawOf(tx), 1, 5), "read")).length > 0) names.push(proof.name);
  return names;
}

test("an honest life has nothing to find", async () => expect(await found()).toEqual([]));

test.each([
  [
    "a pot that was filled up",
    "update app.pots set remaining_micros = granted_micros",
    ["ledger.pots-equal-their-draws", "ledger.granted-equals-pots"],
  ],
  [
    "an account that has more granted than its pots",
    "update app.balances set granted_micros = granted_micros + 1",
    ["ledger.granted-equals-pots"],
  ],
  ["a draw that is lost", "delete from app.pot_draws", ["ledger.pots-equal-their-draws"]],
  [
    "a transfer that arrived as a bonus",
    "update app.ledger_postings set debit = 'expense.bonuses' where debit = 'clearing.transfers'",
    ["ledger.postings-fit-their-templates", "ledger.clearing-comes-to-nothing"],
  ],
  [
    "a bonus that was taken instead of given",
    "update app.ledger_postings set debit = credit, credit = debit where debit = 'expense.bonuses'",
    ["ledger.balances-equal-entries", "ledger.postings-fit-their-templates"],
  ],
  [
    "a reversal of less than there was",
    "update app.ledger_postings p set amount_micros = amount_micros - 1 from app.ledger_transactions x where x.id = p.transaction_id and x.reverses_id is not null",
    ["ledger.balances-equal-entries", "ledger.reversals-mirror"],
  ],
  [
    "a posting whose transaction is gone",
    "update app.ledger_postings set transaction_id = gen_random_uuid() where debit = 'expense.bonuses'",
    ["ledger.transactions-sum-to-zero", "ledger.nothing-is-loose"],
  ],
  ["a balance that moved by itself", "update app.balances set balance_micros = balance_micros + 1", ["ledger.balances-equal-entries"]],
])("%s is found", async (_, tampering, expected) => {
  const names: string[][] = [];
  await db.admin
    .begin(async (t) => {
      await t.unsafe(tampering);
      const all: string[] = [];
      for (const proof of ledgerProofs) if ((await proof.find(t, 1, 5)).length > 0) all.push(proof.name);
      names.push(all);
      throw new Error("undo");
    })
    .catch((error: Error) => {
      if (error.message !== "undo") throw error;
    });
  expect(names).toEqual([expected]);
});
