// Payments by hand: what is accepted, what waits, what can be taken back, and what the books say of each.
import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { addPlan } from "../../core/catalog/add-plan.ts";
import { chargeWhatIsDue } from "../../core/charges/charge-due.ts";
import { execute } from "../../core/kernel/command.ts";
import { canonical } from "../../core/kernel/json.ts";
import { closeMonth } from "../../core/ledger/close-month.ts";
import { transfer } from "../../core/ledger/transfer.ts";
import { cancelPayment } from "../../core/payments/cancel-payment.ts";
import { chargeBackPayment } from "../../core/payments/charge-back-payment.ts";
import { defineChannel } from "../../core/payments/define-channel.ts";
import { matchPayment } from "../../core/payments/match-payment.ts";
import { receivePayment } from "../../core/payments/receive-payment.ts";
import { refundPayment } from "../../core/payments/refund-payment.ts";
import { returnUnmatched } from "../../core/payments/return-unmatched.ts";
import { reverseChargeBack } from "../../core/payments/reverse-charge-back.ts";
import { takeOffAccount } from "../../core/payments/take-off-account.ts";
import { activateService } from "../../core/services/activate-service.ts";
import { changeAccount } from "../../core/subscribers/change-account.ts";
import { type TestDatabase, testDatabase } from "../support/database.ts";
import { actorWith, done } from "../support/operator.ts";
import { planDocumentInput } from "../support/plan.ts";
import { findings, type PaymentWorld, paymentWorld, units } from "./world.ts";

let db: TestDatabase;
let world: PaymentWorld;
beforeAll(async () => {
  db = await testDatabase();
  world = await paymentWorld(db);
});
afterAll(() => db.close());
afterEach(async () => expect(await findings(db)).toEqual([]));

const receive = (input: object) =>
  execute(
    db.core,
    receivePayment,
    { channelId: world.deskId, currency: "UAH", amount: "100", ...input },
    { actor: actorWith(), providerId: 1 },
  );
const paid = (input: object) =>
  done(db.core, receivePayment, { channelId: world.deskId, currency: "UAH", amount: "100", ...input } as never);
const attempt = (command: unknown, input: object, actor = actorWith()) =>
  execute(db.core, command as typeof refundPayment, input as never, { actor, providerId: 1 });
const refused = async (outcome: Promise<{ ok: boolean }>) => {
  const { ok, code } = (await outcome) as { ok: boolean; code?: string };
  return ok ? "accepted" : code;
};

