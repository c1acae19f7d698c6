// Gateways over HTTP: signed callbacks that come never, once or three times, in any order, with crashes between; and whoever pretends to be one.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import fc from "fast-check";
import { Webhook } from "standardwebhooks";
import { createApp } from "../../core/http/app.ts";
import { execute } from "../../core/kernel/command.ts";
import type { Core } from "../../core/kernel/core.ts";
import { cancelPayment } from "../../core/payments/cancel-payment.ts";
import { chargeBackPayment } from "../../core/payments/charge-back-payment.ts";
import { defineChannel } from "../../core/payments/define-channel.ts";
import { defineGateway, rotateGatewaySecret, switchGateway } from "../../core/payments/gateway/define-gateway.ts";
import { receiveCallback } from "../../core/payments/gateway/receive-callback.ts";
import { reconcileGateway } from "../../core/payments/gateway/reconcile-gateway.ts";
import { matchPayment } from "../../core/payments/match-payment.ts";
import { receivePayment } from "../../core/payments/receive-payment.ts";
import { refundPayment } from "../../core/payments/refund-payment.ts";
import { returnUnmatched } from "../../core/payments/return-unmatched.ts";
import { takeOffAccount } from "../../core/payments/take-off-account.ts";
import * as registry from "../../core/registry.ts";
import { type TestDatabase, testDatabase } from "../support/database.ts";
import { actorWith, done } from "../support/operator.ts";
import { type Callback, callbacksOf, gatewayPayment, leftOf, lineOf } from "./gateway-world.ts";
import { findings, type PaymentWorld, paymentWorld, units } from "./world.ts";

let db: TestDatabase;
let world: PaymentWorld;
let app: ReturnType<typeof createApp>;
let gateway: { gatewayId: string; address: string; secret: string };
beforeAll(async () => {
  db = await testDatabase();
  world = await paymentWorld(db);
  app = createApp(db.core, { registry, publicUrl: "http://test" });
  gateway = await done(db.core, defineGateway, { channelId: world.gatewayChannelId });
});
afterAll(() => db.close());

type Sent = { secret?: string; at?: Date; headers?: Record<string, string>; address?: string; text?: string };

/** Posts as the gateway would; gives the status and the answer. */
async function post(
  callback: Pick<Callback, "id"> & { body: unknown },
  { secret = gateway.secret, at = new Date(), headers = {}, ...sent }: Sent = {},
) {
  const text = sent.text ?? JSON.stringify(callback.body);
  const answer = await app.fetch(
    new Request(`http://test${sent.address ?? gateway.address}`, {
      method: "POST",
      body: text,
      headers: {
        "content-type": "application/json",
        "webhook-id": callback.id,
        "webhook-timestamp": String(Math.floor(at.getTime() / 1000)),
        "webhook-signature": new Webhook(secret).sign(callback.id, at, text),
        ...headers,
      },
    }),
    { address: "203.0.113.5" },
  );
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
}

let count = 0;
const success = (account: string, { amount = "100.00", currency = "UAH", paymentId = `p-${++count}` } = {}) => ({
  id: `e-${++count}`,
  body: { type: "payment.succeeded", timestamp: "2026-11-10T10:00:00Z", data: { paymentId, amount, currency, account } },
});

const events = async () => (await db.admin`select count(*)::int as n from app.gateway_events`)[0]!.n as number;

