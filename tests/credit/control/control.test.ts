// Credit control at work on real accounts: a balance falls, is warned about, blocked, paid; promises, pauses, overrides; two workers; many accounts.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { checkAccounts } from "../../../core/credit/control/check-accounts.ts";
import { checkLot } from "../../../core/credit/control/check-lot.ts";
import { givePromise } from "../../../core/credit/control/give-promise.ts";
import { overrideState } from "../../../core/credit/control/override-state.ts";
import { previewPolicy } from "../../../core/credit/control/preview-policy.ts";
import { creditProofs } from "../../../core/credit/control/proofs.ts";
import { setPolicy } from "../../../core/credit/control/set-policy.ts";
import { resumeAccount, suspendAccount } from "../../../core/credit/control/suspend-account.ts";
import { execute } from "../../../core/kernel/command.ts";
import { newId } from "../../../core/kernel/id.ts";
import { transfer } from "../../../core/ledger/transfer.ts";
import { defineChannel } from "../../../core/payments/define-channel.ts";
import { receivePayment } from "../../../core/payments/receive-payment.ts";
import { refundPayment } from "../../../core/payments/refund-payment.ts";
import { changeAccount } from "../../../core/subscribers/change-account.ts";
import { type RawTx, rawOf } from "../../../db/client.ts";
import { inTenant } from "../../../db/tenant.ts";
import { type TestDatabase, testDatabase } from "../../support/database.ts";
import { actorWith, done, partnerOf, setUpOperator } from "../../support/operator.ts";
import { addTestPlan, sell } from "../../support/sold.ts";
import { govern, move, moveAndCheck, noon, noticesOf, ordersOf, policy, stateOf, waysOf } from "./world.ts";

let db: TestDatabase;
let now = noon;
let planId: string;
beforeAll(async () => {
  db = await testDatabase({ clock: () => now });
  await setUpOperator(db.core);
  await govern(db.core);
  planId = await addTestPlan(db.core);
});
afterAll(() => db.close());
beforeEach(() => {
  now = noon;
});

/** With a service, and with money on it. */
async function account(kind: "prepaid" | "postpaid" = "prepaid", money = "100") {
  const made = await sell(db.core, { planId });
  await done(db.core, changeAccount, { accountId: made.accountId, kind });
  if (money !== "0") await move(db.core, made.accountId, money);
  await checkAccounts(db.core);
  return made;
}
const as = (command: Parameters<typeof execute>[1], input: unknown, actor = actorWith()) =>
  execute(db.core, command, input, { actor, providerId: 1 });
const findings = () =>
  inTenant(
    db.core.db,
    [1],
    async (tx) => (await Promise.all(creditProofs.slice(1).map((proof) => proof.find(rawOf(tx), 1, 20)))).flat(),
    "read",
  );

