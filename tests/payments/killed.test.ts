// The process is killed (SIGKILL) after the commit and before the answer; whoever asked tries again.
import { afterAll, beforeAll, expect, test } from "bun:test";
import { join } from "node:path";
import { Webhook } from "standardwebhooks";
import { createApiKey } from "../../core/auth/create-api-key.ts";
import { defineGateway } from "../../core/payments/gateway/define-gateway.ts";
import { type TestDatabase, testDatabase } from "../support/database.ts";
import { done } from "../support/operator.ts";
import { findings, type PaymentWorld, paymentWorld, units } from "./world.ts";

let db: TestDatabase;
let world: PaymentWorld;
const children: Bun.Subprocess[] = [];
beforeAll(async () => {
  db = await testDatabase();
  world = await paymentWorld(db);
});
afterAll(async () => {
  for (const child of children) child.kill("SIGKILL");
  await Promise.all(children.map((child) => child.exited));
  await db.close();
});

async function server(dies: "dies" | "lives"): Promise<{ url: string; child: Bun.Subprocess }> {
  const child = Bun.spawn([process.execPath, join(import.meta.dir, "dying-server.ts"), db.appUrl, dies], {
    stdout: "pipe",
    stderr: "inherit",
  });
  children.push(child);
  const reader = child.stdout.getReader();
  const { value } = await reader.read();
  reader.releaseLock();
  return { url: new TextDecoder().decode(value).trim(), child };
}

/** Sends it to a process that dies of it, then twice to one that lives. Gives the two answers. */
async function twice(send: (url: string) => Promise<Response>): Promise<unknown[]> {
  const [dying, living] = await Promise.all([server("dies"), server("lives")]);
  const lost = await send(dying.url).then(
    () => "answered",
    () => "no answer",
  );
  await dying.child.exited;
  expect([lost, dying.child.signalCode]).toEqual(["no answer", "SIGKILL"]);
  const answers = [];
  for (let i = 0; i < 2; i++) answers.push(await (await send(living.url)).json());
  living.child.kill();
  return answers;
}

test("a payment sent again under its key is one payment, and the answer is the one that was lost", async () => {
  const { accountId } = await world.account();
  const { token } = await done(db.core, createApiKey, { name: "Bank", permissions: ["payments:write"] });
  const send = (url: string) =>
    fetch(`${url}api/v1/commands/payments.receive`, {
      method: "POST",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json", "idempotency-key": "killed" },
      body: JSON.stringify({ channelId: world.bankId, accountId, amount: "100", currency: "UAH" }),
    });
  const [first, second] = await twice(send);
  expect(first).toEqual(second);
  const [row] =
    await db.admin`select id, receipt_number::int as receipt, count(*) over ()::int as n from app.payments where account_id = ${accountId}`;
  expect(first).toMatchObject({ data: { paymentId: row!.id, receiptNumber: row!.receipt, repeated: false } });
  expect([row!.n, await world.balance(accountId)]).toEqual([1, units(100)]);
  expect(await findings(db)).toEqual([]);
}, 60_000);

test("a callback sent again is one payment", async () => {
  const { accountId, accountNumber } = await world.account();
  const gateway = await done(db.core, defineGateway, { channelId: world.gatewayChannelId });
  const body = JSON.stringify({
    ...{ type: "payment.succeeded", timestamp: "2026-11-10T10:00:00Z" },
    data: { paymentId: "killed", amount: "100", currency: "UAH", account: accountNumber },
  });
  const send = (url: string) => {
    const at = new Date();
    const signature = new Webhook(gateway.secret).sign("event", at, body);
    const headers = { "webhook-id": "event", "webhook-timestamp": String(Math.floor(at.getTime() / 1000)), "webhook-signature": signature };
    return fetch(new URL(gateway.address, url), { method: "POST", headers, body });
  };
  expect(await twice(send)).toEqual([
    { received: true, repeated: true },
    { received: true, repeated: true },
  ]);
  expect(await world.balance(accountId)).toBe(units(100));
  expect(await findings(db)).toEqual([]);
}, 60_000);
