// Money that people move: adjustments and their second person, transfers, bonuses, write-offs, reversals, payers.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { type Command, execute } from "../../core/kernel/command.ts";
import { newId } from "../../core/kernel/id.ts";
import { parseMicros } from "../../core/kernel/money.ts";
import { adjust } from "../../core/ledger/adjust.ts";
import { carryOverBalance } from "../../core/ledger/carry-over-balance.ts";
import { closeMonth } from "../../core/ledger/close-month.ts";
import { approveAdjustment, rejectAdjustment } from "../../core/ledger/decide-adjustment.ts";
import { expirePots } from "../../core/ledger/expire-pots.ts";
import { grantBonus } from "../../core/ledger/grant-bonus.ts";
import { lockBalances, post } from "../../core/ledger/post.ts";
import { reverse } from "../../core/ledger/reverse.ts";
import { templates } from "../../core/ledger/templates.ts";
import { transfer } from "../../core/ledger/transfer.ts";
import { writeOff } from "../../core/ledger/write-off.ts";
import { addGroup } from "../../core/subscribers/add-group.ts";
import { changeAccount } from "../../core/subscribers/change-account.ts";
import { openAccount } from "../../core/subscribers/open-account.ts";
import { clearPayer, setPayer } from "../../core/subscribers/set-payer.ts";
import { verify } from "../../core/verify.ts";
import { rawOf } from "../../db/client.ts";
import { inTenant } from "../../db/tenant.ts";
import { type TestDatabase, testDatabase } from "../support/database.ts";
import { actorWith, done, setUpOperator } from "../support/operator.ts";
import { registerWithAccount } from "../support/sold.ts";

let now = Temporal.Instant.from("2026-11-23T12:00:00Z");
let db: TestDatabase;
beforeAll(async () => {
  db = await testDatabase({ clock: () => now });
  await setUpOperator(db.core);
});
afterAll(async () => {
  // Charges are posted here without the rows that the charging job makes of them, and credit control doesn't run.
  expect((await verify(db.core)).findings.filter(({ proof }) => /^(ledger|read)\./.test(proof))).toEqual([]);
  await db.close();
}, 60_000);

const make = <I extends Command["input"], T>(command: Command<I, T>, input: never) => done(db.core, command, input);
const as = (actor: object, command: unknown, input: object) =>
  execute(db.core, command as Command, input, { actor: { ...actorWith(), ...actor } as never, providerId: 1 });
const person = (id: string, limit: string | null, more: object = {}) => ({
  id,
  name: id,
  adjustmentLimitMicros: limit === null ? null : parseMicros(limit)!,
  ...more,
});
const account = async () => (await registerWithAccount(db.core)).accountId;
async function stateOf(accountId: string) {
  const [row] =
    await db.admin`select (balance_micros / 1e6)::text::float8 as balance, (granted_micros / 1e6)::float8 as granted from app.balances where account_id = ${accountId}`;
  return { balance: row!.balance as number, granted: row!.granted as number };
}
const reason = "a mistake";
/** Reversals at once; 500 with MB_TEST_LONG=1. */
const many = process.env.MB_TEST_LONG ? 500 : 100;
async function charge(accountId: string, amount: string) {
  const id = newId();
  await inTenant(db.core.db, [1], async (tx) => {
    await lockBalances(rawOf(tx), 1, [accountId]);
    const frame = {
      id,
      accountId,
      currency: "UAH",
      template: "fee.charged" as const,
      sourceKey: id,
      effectiveAt: now.toString(),
      details: {},
    };
    await post(rawOf(tx), 1, [{ ...frame, postings: templates["fee.charged"]({ amountMicros: parseMicros(amount)! }) }], now);
  });
  return id;
}