describe("a balance", () => {
  test("runs low, is warned about, limited, blocked, and works again when it is paid", async () => {
    const { accountId } = await account();
    expect(await stateOf(db, accountId)).toBe("active");
    await moveAndCheck(db.core, accountId, "-81");
    expect([await stateOf(db, accountId), await ordersOf(db, accountId)]).toEqual(["warned", []]);
    await moveAndCheck(db.core, accountId, "-15");
    await moveAndCheck(db.core, accountId, "-4");
    expect([await stateOf(db, accountId), await ordersOf(db, accountId)]).toEqual(["blocked", ["limit superseded", "disconnect waiting"]]);
    now = now.add({ hours: 1 });
    await moveAndCheck(db.core, accountId, "50");
    expect(await waysOf(db, accountId)).toEqual([
      "active warned money",
      "warned limited money",
      "limited blocked money",
      "blocked active money",
    ]);
    expect(await ordersOf(db, accountId)).toEqual(["limit superseded", "disconnect superseded", "restore waiting"]);
    expect(await noticesOf(db, accountId)).toEqual(["low", "limited", "blocked", "restored shown"]);
    expect(await findings()).toEqual([]);
  });

  test("that wavers within the band is not even looked at, and warns once", async () => {
    const { accountId } = await account("prepaid", "25");
    const decidedAt = async () => (await db.admin`select decided_at from app.credit_states where account_id = ${accountId}`)[0]!.decided_at;
    await moveAndCheck(db.core, accountId, "-6");
    const first = await decidedAt();
    for (const [i, amount] of ["5", "-4", "9", "-8", "3"].entries()) {
      now = noon.add({ hours: i + 1 });
      await moveAndCheck(db.core, accountId, amount);
    }
    expect(await decidedAt()).toEqual(first);
    expect(await waysOf(db, accountId)).toEqual(["active warned money"]);
  });

  test("that is low again within days shows the notice, and sends none", async () => {
    const { accountId } = await account("prepaid", "25");
    for (const [i, amount] of ["-6", "20", "-20", "20", "-20"].entries()) {
      now = noon.add({ hours: i });
      await moveAndCheck(db.core, accountId, amount);
    }
    expect(await noticesOf(db, accountId)).toEqual(["low shown"]);
    const [sent] = await db.admin`select count(*)::int as n from app.enforcements where account_id = ${accountId} and action = 'notify'`;
    expect(sent!.n).toBe(1);
  });

  test("says in the provider's language what must be paid", async () => {
    const { accountId, number } = await account("prepaid", "25");
    await moveAndCheck(db.core, accountId, "-25.50");
    const [notice] = await db.admin`select title, body, advice from app.notices where account_id = ${accountId} and ended_at is null`;
    expect(notice!.title).toBe("Послуги зупинено");
    expect(notice!.advice.replace(/[\u00a0\u202f]/g, " ")).toBe("Сплатіть щонайменше 1,50 ₴, і все одразу запрацює.".replace("₴", "UAH"));
    expect(number).toBeNumber();
  });

  test("below zero for days blocks who pays afterwards, and its payment unblocks", async () => {
    const { accountId } = await account("postpaid", "0");
    await moveAndCheck(db.core, accountId, "-40");
    expect(await stateOf(db, accountId)).toBe("active");
    now = noon.add({ hours: 5 * 24 });
    await checkAccounts(db.core);
    expect(await stateOf(db, accountId)).toBe("warned");
    now = noon.add({ hours: 10 * 24 });
    await checkAccounts(db.core);
    expect(await stateOf(db, accountId)).toBe("blocked");
    await moveAndCheck(db.core, accountId, "40");
    expect(await stateOf(db, accountId)).toBe("active");
  });

  test("blocked for too long ends the services", async () => {
    const { accountId, serviceId } = await account("prepaid", "1");
    await moveAndCheck(db.core, accountId, "-2");
    now = noon.add({ hours: 60 * 24 });
    await checkAccounts(db.core);
    expect([await stateOf(db, accountId), await ordersOf(db, accountId)]).toEqual([
      "terminated",
      ["limit superseded", "disconnect superseded", "terminate done"],
    ]);
    expect(await db.admin`select status from app.services where id = ${serviceId}`).toEqual([{ status: "terminated" }] as never);
    await moveAndCheck(db.core, accountId, "500");
    expect(await stateOf(db, accountId)).toBe("terminated");
  });
});