describe("receiving", () => {
  test("what is paid is on the account, and receipts have no gaps", async () => {
    const { accountId } = await world.account();
    const first = await paid({ accountId, amount: "12.34" });
    expect(await world.balance(accountId)).toBe(12_340_000n);
    expect(await refused(receive({ accountId, amount: "12.345" }))).toBe("invalid_input");
    const second = await paid({ accountId });
    expect(second.receiptNumber).toBe(first.receiptNumber + 1);
  });

  test("an account is found by its number or its subscriber's; what a payer wrote wrong waits in suspense", async () => {
    const { accountId, accountNumber, number } = await world.account();
    expect((await paid({ accountText: ` ${accountNumber} ` })).accountId).toBe(accountId);
    expect((await paid({ accountText: String(number) })).accountId).toBe(accountId);
    const lost = await paid({ accountText: "nobody's" });
    expect(lost).toMatchObject({ accountId: null, state: "unmatched" });
    expect(await world.payment(lost.paymentId)).toMatchObject({ unmatched_because: "no-account" });
    expect((await paid({ accountText: accountNumber, currency: "EUR" })).state).toBe("unmatched");
    expect(await world.balance(accountId)).toBe(units(200));
  });

  test("what can't be is refused, and says why", async () => {
    const { accountId } = await world.account();
    for (const amount of ["0", "-5", "1.001", "x", "", "1e3"])
      expect([amount, await refused(receive({ accountId, amount }))]).toEqual([amount, "invalid_input"]);
    expect(await refused(receive({ accountId, currency: "EUR" }))).toBe("payment_currency");
    expect(await refused(receive({ accountId, paidAt: db.core.clock().add({ hours: 1 }).toString() }))).toBe("invalid_input");
    expect(await refused(receive({ accountId, accountText: "1" }))).toBe("invalid_input");
    expect(await refused(receive({ accountId, channelId: accountId }))).toBe("not_found");
    expect(await refused(receive({ accountId: world.deskId }))).toBe("not_found");
    const shut = await done(db.core, defineChannel, { code: `shut-${Date.now()}`, name: "Shut", kind: "desk", active: false });
    expect(await refused(receive({ accountId, channelId: shut.channelId }))).toBe("channel_inactive");
    await done(db.core, changeAccount, { accountId, status: "closed" });
    expect(await refused(receive({ accountId }))).toBe("account_closed");
    expect(await world.balance(accountId)).toBe(0n);
  });

  test("a channel's own id is one payment, however often it is sent, and never another", async () => {
    const { accountId } = await world.account();
    const sent = { accountId, channelId: world.bankId, externalId: "bank-1" };
    const first = await paid(sent);
    expect(await paid(sent)).toEqual({ ...first, repeated: true });
    expect(await refused(receive({ ...sent, amount: "99" }))).toBe("payment_known");
    expect((await paid({ ...sent, channelId: world.deskId })).paymentId).not.toBe(first.paymentId);
    expect(await world.balance(accountId)).toBe(units(200));
  });

  test("fifty at once with one key are one payment, and all hear the same", async () => {
    const { accountId } = await world.account();
    const input = { channelId: world.deskId, accountId, amount: "10", currency: "UAH" };
    const call = { actor: actorWith(), providerId: 1, idempotencyKey: "fifty" };
    const answers = await Promise.all(Array.from({ length: 50 }, () => execute(db.core, receivePayment, input, call)));
    expect(new Set(answers.map(canonical)).size).toBe(1);
    expect(answers[0]!.ok).toBe(true);
    expect(await world.balance(accountId)).toBe(units(10));
    expect(await refused(execute(db.core, receivePayment, { ...input, amount: "11" }, call))).toBe("idempotency_key_reused");
    expect(await world.balance(accountId)).toBe(units(10));
  });

  test("twenty at once with one external id are one payment too", async () => {
    const { accountId } = await world.account();
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => receive({ accountId, channelId: world.bankId, externalId: "race" })),
    );
    expect(answers.filter((answer) => answer.ok && !(answer.value as { repeated: boolean }).repeated)).toHaveLength(1);
    expect(await world.balance(accountId)).toBe(units(100));
  });

  test("a payment of a closed month takes effect today, and says when it was paid", async () => {
    await done(db.core, closeMonth, { month: "2026-01" });
    const { accountId } = await world.account();
    const { paymentId } = await paid({ accountId, paidAt: "2026-01-10T10:00:00Z" });
    const [entry] =
      await db.admin`select x.effective_at, y.paid_at from app.payment_movements m join app.ledger_transactions x on x.id = m.transaction_id
      join app.payments y on y.id = m.payment_id where m.payment_id = ${paymentId}`;
    expect(entry!.paid_at.toISOString()).toBe("2026-01-10T10:00:00.000Z");
    expect(entry!.effective_at.getTime()).toBeGreaterThan(Date.parse("2026-02-01"));
    const open = await paid({ accountId, paidAt: "2026-02-10T10:00:00Z" });
    const [kept] =
      await db.admin`select x.effective_at from app.payment_movements m join app.ledger_transactions x on x.id = m.transaction_id where m.payment_id = ${open.paymentId}`;
    expect(kept!.effective_at.toISOString()).toBe("2026-02-10T10:00:00.000Z");
  });
});

describe("what waits in suspense", () => {
  test("is given to its account, once", async () => {
    const { accountId } = await world.account();
    const { paymentId } = await paid({ accountText: "???" });
    expect(await refused(attempt(matchPayment, { paymentId, accountId }))).toBe("accepted");
    expect(await refused(attempt(matchPayment, { paymentId, accountId }))).toBe("payment_state");
    expect(await world.balance(accountId)).toBe(units(100));
  });

  test("goes back to the payer, and then belongs to nobody", async () => {
    const { accountId } = await world.account();
    const { paymentId } = await paid({ accountText: "???" });
    expect(await refused(attempt(returnUnmatched, { paymentId, reason: "nobody knows him" }))).toBe("accepted");
    expect(await refused(attempt(matchPayment, { paymentId, accountId }))).toBe("payment_state");
    expect((await world.payment(paymentId))!.state).toBe("returned");
  });

  test("doesn't fit an account in another currency, or a closed one", async () => {
    const { accountId } = await world.account();
    const { paymentId } = await paid({ accountText: "???", currency: "EUR" });
    expect(await refused(attempt(matchPayment, { paymentId, accountId }))).toBe("payment_currency");
    const ours = await paid({ accountText: "???" });
    await done(db.core, changeAccount, { accountId, status: "closed" });
    expect(await refused(attempt(matchPayment, { paymentId: ours.paymentId, accountId }))).toBe("account_closed");
  });

  test("a payment on the wrong account moves to the right one; what was spent of it is owed", async () => {
    const [wrong, right] = [await world.account(), await world.account()];
    const { paymentId } = await paid({ accountId: wrong.accountId });
    const reason = "paid for his neighbour";
    expect(await refused(attempt(takeOffAccount, { paymentId, reason }))).toBe("accepted");
    expect(await refused(attempt(matchPayment, { paymentId, accountId: right.accountId }))).toBe("accepted");
    expect([await world.balance(wrong.accountId), await world.balance(right.accountId)]).toEqual([0n, units(100)]);
    // And from a matched one too.
    expect(await refused(attempt(takeOffAccount, { paymentId, reason }))).toBe("accepted");
    expect(await refused(attempt(matchPayment, { paymentId, accountId: wrong.accountId }))).toBe("accepted");
    expect([await world.balance(wrong.accountId), await world.balance(right.accountId)]).toEqual([units(100), 0n]);
  });
});