describe("an adjustment", () => {
  test("within the limit is posted at once, with its tax", async () => {
    const accountId = await account();
    const outcome = await as(person("a", "12"), adjust, { accountId, amount: "-10", tax: "-2", reason });
    expect(outcome).toMatchObject({ ok: true, value: { requestId: null } });
    expect(await stateOf(accountId)).toEqual({ balance: -12, granted: 0 });
  });

  test("above the limit waits; whoever asked can't approve it, nor whoever has a lower limit; somebody else can, once", async () => {
    const accountId = await account();
    const asked = await as(person("a", "9.99"), adjust, { accountId, amount: "10", reason });
    const { requestId } = (asked as unknown as { value: { requestId: string } }).value;
    expect(await stateOf(accountId)).toEqual({ balance: 0, granted: 0 });
    expect(await as(person("a", null), approveAdjustment, { accountId, requestId })).toMatchObject({ code: "second_person_needed" });
    expect(await as(person("b", "9.99"), approveAdjustment, { accountId, requestId })).toMatchObject({
      code: "beyond_limit",
      limit: "9.99",
    });
    const both = await Promise.all(["b", "c"].map((id) => as(person(id, "10"), approveAdjustment, { accountId, requestId })));
    expect(both.filter((one) => one.ok)).toHaveLength(1);
    expect(both.find((one) => !one.ok)).toMatchObject({ code: "adjustment_decided", state: "approved" });
    expect(await stateOf(accountId)).toEqual({ balance: 10, granted: 0 });
    const [row] = await db.admin`select details from app.ledger_transactions where account_id = ${accountId}`;
    expect(row!.details).toMatchObject({ reason, by: { id: "a" }, approvedBy: { id: expect.stringMatching(/^[bc]$/) } });
  });

  test("without a limit told, and in another currency than the limit's, waits", async () => {
    const { subscriberId } = await registerWithAccount(db.core);
    const { accountId } = await done(db.core, openAccount, { subscriberId, kind: "prepaid", currency: "EUR" });
    expect(await as(person("a", "1000"), adjust, { accountId, amount: "1", reason })).toMatchObject({ value: { transactionId: null } });
    expect(await as({ adjustmentLimitMicros: undefined }, adjust, { accountId, amount: "1", reason })).toMatchObject({
      value: { transactionId: null },
    });
    expect(await as(person("a", null), adjust, { accountId, amount: "1", reason })).toMatchObject({ value: { requestId: null } });
  });

  test("that was rejected, or waited for too long, is never posted", async () => {
    const accountId = await account();
    const ask = async () =>
      ((await as(person("a", "0"), adjust, { accountId, amount: "5", reason })) as never as { value: { requestId: string } }).value
        .requestId;
    const [rejected, expired] = [await ask(), await ask()];
    expect(await as(person("b", null), rejectAdjustment, { accountId, requestId: rejected, reason: "no" })).toMatchObject({ ok: true });
    expect(await as(person("b", null), approveAdjustment, { accountId, requestId: rejected })).toMatchObject({ state: "rejected" });
    const before = now;
    now = now.add({ hours: 14 * 24 });
    expect(await as(person("b", null), approveAdjustment, { accountId, requestId: expired })).toMatchObject({ state: "expired" });
    now = before;
    expect(await stateOf(accountId)).toEqual({ balance: 0, granted: 0 });
  });

  test("of another account's request is refused as if there were none", async () => {
    const [one, other] = [await account(), await account()];
    const asked = await as(person("a", "0"), adjust, { accountId: one, amount: "5", reason });
    const { requestId } = (asked as never as { value: { requestId: string } }).value;
    expect(await as(person("b", null), approveAdjustment, { accountId: other, requestId })).toEqual({ ok: false, code: "not_found" });
  });
});