describe("promises", () => {
  const owed = async () => {
    const made = await account("prepaid", "1");
    await moveAndCheck(db.core, made.accountId, "-11");
    expect(await stateOf(db, made.accountId)).toBe("blocked");
    return made.accountId;
  };
  const promiseOf = async (accountId: string) =>
    (
      await db.admin`select state, forgiven_at is not null as forgiven from app.promises where account_id = ${accountId} order by given_at desc limit 1`
    )[0];
  const balanceOf = async (accountId: string) =>
    BigInt((await db.admin`select balance_micros from app.balances where account_id = ${accountId}`)[0]!.balance_micros);

  test("unblock in their own transaction; what is paid keeps them", async () => {
    const accountId = await owed();
    const outcome = await as(givePromise, { accountId, amount: "40", days: 3 });
    expect(outcome).toMatchObject({ ok: true, value: { state: "active", dueAt: "2026-11-27T22:00:00Z" } });
    expect(await balanceOf(accountId)).toBe(30_000_000n);
    now = now.add({ hours: 20 });
    await moveAndCheck(db.core, accountId, "15");
    expect((await promiseOf(accountId))!.state).toBe("open");
    await moveAndCheck(db.core, accountId, "25");
    expect((await promiseOf(accountId))!.state).toBe("kept");
    expect(await balanceOf(accountId)).toBe(30_000_000n);
    expect(await findings()).toEqual([]);
  });

  test("are spent, never paid out: neither transferred nor given back as a payment", async () => {
    const [accountId, other] = [await owed(), await owed()];
    expect(await as(givePromise, { accountId, amount: "40", days: 3 })).toMatchObject({ ok: true });
    const { channelId } = await done(db.core, defineChannel, { code: "promised", name: "Desk", kind: "desk" });
    const { paymentId } = await done(db.core, receivePayment, { channelId, accountId, amount: "12", currency: "UAH" });
    const send = (amount: string) => as(transfer, { fromAccountId: accountId, toAccountId: other, amount, reason: "to a friend" });
    const refused = { ok: false, code: "insufficient_funds", available: "2.00" };
    expect(await send("2.01")).toMatchObject(refused);
    expect(await as(refundPayment, { paymentId, amount: "2.01", reason: "changed their mind" })).toMatchObject(refused);
    expect(await send("2")).toMatchObject({ ok: true });
  });

  test("that are not kept are taken back on their day, and block at once until nothing is owed", async () => {
    const accountId = await owed();
    await as(givePromise, { accountId, amount: "50", days: 2 });
    now = Temporal.Instant.from("2026-11-26T21:59:59Z");
    await checkAccounts(db.core);
    expect((await promiseOf(accountId))!.state).toBe("open");
    now = Temporal.Instant.from("2026-11-26T22:00:00Z");
    await checkAccounts(db.core);
    expect([await stateOf(db, accountId), await promiseOf(accountId)]).toMatchObject(["blocked", { state: "broken", forgiven: false }]);
    expect((await noticesOf(db, accountId)).at(-1)).toBe("promise-broken shown");
    expect(await as(givePromise, { accountId, amount: "50", days: 2 })).toMatchObject({ ok: false, code: "promise_too_early" });
    await moveAndCheck(db.core, accountId, "60");
    expect([await stateOf(db, accountId), await promiseOf(accountId)]).toMatchObject(["active", { forgiven: true }]);
    expect(await findings()).toEqual([]);
  });

  test("have limits", async () => {
    const accountId = await owed();
    const promise = async (input: object) => {
      const outcome = await as(givePromise, { accountId, amount: "50", days: 2, ...input });
      return outcome.ok
        ? "accepted"
        : [
            outcome.code,
            ...((outcome.issues as { path: string; message: string }[]) ?? []).map((one) => `${one.path} ${one.message}`),
          ].join(" ");
    };
    expect(await promise({ amount: "100.01" })).toBe("invalid_input amount can't be more than 100.00");
    expect(await promise({ days: 6 })).toBe("invalid_input days can't be more than 5");
    expect(await promise({ amount: "0" })).toBe("invalid_input amount must be more than zero");
    expect(await promise({ amount: "10.50" })).toBe("promise_too_small");
    expect(await promise({})).toBe("accepted");
    expect(await promise({})).toBe("promise_open");
    await moveAndCheck(db.core, accountId, "50");
    await moveAndCheck(db.core, accountId, "-40");
    expect(await promise({})).toBe("promise_too_early");
    const rich = await account();
    expect(await as(givePromise, { accountId: rich.accountId, amount: "1", days: 1 })).toMatchObject({ code: "credit_state" });
  });
});

describe("by hand", () => {
  test("a state holds until its day, then the rules decide again", async () => {
    const { accountId } = await account("prepaid", "1");
    await moveAndCheck(db.core, accountId, "-5");
    const until = now.add({ hours: 48 });
    expect(await as(overrideState, { accountId, state: "active", until: until.toString(), why: "a hospital" })).toMatchObject({
      ok: true,
      value: { state: "active" },
    });
    await moveAndCheck(db.core, accountId, "-5");
    expect(await stateOf(db, accountId)).toBe("active");
    now = until;
    await checkAccounts(db.core);
    expect(await waysOf(db, accountId)).toEqual([
      "active limited money",
      "limited blocked money",
      "blocked active override",
      "active blocked override",
    ]);
  });

  test("a pause disconnects, costs its fee, ends on its day, and has limits", async () => {
    const { accountId } = await account();
    const pause = (until: string) => as(suspendAccount, { accountId, until });
    expect(await pause("2026-11-27")).toMatchObject({
      code: "invalid_input",
      issues: [{ path: "until", message: "must be at least 7 days after it begins" }],
    });
    expect(await pause("2026-12-08")).toMatchObject({ ok: true, value: { state: "suspended", until: "2026-12-07T22:00:00Z" } });
    expect(await db.admin`select balance_micros::text as b from app.balances where account_id = ${accountId}`).toEqual([
      { b: "97000000" },
    ] as never);
    expect(await ordersOf(db, accountId)).toEqual(["disconnect waiting"]);
    expect(await pause("2026-12-09")).toMatchObject({ code: "credit_state" });
    now = Temporal.Instant.from("2026-12-07T22:00:00Z");
    await checkAccounts(db.core);
    expect(await stateOf(db, accountId)).toBe("active");
    expect(await pause("2026-12-20")).toMatchObject({ ok: true });
    now = now.add({ hours: 30 });
    expect(await as(resumeAccount, { accountId })).toMatchObject({ ok: true, value: { state: "active" } });
    expect(await pause("2026-12-30")).toMatchObject({ code: "suspension_too_often" });
    expect(await as(resumeAccount, { accountId })).toMatchObject({ code: "credit_state" });
  });

  test("a manager of another group and another provider find no such account", async () => {
    const { accountId } = await account();
    const strangers = [actorWith({ groupIds: [newId()] }), { ...actorWith(), kind: "subscriber" as const, id: newId() }];
    for (const actor of strangers)
      for (const [command, input] of [
        [givePromise, { accountId, amount: "1", days: 1 }],
        [overrideState, { accountId, state: null, why: "x" }],
        [suspendAccount, { accountId, until: "2026-12-30" }],
        [resumeAccount, { accountId }],
      ] as const)
        expect(await as(command as never, input, actor)).toMatchObject({ code: "not_found" });
    const partner = await partnerOf(db.core, "south");
    const there = { actor: actorWith({ providerId: partner }), providerId: partner };
    expect(await execute(db.core, resumeAccount, { accountId }, there)).toMatchObject({ code: "not_found" });
  });
});