describe("what a gateway tells", () => {
  test("is on the account once, however often it tells", async () => {
    const { accountId, accountNumber } = await world.account();
    const callback = success(accountNumber);
    expect((await post(callback)).body).toEqual({ received: true, repeated: false });
    for (let i = 0; i < 3; i++) expect((await post(callback)).body).toEqual({ received: true, repeated: true });
    // The same payment under another event's id, too.
    expect((await post({ ...callback, id: "again" })).status).toBe(200);
    expect(await world.balance(accountId)).toBe(units(100));
  });

  test("ten times in the same moment is once", async () => {
    const { accountId, accountNumber } = await world.account();
    const callback = success(accountNumber);
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, i) => post(i % 2 ? callback : { ...callback, id: `${callback.id}-${i}` })),
    );
    expect(answers.every(({ status }) => status === 200)).toBe(true);
    expect(await world.balance(accountId)).toBe(units(100));
  });

  test("a refund and the success in the same moment end with both", async () => {
    const { accountId, accountNumber } = await world.account();
    const callback = success(accountNumber);
    const refund = {
      id: "refund",
      body: {
        ...callback.body,
        type: "payment.refunded",
        timestamp: "2026-11-10T11:00:00Z",
        data: { ...callback.body.data, amount: "30" },
      },
    };
    await Promise.all([post(refund), post(callback)]);
    expect(await world.balance(accountId)).toBe(units(70));
  });

  test("waits in suspense when nobody knows the account, whatever is wrong with it", async () => {
    const { accountNumber } = await world.account();
    for (const callback of [success("nobody's"), success(accountNumber, { currency: "EUR" })]) {
      expect((await post(callback)).status).toBe(200);
      const [row] = await db.admin`select state, gateway_id from app.payments where external_id = ${callback.body.data.paymentId}`;
      expect(row).toEqual({ state: "unmatched", gateway_id: gateway.gatewayId });
    }
    expect(await findings(db)).toEqual([]);
  });

  test("of things that we have no use for is left alone, and what can't be is refused", async () => {
    const before = await events();
    const callback = success("1");
    expect((await post({ id: "x1", body: { ...callback.body, type: "customer.created" } })).body).toEqual({
      received: true,
      ignored: true,
    });
    for (const data of [
      { amount: "0" },
      { amount: "-1" },
      { amount: "1.001" },
      { amount: 5 },
      { currency: "XXX1" },
      { paymentId: "" },
      { paymentId: "a\0b" },
    ])
      expect((await post({ id: "x2", body: { ...callback.body, data: { ...callback.body.data, ...data } } })).status).toBe(422);
    for (const body of [null, [], "payment.succeeded", { type: 5 }, { type: "payment.succeeded" }, { type: "__proto__" }])
      expect([200, 422]).toContain((await post({ id: "x3", body })).status);
    expect(await events()).toBe(before);
  });

  test("is the gateway's to change: the hand doesn't refund, cancel, return or charge it back, nor enter payments of its channel", async () => {
    const { accountNumber, accountId } = await world.account();
    const [known, lost] = [success(accountNumber), success("nobody's")];
    for (const callback of [known, lost]) await post(callback);
    const idOf = async (callback: typeof known) =>
      (await db.admin`select id from app.payments where external_id = ${callback.body.data.paymentId}`)[0]!.id;
    const attempt = (command: unknown, input: object) =>
      execute(db.core, command as typeof cancelPayment, input as never, { actor: actorWith(), providerId: 1 });
    const reason = "by hand";
    const paymentId = await idOf(known);
    expect(await attempt(refundPayment, { paymentId, amount: "1", reason })).toMatchObject({ code: "payment_of_gateway" });
    for (const command of [cancelPayment, chargeBackPayment])
      expect(await attempt(command, { paymentId, reason })).toMatchObject({ code: "payment_of_gateway" });
    expect(await attempt(returnUnmatched, { paymentId: await idOf(lost), reason })).toMatchObject({ code: "payment_of_gateway" });
    const input = { channelId: world.gatewayChannelId, accountId, amount: "1", currency: "UAH" };
    expect(await attempt(receivePayment, input)).toMatchObject({ code: "channel_of_gateway" });
  });
});

/** A core that dies: its nth statement fails, or the commit does, or the answer to it never comes. */
function dyingCore(core: Core, at: number | "commit" | "answer"): Core {
  let statements = 0;
  const dead = () => new Error("the process is gone");
  const transaction = async (work: (tx: unknown) => Promise<unknown>, options?: { accessMode?: string }) => {
    if (options?.accessMode === "read only") return core.db.transaction(work as never, options as never);
    const value = await core.db.transaction(async (tx) => {
      const dying = new Proxy(tx, {
        get(target, key, receiver) {
          const method = Reflect.get(target, key, receiver);
          if (typeof method !== "function" || !["execute", "insert", "update", "select"].includes(String(key))) return method;
          return (...args: unknown[]) => {
            if (++statements === at) throw dead();
            return method.apply(target, args);
          };
        },
      });
      const done = await work(dying);
      if (at === "commit") throw dead();
      return done;
    });
    if (at === "answer") throw dead();
    return value;
  };
  return {
    ...core,
    db: new Proxy(core.db, { get: (target, key, receiver) => (key === "transaction" ? transaction : Reflect.get(target, key, receiver)) }),
  };
}