describe("a transfer", () => {
  test("takes cash only: what was granted, held or lent stays", async () => {
    const [from, to] = [await account(), await account()];
    await make(adjust, { accountId: from, amount: "100", reason } as never);
    await make(grantBonus, { accountId: from, name: "Welcome", amount: "50" } as never);
    await db.admin`update app.balances set held_micros = 30000000 where account_id = ${from}`;
    expect(await as({}, transfer, { fromAccountId: from, toAccountId: to, amount: "70.000001", reason })).toMatchObject({
      code: "insufficient_funds",
      available: "70.00",
    });
    expect(await as({}, transfer, { fromAccountId: from, toAccountId: to, amount: "70", reason })).toMatchObject({ ok: true });
    expect([await stateOf(from), await stateOf(to)]).toEqual([
      { balance: 80, granted: 50 },
      { balance: 70, granted: 0 },
    ]);
    await db.admin`update app.balances set held_micros = 0 where account_id = ${from}`;
  });

  test("stays in its currency, and goes to no closed account and not to itself", async () => {
    const [from, closed] = [await account(), await account()];
    const { subscriberId } = await registerWithAccount(db.core);
    const { accountId: foreign } = await done(db.core, openAccount, { subscriberId, kind: "prepaid", currency: "EUR" });
    await done(db.core, changeAccount, { accountId: closed, status: "closed" });
    await make(adjust, { accountId: from, amount: "10", reason } as never);
    const to = (toAccountId: string) => as({}, transfer, { fromAccountId: from, toAccountId, amount: "1", reason });
    expect(await to(foreign)).toMatchObject({ code: "currencies_differ" });
    expect(await to(closed)).toMatchObject({ code: "account_closed" });
    expect(await to(from)).toMatchObject({ code: "invalid_input" });
    expect(await stateOf(from)).toEqual({ balance: 10, granted: 0 });
  });

  test("needs both sides in the scope", async () => {
    const { groupId } = await done(db.core, addGroup, { name: "North" });
    const [mine, theirs] = [(await registerWithAccount(db.core, { groupId })).accountId, await account()];
    await make(adjust, { accountId: mine, amount: "10", reason } as never);
    await make(adjust, { accountId: theirs, amount: "10", reason } as never);
    const scope = { scope: { providerIds: [1], groupIds: [groupId] } };
    for (const [fromAccountId, toAccountId] of [
      [mine, theirs],
      [theirs, mine],
    ] as const)
      expect(await as(scope, transfer, { fromAccountId, toAccountId, amount: "1", reason })).toEqual({ ok: false, code: "not_found" });
    for (const [accountId, payerAccountId] of [
      [mine, theirs],
      [theirs, mine],
    ] as const)
      expect(await as(scope, setPayer, { accountId, payerAccountId })).toEqual({ ok: false, code: "not_found" });
  });

  test("asked for 50 times at once with one key happens once", async () => {
    const [from, to] = [await account(), await account()];
    await make(adjust, { accountId: from, amount: "1000", reason } as never);
    const input = { fromAccountId: from, toAccountId: to, amount: "7", reason };
    const call = { actor: actorWith(), providerId: 1, idempotencyKey: "one-transfer" };
    const outcomes = await Promise.all(Array.from({ length: 50 }, () => execute(db.core, transfer, input, call)));
    expect(outcomes.every((one) => one.ok)).toBe(true);
    expect(new Set(outcomes.map((one) => (one as { value: { transferId: string } }).value.transferId)).size).toBe(1);
    expect(await stateOf(to)).toEqual({ balance: 7, granted: 0 });
  });

  test("both ways at once, many times over, loses nothing and waits for nobody for ever", async () => {
    const [a, b] = [await account(), await account()];
    for (const accountId of [a, b]) await make(adjust, { accountId, amount: "100", reason } as never);
    const outcomes = await Promise.all(
      Array.from({ length: 60 }, (_, i) =>
        as({}, transfer, { fromAccountId: i % 2 ? a : b, toAccountId: i % 2 ? b : a, amount: "1", reason }),
      ),
    );
    expect(outcomes.filter((one) => !one.ok)).toEqual([]);
    expect((await stateOf(a)).balance + (await stateOf(b)).balance).toBe(200);
  });
});