describe("policies", () => {
  test("a preview tells whom it would change, and changes nobody", async () => {
    const { accountId } = await account("prepaid", "60");
    const strict = { ...policy, prepaid: { blocked: { when: { by: "left" as const, enter: "70", leave: "90" } } } };
    const preview = await done(db.core, previewPolicy, { document: strict });
    expect(preview.moves).toContainEqual(expect.objectContaining({ from: "active", to: "blocked" }));
    expect(preview.first.find((one) => one.accountId === accountId)).toMatchObject({ to: "blocked", rule: "left" });
    expect(await stateOf(db, accountId)).toBe("active");
    await done(db.core, setPolicy, { document: strict });
    await checkAccounts(db.core);
    expect(await stateOf(db, accountId)).toBe("blocked");
    await govern(db.core);
    await checkAccounts(db.core);
    expect(await stateOf(db, accountId)).toBe("active");
  });

  test("one that was written beside another is refused", async () =>
    expect(await as(setPolicy, { document: policy, version: 1 })).toMatchObject({ code: "policy_changed" }));
});

test("two workers at once enter a state once", async () => {
  const made: { accountId: string }[] = [];
  for (let i = 0; i < 8; i++) made.push(await account("prepaid", "3"));
  for (const { accountId } of made) await move(db.core, accountId, "-4");
  await Promise.all(Array.from({ length: 4 }, () => checkAccounts(db.core)));
  for (const { accountId } of made) expect((await waysOf(db, accountId)).filter((way) => way.endsWith("blocked money"))).toHaveLength(1);
});

test("10,000 accounts are looked at in a bounded number of statements", async () => {
  const providerId = await partnerOf(db.core, "many");
  await govern(db.core, policy, providerId);
  const groupId = newId();
  await db.admin`insert into app.subscriber_groups values (${providerId}, ${groupId}, 'All', now())`;
  await db.admin`insert into app.subscribers (provider_id, id, number, kind, name, group_id, status, created_at)
    select ${providerId}, gen_random_uuid(), 100000 + n, 'person', 'S' || n, ${groupId}, 'active', now() from generate_series(1, 10000) n`;
  await db.admin`insert into app.accounts (provider_id, account_id, subscriber_id, number, currency, kind, status, created_at)
    select provider_id, gen_random_uuid(), id, 'M' || number, 'UAH', 'prepaid', 'active', now() from app.subscribers where provider_id = ${providerId} and name like 'S%'`;
  await db.admin`insert into app.balances (provider_id, account_id, currency, balance_micros, check_credit_at)
    select provider_id, account_id, 'UAH', (('x' || right(account_id::text, 4))::bit(16)::int % 40) * 1000000, ${now.toString()} from app.accounts where provider_id = ${providerId}`;
  const ids = (await db.admin`select account_id from app.accounts where provider_id = ${providerId}`).map((r) => r.account_id as string);
  let statements = 0;
  await inTenant(db.core.db, [providerId], async (tx) => {
    const counted = new Proxy(rawOf(tx), {
      apply(target, _, args) {
        statements++;
        return Reflect.apply(target as never, undefined, args);
      },
    }) as RawTx;
    await checkLot(counted, providerId, ids, now);
  });
  expect(statements).toBeLessThan(20);
  const states = await db.admin`select state, count(*)::int as n from app.credit_states where provider_id = ${providerId} group by 1`;
  expect(states.map((r) => r.state).sort()).toEqual(["active", "blocked", "limited", "warned"]);
  expect(states.reduce((sum, r) => sum + r.n, 0)).toBe(10_000);
}, 60_000);