test("200 times: lost, repeated, out of order, with crashes between the steps; the books end where the gateway stands", async () => {
  const crash = fc.oneof(fc.constantFrom("commit" as const, "answer" as const), fc.integer({ min: 1, max: 40 }));
  const sendings = gatewayPayment.chain((payment) => {
    const each = payment.happened.map((_, i) => fc.constantFrom(0, 1, 3).map((times) => Array.from({ length: times }, () => i)));
    return fc
      .tuple(...each)
      .chain((lists) => fc.shuffledSubarray(lists.flat(), { minLength: lists.flat().length }))
      .chain((order) =>
        fc.record({
          payment: fc.constant(payment),
          order: fc.constant(order),
          crashes: fc.array(fc.option(crash, { freq: 3 }), { minLength: order.length, maxLength: order.length }),
        }),
      );
  });
  const accounts = await Promise.all([world.account(), world.account(), world.account()]);
  const expected = new Map(accounts.map(({ accountId }) => [accountId, 0n]));
  const began = Temporal.Now.instant().subtract({ hours: 24 });
  let [runs, crashed] = [0, 0];
  await fc.assert(
    fc.asyncProperty(sendings, async ({ payment, order, crashes }) => {
      const { accountId, accountNumber } = accounts[++runs % accounts.length]!;
      const paymentId = `random-${runs}`;
      const from = began.add({ seconds: runs });
      const callbacks = callbacksOf(payment, paymentId, accountNumber, from);
      for (const [n, which] of order.entries()) {
        const dies = crashes[n];
        if (dies !== null && dies !== undefined) {
          const signed = { providerId: 1, gatewayId: gateway.gatewayId, eventId: callbacks[which]!.id };
          const died = receiveCallback(dyingCore(db.core, dies), signed, callbacks[which]!.body);
          if (
            await died.then(
              () => false,
              () => true,
            )
          )
            crashed++;
        }
        // Not told that it is done, the gateway tells again.
        expect((await post(callbacks[which]!)).status).toBe(200);
      }
      const told = new Set(order).size === callbacks.length;
      const before = await world.balance(accountId);
      const want = expected.get(accountId)! + leftOf(payment);
      if (told) expect(before).toBe(want);
      const line = lineOf(payment, paymentId, accountNumber, from);
      const asOf = began.add({ hours: 12 }).toString();
      const list = () => done(db.core, reconcileGateway, { gatewayId: gateway.gatewayId, asOf, payments: [line] });
      const { differences } = await list();
      if (told) expect(differences).toEqual([]);
      expect(await world.balance(accountId)).toBe(want);
      expect((await list()).differences).toEqual([]);
      expected.set(accountId, want);
    }),
    { numRuns: 200, endOnFailure: true },
  );
  expect(crashed).toBeGreaterThan(50);
  expect(await findings(db)).toEqual([]);
  const credits =
    await db.admin`select payment_id, count(*) from app.payment_movements where kind in ('received', 'suspended') group by 1 having count(*) > 1`;
  expect(credits.length).toBe(0);
}, 120_000);