describe("a reversal", () => {
  test("gives back to the pots what they paid, once", async () => {
    const accountId = await account();
    await make(grantBonus, { accountId, name: "Welcome", amount: "50" } as never);
    const { transactionId } = (await done(db.core, adjust, { accountId, amount: "-60", reason }))!;
    expect(await stateOf(accountId)).toEqual({ balance: -10, granted: 0 });
    expect(await as({}, reverse, { accountId, transactionId, reason })).toMatchObject({ ok: true });
    expect(await stateOf(accountId)).toEqual({ balance: 50, granted: 50 });
    expect(await as({}, reverse, { accountId, transactionId, reason })).toMatchObject({ code: "already_reversed" });
  });

  test("of a bonus takes its pot first", async () => {
    const accountId = await account();
    await make(grantBonus, { accountId, name: "Better", amount: "50", priority: 50 } as never);
    const { transactionId } = await done(db.core, grantBonus, { accountId, name: "Mistaken", amount: "20" });
    await done(db.core, reverse, { accountId, transactionId, reason });
    const pots = await db.admin`select name, remaining_micros::text as left from app.pots where account_id = ${accountId} order by name`;
    expect([...pots]).toMatchObject([
      { name: "Better", left: "50000000" },
      { name: "Mistaken", left: "0" },
    ]);
  });

  test("of a bonus that has expired is refused: it would be taken back twice", async () => {
    const accountId = await account();
    const expiresAt = now.add({ hours: 1 }).toString();
    const { transactionId } = await done(db.core, grantBonus, { accountId, name: "Short", amount: "20", expiresAt });
    const before = now;
    now = now.add({ hours: 1 });
    await expirePots(db.core);
    expect(await as({}, reverse, { accountId, transactionId, reason })).toMatchObject({ code: "not_reversible" });
    expect(await stateOf(accountId)).toEqual({ balance: 0, granted: 0 });
    now = before;
  });

  test("of a transfer takes both sides back, from whichever it is asked, unless the money was spent", async () => {
    const [from, to] = [await account(), await account()];
    await make(adjust, { accountId: from, amount: "10", reason } as never);
    const { receivedTransactionId } = await done(db.core, transfer, { fromAccountId: from, toAccountId: to, amount: "10", reason });
    await charge(to, "4");
    expect(await as({}, reverse, { accountId: to, transactionId: receivedTransactionId, reason })).toMatchObject({
      code: "insufficient_funds",
      available: "6.00",
    });
    await make(adjust, { accountId: to, amount: "4", reason } as never);
    expect(await as({}, reverse, { accountId: to, transactionId: receivedTransactionId, reason })).toMatchObject({ ok: true });
    expect([(await stateOf(from)).balance, (await stateOf(to)).balance]).toEqual([10, 0]);
  });

  test("takes effect when the original did, or today when that month is closed", async () => {
    const accountId = await account();
    const before = now;
    now = Temporal.Instant.from("2026-10-10T12:00:00Z");
    const [first, second] = [
      await done(db.core, adjust, { accountId, amount: "1", reason }),
      await done(db.core, adjust, { accountId, amount: "2", reason }),
    ];
    now = before;
    const effective = async ({ transactionId }: { transactionId: string | null }) => {
      const { transactionId: id } = await done(db.core, reverse, { accountId, transactionId: transactionId!, reason });
      const [row] = await db.admin`select effective_at::text as at from app.ledger_transactions where id = ${id}`;
      return row!.at;
    };
    expect(await effective(first)).toBe("2026-10-10 12:00:00+00");
    await done(db.core, closeMonth, { month: "2026-10" });
    expect(await effective(second)).toBe("2026-11-23 12:00:00+00");
  });

  test("of what the system charged is not for people, nor is one above their limit, nor one of a reversal", async () => {
    const accountId = await account();
    expect(await as({}, reverse, { accountId, transactionId: await charge(accountId, "1"), reason })).toMatchObject({
      code: "not_reversible",
    });
    const { transactionId } = await done(db.core, adjust, { accountId, amount: "10", reason });
    expect(await as(person("a", "9"), reverse, { accountId, transactionId, reason })).toMatchObject({ code: "beyond_limit" });
    const back = await done(db.core, reverse, { accountId, transactionId: transactionId!, reason });
    expect(await as({}, reverse, { accountId, transactionId: back.transactionId, reason })).toMatchObject({ code: "not_reversible" });
    expect(await as({}, reverse, { accountId, transactionId: newId(), reason })).toEqual({ ok: false, code: "not_found" });
  });

  test("of a carried-over balance undoes it", async () => {
    const accountId = await account();
    const { transactionId } = await done(db.core, carryOverBalance, { accountId, amount: "-31.5" });
    await done(db.core, reverse, { accountId, transactionId, reason });
    expect(await stateOf(accountId)).toEqual({ balance: 0, granted: 0 });
  });

  test("of many adjustments by 20 people, each asked for twice at once: each happens once, is refused once, and nothing is left", async () => {
    const accounts = await Promise.all(Array.from({ length: many / 20 }, account));
    const queue = accounts.flatMap((accountId) => Array.from({ length: 20 }, () => accountId));
    const posted: { accountId: string; transactionId: string }[] = [];
    const work = async (each: () => Promise<void>) => Promise.all(Array.from({ length: 20 }, each));
    await work(async () => {
      for (let accountId = queue.pop(); accountId; accountId = queue.pop())
        posted.push({ accountId, transactionId: (await done(db.core, adjust, { accountId, amount: "1.25", reason })).transactionId! });
    });
    const wishes = [...posted, ...posted];
    const outcomes: string[] = [];
    await work(async () => {
      for (let wish = wishes.shift(); wish; wish = wishes.shift()) {
        const outcome = await as({}, reverse, { ...wish, reason });
        outcomes.push(outcome.ok ? "reversed" : outcome.code);
      }
    });
    expect([outcomes.filter((one) => one === "reversed").length, outcomes.filter((one) => one === "already_reversed").length]).toEqual([
      many,
      many,
    ]);
    const [left] =
      await db.admin`select sum(balance_micros)::text as sum, count(*)::int as n from app.balances where account_id = any(${accounts})`;
    expect(left).toMatchObject({ sum: "0", n: many / 20 });
  }, 120_000);
});