describe("giving back", () => {
  test("in parts up to what was paid", async () => {
    const { accountId } = await world.account();
    const { paymentId } = await paid({ accountId });
    const refund = (amount: string) => attempt(refundPayment, { paymentId, amount, reason: "asked for" });
    expect(await refused(refund("100.01"))).toBe("refund_too_large");
    expect(await refused(refund("30"))).toBe("accepted");
    expect(await refused(refund("70.01"))).toBe("refund_too_large");
    expect(await refused(refund("70"))).toBe("accepted");
    expect(await refused(refund("0.01"))).toBe("payment_state");
    expect(await world.payment(paymentId)).toMatchObject({ state: "refunded", refunded: String(units(100)) });
    expect(await world.balance(accountId)).toBe(0n);
  });

  test("never what was spent", async () => {
    const { accountId } = await world.account();
    const { paymentId } = await paid({ accountId });
    await db.admin`update app.balances set held_micros = ${String(units(80))} where account_id = ${accountId}`;
    const outcome = await attempt(refundPayment, { paymentId, amount: "20.01", reason: "asked for" });
    expect(outcome).toMatchObject({ ok: false, code: "insufficient_funds", available: "20.00" });
    expect(await refused(attempt(refundPayment, { paymentId, amount: "20", reason: "asked for" }))).toBe("accepted");
    await db.admin`update app.balances set held_micros = 0 where account_id = ${accountId}`;
  });

  test("many at once never more than was paid", async () => {
    const { accountId } = await world.account();
    const { paymentId } = await paid({ accountId });
    const outcomes = await Promise.all(
      Array.from({ length: 12 }, () => attempt(refundPayment, { paymentId, amount: "30", reason: "again" })),
    );
    expect(outcomes.filter(({ ok }) => ok)).toHaveLength(3);
    expect(await world.balance(accountId)).toBe(units(10));
  });

  // K10 of the worked cases: a charge of 100, paid with 100.
  test.each([
    ["with adjustment nothing is due", true, 0n],
    ["without adjustment 10 are due", false, -units(10)],
  ])("refund 10 of 100: %s", async (_, adjust, due) => {
    const { accountId } = await world.account({ creditLimit: units(50) });
    const code = `k10-${adjust}`;
    const document = { ...planDocumentInput(), fees: [{ code: "connection", name: "Connection", amount: "100.00" }] };
    const { planId } = await done(db.core, addPlan, { code, document, validFrom: "2026-01-01T00:00:00Z" });
    await done(db.core, activateService, { accountId, planId, label: "Line", from: "2026-11-01T00:00:00Z" });
    await chargeWhatIsDue(db.core, [{ providerId: 1, planId }]);
    expect(await world.balance(accountId)).toBe(-units(100));
    const { paymentId } = await paid({ accountId });
    expect(await world.balance(accountId)).toBe(0n);
    const everything = { ...actorWith(), adjustmentLimitMicros: null };
    expect(await refused(attempt(refundPayment, { paymentId, amount: "10", reason: "a bad line", adjust }, everything))).toBe("accepted");
    expect(await world.balance(accountId)).toBe(due);
  });

  test("with adjustment takes the right to adjust, and its limit", async () => {
    const { accountId } = await world.account();
    const { paymentId } = await paid({ accountId });
    const refund = { paymentId, amount: "10", reason: "a bad line", adjust: true };
    const permissions = [...actorWith().permissions].filter((name) => name !== "ledger:adjust");
    expect(await refused(attempt(refundPayment, refund, actorWith({ permissions })))).toBe("not_permitted");
    expect(await refused(attempt(refundPayment, refund, { ...actorWith(), adjustmentLimitMicros: units(5) }))).toBe("beyond_limit");
    expect(await refused(attempt(refundPayment, { ...refund, tax: "10.01" }))).toBe("invalid_input");
    expect(await world.balance(accountId)).toBe(units(100));
    expect(await refused(attempt(refundPayment, { ...refund, tax: "1.67" }, { ...actorWith(), adjustmentLimitMicros: units(10) }))).toBe(
      "accepted",
    );
    expect(await world.balance(accountId)).toBe(units(100));
  });

  test("a charge-back takes the rest, into debt if need be, and its reversal gives it again", async () => {
    const { accountId } = await world.account();
    const { paymentId } = await paid({ accountId });
    await attempt(refundPayment, { paymentId, amount: "40", reason: "asked for" });
    const reason = "stolen card";
    expect(await refused(attempt(chargeBackPayment, { paymentId, reason }))).toBe("accepted");
    expect(await world.balance(accountId)).toBe(0n);
    expect(await world.payment(paymentId)).toMatchObject({ state: "charged-back", charged_back: String(units(60)) });
    expect(await refused(attempt(chargeBackPayment, { paymentId, reason }))).toBe("payment_state");
    for (const state of ["accepted", "payment_state"]) expect(await refused(attempt(reverseChargeBack, { paymentId, reason }))).toBe(state);
    expect(await world.balance(accountId)).toBe(units(60));
    await attempt(chargeBackPayment, { paymentId, reason });
    expect(await refused(attempt(reverseChargeBack, { paymentId, reason }))).toBe("accepted");
    expect((await world.payment(paymentId))!.state).toBe("credited");
  });

  test("a mistake is cancelled although it was spent: the account owes it", async () => {
    const { accountId } = await world.account();
    const cancel = (paymentId: string) => refused(attempt(cancelPayment, { paymentId, reason: "it never came" }));
    const [right, wrong] = [await paid({ accountId }), await paid({ accountId, amount: "50" })];
    await attempt(refundPayment, { paymentId: right.paymentId, amount: "100", reason: "asked for" });
    expect(await cancel(right.paymentId)).toBe("payment_state");
    await attempt(refundPayment, { paymentId: wrong.paymentId, amount: "1", reason: "asked for" });
    expect(await cancel(wrong.paymentId)).toBe("payment_partly_refunded");
    const spent = await paid({ accountId, amount: "20" });
    await attempt(refundPayment, { paymentId: wrong.paymentId, amount: "49", reason: "asked for" });
    await done(db.core, transfer, {
      fromAccountId: accountId,
      toAccountId: (await world.account()).accountId,
      amount: "20",
      reason: "a gift",
    });
    expect(await cancel(spent.paymentId)).toBe("accepted");
    expect(await world.balance(accountId)).toBe(-units(20));
    expect(await cancel(spent.paymentId)).toBe("payment_state");
  });

  test("a mistake is cancelled in suspense, and where it was matched", async () => {
    const { accountId } = await world.account();
    const [matched, waiting] = [await paid({ accountText: "?" }), await paid({ accountText: "?" })];
    await attempt(matchPayment, { paymentId: matched.paymentId, accountId });
    for (const { paymentId } of [matched, waiting])
      expect(await refused(attempt(cancelPayment, { paymentId, reason: "it never came" }))).toBe("accepted");
    expect(await world.balance(accountId)).toBe(0n);
  });
});

test("a manager of groups sees no payments of others, and puts nothing into suspense", async () => {
  const { accountId } = await world.account();
  const { paymentId } = await paid({ accountId });
  const stranger = actorWith({ groupIds: [crypto.randomUUID()] });
  expect(await refused(attempt(refundPayment, { paymentId, amount: "1", reason: "mine" }, stranger))).toBe("not_found");
  expect(await refused(attempt(cancelPayment, { paymentId, reason: "mine" }, stranger))).toBe("not_found");
  const input = { channelId: world.deskId, currency: "UAH", amount: "1" };
  expect(await refused(attempt(receivePayment, { ...input, accountText: "nobody's" }, stranger))).toBe("not_found");
  expect(await refused(attempt(receivePayment, { ...input, accountId }, stranger))).toBe("not_found");
});