describe("the gateway's own list", () => {
  const list = (payments: object[], asOf = db.core.clock().toString()) =>
    done(db.core, reconcileGateway, { gatewayId: gateway.gatewayId, asOf, payments } as never);
  const line = (paymentId: string, account: string, more: object = {}) => ({
    ...{ paymentId, state: "succeeded", amount: "100", currency: "UAH", account, paidAt: "2026-11-10T10:00:00Z" },
    ...more,
  });

  test("brings what never came, and says so; the second time there is nothing to say", async () => {
    const { accountId, accountNumber } = await world.account();
    const lines = [line("never-came", accountNumber, { refunded: "25" }), line("failed-there", accountNumber, { state: "failed" })];
    const { differences } = await list(lines);
    expect(differences).toMatchObject([{ paymentId: "never-came", what: "entered", done: ["enter", "refund"] }]);
    expect((await list(lines)).differences).toEqual([]);
    expect(await world.balance(accountId)).toBe(units(75));
    // What was told late, but happened before the list was made, is in it already.
    const late = success(accountNumber, { paymentId: "never-came" });
    await post({ id: "late", body: { ...late.body, type: "payment.refunded", data: { ...late.body.data, amount: "25" } } });
    expect(await world.balance(accountId)).toBe(units(75));
  });

  test("takes back what failed there, and a refund that was taken back there", async () => {
    const { accountId, accountNumber } = await world.account();
    const [failed, refunded] = [success(accountNumber), success(accountNumber)];
    for (const callback of [failed, refunded]) await post(callback);
    const { data } = refunded.body;
    await post({
      id: `r-${data.paymentId}`,
      body: { type: "payment.refunded", timestamp: "2026-11-10T11:00:00Z", data: { ...data, amount: "40" } },
    });
    expect(await world.balance(accountId)).toBe(units(160));
    const { differences } = await list([
      line(failed.body.data.paymentId, accountNumber, { state: "failed" }),
      line(data.paymentId, accountNumber, { refunded: "10" }),
    ]);
    expect(differences.map(({ done }) => done)).toEqual([["cancel"], ["reverse-refund", "refund"]]);
    expect(await world.balance(accountId)).toBe(units(90));
    expect(await findings(db)).toEqual([]);
  });

  test("takes back a refund that was made before the payment had its account: all of it can be taken off again, or cancelled", async () => {
    const [wrong, right] = [await world.account(), await world.account()];
    const waiting = async () => {
      const callback = success("nobody's");
      const { data } = callback.body;
      await post(callback);
      await post({
        id: `r-${data.paymentId}`,
        body: { type: "payment.refunded", timestamp: "2026-11-10T11:00:00Z", data: { ...data, amount: "40" } },
      });
      const [row] = await db.admin`select id from app.payments where external_id = ${data.paymentId}`;
      const paymentId = row!.id as string;
      await done(db.core, matchPayment, { paymentId, accountId: wrong.accountId });
      return { paymentId, externalId: data.paymentId };
    };
    const moved = await waiting();
    await list([line(moved.externalId, "nobody's")]);
    expect(await world.balance(wrong.accountId)).toBe(units(100));
    await done(db.core, takeOffAccount, { paymentId: moved.paymentId, reason: "somebody else's" });
    await done(db.core, matchPayment, { paymentId: moved.paymentId, accountId: right.accountId });
    const failed = await waiting();
    await list([line(failed.externalId, "nobody's", { state: "failed" })]);
    expect([await world.balance(wrong.accountId), await world.balance(right.accountId)]).toEqual([0n, units(100)]);
    expect(await findings(db)).toEqual([]);
  });

  test("says what a person has to look at: another amount, another currency", async () => {
    const { accountNumber } = await world.account();
    const [a, b] = [success(accountNumber), success(accountNumber)];
    for (const callback of [a, b]) await post(callback);
    const { differences } = await list([
      line(a.body.data.paymentId, accountNumber, { amount: "90" }),
      line(b.body.data.paymentId, accountNumber, { currency: "EUR" }),
    ]);
    expect(differences).toMatchObject([
      { what: "amount", done: [], theirs: "90.00 UAH, succeeded, refunded 0.00" },
      { what: "currency", done: [] },
    ]);
  });

  test("is refused when it can't be read", async () => {
    const asOf = db.core.clock().toString();
    const attempt = (payments: object[], at = asOf) =>
      execute(db.core, reconcileGateway, { gatewayId: gateway.gatewayId, asOf: at, payments } as never, {
        actor: actorWith(),
        providerId: 1,
      });
    const bad = [
      [],
      [line("a", "1"), line("a", "1")],
      [line("a", "1", { refunded: "101" })],
      [line("a", "1", { amount: "1.001" })],
      [line("a", "1", { state: "maybe" })],
    ];
    for (const payments of bad) expect(await attempt(payments)).toMatchObject({ code: "invalid_input" });
    expect(await attempt([line("a", "1")], "2100-01-01T00:00:00Z")).toMatchObject({ code: "invalid_input" });
  });
});