describe("a debt", () => {
  test("is written off as a whole or in part, and nothing beyond it", async () => {
    const accountId = await account();
    expect(await as({}, writeOff, { accountId, reason })).toMatchObject({ code: "nothing_owed" });
    await charge(accountId, "30");
    expect(await as({}, writeOff, { accountId, amount: "30.01", reason })).toMatchObject({
      code: "invalid_input",
      issues: [{ path: "amount" }],
    });
    expect(await as(person("a", "9"), writeOff, { accountId, amount: "10", reason })).toMatchObject({ code: "beyond_limit" });
    await done(db.core, writeOff, { accountId, amount: "10", reason });
    expect((await stateOf(accountId)).balance).toBe(-20);
    await done(db.core, writeOff, { accountId, reason });
    expect((await stateOf(accountId)).balance).toBe(0);
  });
});

describe("pots", () => {
  test("expire when their time has come, once, however many look at once; what a reversal gives back later expires again", async () => {
    const accountId = await account();
    const expiresAt = now.add({ hours: 1 }).toString();
    for (const name of ["One", "Two"]) await done(db.core, grantBonus, { accountId, name, amount: "10", expiresAt });
    await done(db.core, grantBonus, { accountId, name: "Lasting", amount: "5" });
    const spent = await done(db.core, adjust, { accountId, amount: "-4", reason });
    const before = now;
    expect(await expirePots(db.core)).toBe(0);
    now = now.add({ hours: 1 });
    const made = await Promise.all([expirePots(db.core), expirePots(db.core), expirePots(db.core)]);
    expect(made.reduce((a, b) => a + b)).toBe(2);
    expect(await stateOf(accountId)).toEqual({ balance: 5, granted: 5 });
    await done(db.core, reverse, { accountId, transactionId: spent.transactionId!, reason });
    expect(await stateOf(accountId)).toEqual({ balance: 9, granted: 9 });
    expect(await expirePots(db.core)).toBe(1);
    expect(await stateOf(accountId)).toEqual({ balance: 5, granted: 5 });
    now = before;
  });

  test("can't be granted into the past, to a closed account, or above one's limit", async () => {
    const accountId = await account();
    const bonus = { accountId, name: "Bonus", amount: "10" };
    expect(await as({}, grantBonus, { ...bonus, expiresAt: now.toString() })).toMatchObject({ code: "invalid_input" });
    expect(await as(person("a", "9"), grantBonus, bonus)).toMatchObject({ code: "beyond_limit" });
    await done(db.core, changeAccount, { accountId, status: "closed" });
    expect(await as({}, grantBonus, bonus)).toMatchObject({ code: "account_closed" });
  });
});

describe("a payer", () => {
  test("pays for what is charged up to the limit of the month, until it is cleared", async () => {
    const [member, company] = [await account(), await account()];
    await done(db.core, setPayer, { accountId: member, payerAccountId: company, monthlyLimit: "15" });
    expect(await as({}, changeAccount, { accountId: company, status: "closed" })).toEqual({
      ok: false,
      code: "account_pays_for_others",
      accounts: 1,
    });
    await charge(member, "10");
    await charge(member, "10");
    expect([(await stateOf(member)).balance, (await stateOf(company)).balance]).toEqual([-5, -15]);
    await done(db.core, clearPayer, { accountId: member });
    await charge(member, "10");
    expect([(await stateOf(member)).balance, (await stateOf(company)).balance]).toEqual([-15, -15]);
  });

  test("has a month of his own: what one paid before counts neither for the limit of the next, nor as his to get back", async () => {
    const [member, one, next] = [await account(), await account(), await account()];
    await done(db.core, setPayer, { accountId: member, payerAccountId: one, monthlyLimit: "15" });
    await charge(member, "15");
    await done(db.core, setPayer, { accountId: member, payerAccountId: next, monthlyLimit: "15" });
    await charge(member, "-4");
    await charge(member, "15");
    expect([(await stateOf(member)).balance, (await stateOf(one)).balance, (await stateOf(next)).balance]).toEqual([4, -15, -15]);
  });

  test("is paid for by nobody, and whoever is paid for pays for nobody, also when both are wished for at once", async () => {
    const [a, b, c] = [await account(), await account(), await account()];
    await done(db.core, setPayer, { accountId: a, payerAccountId: b });
    expect(await as({}, setPayer, { accountId: b, payerAccountId: c })).toMatchObject({ code: "payer_chain" });
    expect(await as({}, setPayer, { accountId: c, payerAccountId: a })).toMatchObject({ code: "payer_chain" });
    const [d, e, f] = [await account(), await account(), await account()];
    const outcomes = await Promise.all([
      as({}, setPayer, { accountId: d, payerAccountId: e }),
      as({}, setPayer, { accountId: e, payerAccountId: f }),
    ]);
    expect(outcomes.filter((one) => one.ok)).toHaveLength(1);
  });
});

test("a sum beyond what can be reckoned with is refused, one at a time and all together", async () => {
  const accountId = await account();
  const given = (amount: string) => as(person("a", null), adjust, { accountId, amount, reason });
  expect(await given("10000000000.000001")).toMatchObject({ ok: false, code: "invalid_input" });
  expect(await given("-10000000000.000001")).toMatchObject({ ok: false, code: "invalid_input" });
  await db.admin`update app.balances set balance_micros = 9223372036854775000 where account_id = ${accountId}`;
  expect(await given("1")).toEqual({ ok: false, code: "amount_too_large" });
  await db.admin`update app.balances set balance_micros = 0 where account_id = ${accountId}`;
  expect(await given("10000000000")).toMatchObject({ ok: true });
});