describe("whoever isn't the gateway", () => {
  test("hears the same 401 whatever was wrong, and leaves nothing behind", async () => {
    const { accountNumber } = await world.account();
    const before = await events();
    const callback = success(accountNumber);
    const other = await done(db.core, defineGateway, {
      channelId: (await done(db.core, defineChannel, { code: "other", name: "Other", kind: "gateway" })).channelId,
    });
    const minutes = (n: number) => new Date(Date.now() + n * 60_000);
    const tries: [string, Sent][] = [
      ["another secret", { secret: other.secret }],
      ["another gateway's address", { address: other.address }],
      ["no such gateway", { address: gateway.address.replace(/.$/, (c) => (c === "0" ? "1" : "0")) }],
      ["no such provider", { address: gateway.address.replace("/1-", "/9-") }],
      ["a strange address", { address: "/callbacks/payments/1-'or'1'='1" }],
      ["an old timestamp", { at: minutes(-6) }],
      ["a timestamp ahead", { at: minutes(6) }],
      ["no signature", { headers: { "webhook-signature": "" } }],
      ["a signature of nonsense", { headers: { "webhook-signature": "v1,AAAA v1 v2,x , v1,undefined" } }],
      ["another id than was signed", { headers: { "webhook-id": "other" } }],
      ["another time than was signed", { headers: { "webhook-timestamp": String(Math.floor(Date.now() / 1000) - 60) } }],
      ["a time that is none", { headers: { "webhook-timestamp": "NaN" } }],
      ["an id that is too long", { headers: { "webhook-id": "x".repeat(201) } }],
    ];
    const answers = [];
    for (const [, sent] of tries) answers.push(await post(callback, sent));
    expect(answers.map(({ status }, i) => [tries[i]![0], status])).toEqual(tries.map(([what]) => [what, 401]));
    expect(new Set(answers.map(({ body }) => JSON.stringify({ ...body, instance: "" }))).size).toBe(1);
    // The body is signed to the byte.
    const signature = new Webhook(gateway.secret).sign(callback.id, new Date(), JSON.stringify(callback.body));
    expect(
      (
        await post(callback, {
          text: JSON.stringify(callback.body).replace("100.00", "900.00"),
          headers: { "webhook-signature": signature },
        })
      ).status,
    ).toBe(401);
    expect(await events()).toBe(before);
  });

  test("sends nothing large, deep, packed or broken", async () => {
    const callback = success("1");
    expect((await post(callback, { text: `"${"x".repeat(70_000)}"` })).status).toBe(413);
    expect((await post(callback, { text: `${"[".repeat(50)}${"]".repeat(50)}` })).status).toBe(400);
    expect((await post(callback, { text: "{" })).status).toBe(400);
    expect((await post(callback, { text: "" })).status).toBe(400);
    expect((await post(callback, { headers: { "content-encoding": "gzip" } })).status).toBe(415);
  });

  test("finds no secret in the database, nor in the audit trail", async () => {
    const [row] = await db.admin`select encode(secret, 'escape') as sealed from app.payment_gateways where id = ${gateway.gatewayId}`;
    expect(row!.sealed).not.toContain(gateway.secret.slice(6, 20));
    const trail =
      await db.admin`select (input::text || coalesce(after::text, '')) as text from app.command_log where command like 'payments.%gateway%'`;
    expect(trail.some(({ text }) => text.includes(gateway.secret.slice(6, 20)))).toBe(false);
  });
});

test("a new secret counts at once, the one before for two days more, and a gateway that is switched off for nothing", async () => {
  const { accountId, accountNumber } = await world.account();
  const channel = await done(db.core, defineChannel, { code: "rotating", name: "Rotating", kind: "gateway" });
  const first = await done(db.core, defineGateway, { channelId: channel.channelId });
  const second = await done(db.core, rotateGatewaySecret, { gatewayId: first.gatewayId });
  const { address } = first;
  expect((await post(success(accountNumber), { address, secret: second.secret })).status).toBe(200);
  expect((await post(success(accountNumber), { address, secret: first.secret })).status).toBe(200);
  await db.admin`update app.payment_gateways set previous_until = now() where id = ${first.gatewayId}`;
  expect((await post(success(accountNumber), { address, secret: first.secret })).status).toBe(401);
  await done(db.core, switchGateway, { gatewayId: first.gatewayId, active: false });
  expect((await post(success(accountNumber), { address, secret: second.secret })).status).toBe(401);
  expect(await world.balance(accountId)).toBe(units(200));
});
