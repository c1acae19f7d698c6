// A day at the desk, through the pages: channels, a payment, its receipt, a refund, money that nobody knows, the gateway's list, and the spreadsheet.
import { afterAll, beforeAll, expect, test } from "bun:test";
import * as xlsx from "xlsx";
import { exportFile } from "../../core/interchange/export-file.ts";
import { makeExport } from "../../core/interchange/make-export.ts";
import { requestExport } from "../../core/interchange/request-export.ts";
import { execute } from "../../core/kernel/command.ts";
import { ask } from "../../core/kernel/query.ts";
import { cancelPayment } from "../../core/payments/cancel-payment.ts";
import { readGatewayList } from "../../core/payments/gateway/read-list.ts";
import { receivePayment } from "../../core/payments/receive-payment.ts";
import { returnUnmatched } from "../../core/payments/return-unmatched.ts";
import { advance } from "../../core/read/advance.ts";
import { paymentsList } from "../../core/read/payments/list.ts";
import { paymentsByChannel } from "../../core/read/payments-daily/query.ts";
import { checkReadModels } from "../../core/read/rebuild.ts";
import { type Client, signedIn } from "../http/admin-a/client.ts";
import { clientWith } from "../http/admin-b/people.ts";
import { type TestDatabase, testDatabase } from "../support/database.ts";
import { accepted, actorWith, done } from "../support/operator.ts";
import { findings, type PaymentWorld, paymentWorld, units } from "./world.ts";

let db: TestDatabase;
let world: PaymentWorld;
let admin: Client;
beforeAll(async () => {
  db = await testDatabase();
  world = await paymentWorld(db);
  const [manager] = await db.admin`select id from app.managers`;
  admin = await signedIn(db.core, 1, manager!.id);
});
afterAll(() => db.close());

const lastPayment = async () =>
  (await db.admin`select id, receipt_number::int as receipt from app.payments order by receipt_number desc limit 1`)[0]!;

test("a channel is defined, and a payment is received from the account's page, once however often the form is sent", async () => {
  const { accountId, accountNumber } = await world.account();
  expect(
    (await admin.post("/payments/channels", { code: "centre", name: "Centre", kind: "desk", active: "yes" }, "/payments/channels/new"))
      .location,
  ).toBe("/payments/channels");
  expect(
    (await admin.post("/payments/channels", { code: "centre", name: "Again", kind: "desk", active: "yes" }, "/payments/channels/new"))
      .status,
  ).toBe(409);
  expect((await admin.page(`/accounts/${accountId}`)).html).toContain(`/accounts/${accountId}/payments/new`);
  const form = (await admin.request(`/accounts/${accountId}/payments/new`)).headers.get("location")!;
  expect((await admin.page(form)).html).toContain(`value="${accountNumber}"`);
  const [channel] = await db.admin`select id from app.payment_channels where code = 'centre'`;
  const fields = {
    ...(await admin.hidden(form)),
    account: accountNumber,
    channel: channel!.id,
    amount: "125,50",
    currency: "UAH",
    payerName: "Taras",
    paidAt: "",
  };
  const sent = await Promise.all([admin.post("/payments", fields), admin.post("/payments", fields)]);
  const { id, receipt } = await lastPayment();
  expect(sent.map(({ location }) => location)).toEqual([`/payments/${id}`, `/payments/${id}`]);
  expect(await world.balance(accountId)).toBe(125_500_000n);
  for (const path of [`/payments/${id}`, `/payments/${id}/receipt`, `/payments/${id}/receipt?size=a4`, "/payments?q=taras"]) {
    const { status, html } = await admin.page(path);
    expect([path, status]).toEqual([path, 200]);
    expect(html).toContain("125,50");
  }
  const wrong = await admin.post(
    "/payments",
    { account: "nobody's", channel: channel!.id, amount: "1.001", currency: "UAH" },
    "/payments/new",
  );
  expect([wrong.status, wrong.html.includes("nobody&#39;s")]).toEqual([422, true]);
  const refund = await admin.post(
    `/payments/${id}/refunds`,
    { amount: "25,50", reason: "too much", channel: channel!.id, adjust: "", tax: "" },
    `/payments/${id}/refunds/new`,
  );
  expect(refund.location).toBe(`/payments/${id}`);
  expect(
    (await admin.post(`/payments/${id}/refunds`, { amount: "100,01", reason: "too much" }, `/payments/${id}/refunds/new`)).status,
  ).toBe(409);
  expect((await admin.page("/payments")).html).toContain(`receipt ${receipt}`);
});

test("what nobody knows waits on its page with accounts it may be for, and is given to one", async () => {
  const [seen, named, owing] = [await world.account(), await world.account(), await world.account()];
  await done(db.core, receivePayment, {
    channelId: world.bankId,
    accountId: seen.accountId,
    amount: "1",
    currency: "UAH",
    payerPhone: "+380501112233",
  });
  await db.admin`update app.balances set balance_micros = ${String(-units(77))} where account_id = ${owing.accountId}`;
  await db.admin`update read.account_overview set balance_micros = 0`;
  await advance(db.core);
  await db.admin`update read.account_overview set balance_micros = ${String(-units(77))} where account_id = ${owing.accountId}`;
  const lost = await done(db.core, receivePayment, {
    ...{ channelId: world.bankId, amount: "77", currency: "UAH", payerPhone: "+380501112233", payerName: "<b>Taras</b>" },
    details: `for internet, contract ${named.accountNumber}.`,
  });
  expect((await admin.page("/payments/unmatched")).html).toContain("&lt;b&gt;Taras&lt;/b&gt;");
  const { html } = await admin.page(`/payments/${lost.paymentId}/match`);
  const shown = html.slice(html.indexOf("It may be for"));
  const places = [named, seen, owing].map(({ accountNumber }) => shown.indexOf(`>${accountNumber}</a>`));
  expect(places.every((place) => place > 0)).toBe(true);
  expect(places).toEqual([...places].sort((a, b) => a - b));
  const path = `/payments/${lost.paymentId}/match`;
  expect((await admin.post(path, { account: "nobody's" }, path)).status).toBe(422);
  expect((await admin.post(path, { account: named.accountNumber }, path)).location).toBe(`/payments/${lost.paymentId}`);
  expect(await world.balance(named.accountId)).toBe(units(77));
  await db.admin`update app.balances set balance_micros = 0 where account_id = ${owing.accountId}`;
});

test("a gateway is connected, shows its secret once, and is compared with its own list", async () => {
  const { accountId, accountNumber } = await world.account();
  const connected = await admin.post(`/payments/channels/${world.gatewayChannelId}/gateway`, { secret: "" }, "/payments/channels");
  expect([connected.status, /whsec_[\w+/=]{40,}/.test(connected.html)]).toEqual([200, true]);
  const [gateway] = await db.admin`select id from app.payment_gateways`;
  const path = `/payments/gateways/${gateway!.id}`;
  expect((await admin.page(path)).html).not.toContain("whsec_A");
  const list = `Payment ID;State;Amount;Refunded;Currency;Paid at;Account\nch_1;succeeded;100.00;10;UAH;2026-11-10T10:00:00Z;${accountNumber}\nch_2;failed;5;;UAH;2026-11-10T10:00:00Z;1\n`;
  const asOf = "2026-11-20T12:00";
  const { html, status } = await admin.post(`${path}/reconciliation`, { list, asOf }, path);
  expect([status, html.includes("was missing here")]).toEqual([200, true]);
  expect(await world.balance(accountId)).toBe(units(90));
  expect((await admin.post(`${path}/reconciliation`, { list, asOf }, path)).html).toContain("No difference");
  const wrong = await admin.post(`${path}/reconciliation`, { list: list.replace("100.00", "much"), asOf }, path);
  expect([wrong.status, wrong.html.includes("ine 1: amount")]).toEqual([422, true]);
  expect((await admin.post(`${path}/reconciliation`, { list: "{", asOf }, path)).status).toBe(422);
  expect((await admin.post(`${path}/stop`, {}, path)).location).toBe(path);
});

test("lists of gateways are read as JSON and as tables", () => {
  expect(readGatewayList('[{"paymentId":"a"}]')).toEqual([{ paymentId: "a" }]);
  expect(readGatewayList('{"payments":[]}')).toEqual([]);
  expect(readGatewayList("paymentId,state,amount,currency,paidAt,Nothing\na,failed,1,UAH,2026-01-01T00:00:00Z,x\n\n")).toEqual([
    { paymentId: "a", state: "failed", amount: "1", currency: "UAH", paidAt: "2026-01-01T00:00:00Z" },
  ]);
  for (const text of ["", "  ", "{}", "[", "a,b\n1,2", "paymentId\n1"]) expect(typeof readGatewayList(text)).toBe("string");
});

test("the spreadsheet of a period has each payment, and its sums per channel tie to the books", async () => {
  const { accountId } = await world.account();
  const mistaken = await done(db.core, receivePayment, { channelId: world.deskId, accountId, amount: "5", currency: "UAH" });
  await done(db.core, cancelPayment, { paymentId: mistaken.paymentId, reason: "typed twice" });
  const lost = await done(db.core, receivePayment, { channelId: world.bankId, accountText: "?", amount: "7", currency: "UAH" });
  await done(db.core, returnUnmatched, { paymentId: lost.paymentId, reason: "nobody knows" });
  const wide = { actor: actorWith(), providerId: 1 };
  const period = { kind: "payments-of-period", from: "2020-01-01", to: "2100-01-01" } as const;
  const rowsFor = async (actor = actorWith()) => {
    const { exportId } = accepted(await execute(db.core, requestExport, period, { ...wide, actor }));
    await makeExport(db.core, { providerId: 1, exportId });
    const [made] = await db.admin`select state, totals, problem from app.exports where id = ${exportId}`;
    expect(made).toMatchObject({ state: "ready", problem: null });
    const file = accepted(await exportFile(db.core, actorWith(), exportId));
    const book = xlsx.read(new Uint8Array(await new Response(file.body as BodyInit).arrayBuffer()));
    return {
      totals: made!.totals as { what: string; file: string }[],
      rows: xlsx.utils.sheet_to_json<Record<string, unknown>>(book.Sheets.Payments!),
    };
  };
  const { rows, totals } = await rowsFor();
  const [count] = await db.admin`select count(*)::int as n from app.payments`;
  expect(rows.filter((row) => typeof row.Receipt === "number")).toHaveLength(count!.n);
  expect(totals.find(({ what }) => what === "left of Channel desk")!.file).toBe("0.00");
  expect((await rowsFor(actorWith({ groupIds: [crypto.randomUUID()] }))).rows).toEqual([]);
});

test("what came by each channel is added up as a rebuild would, and the books agree", async () => {
  await advance(db.core);
  const wrong = (await checkReadModels(db.core)).filter(({ table }) => table === "read.payments_daily");
  expect(wrong).toEqual([]);
  const day = db.core.clock().toZonedDateTimeISO("Europe/Kyiv").toPlainDate().toString();
  const { channels } = accepted(await ask(db.core, paymentsByChannel, { from: day, to: day }, { actor: actorWith() }));
  const bank = channels.find(({ name }) => name === "Channel bank")!;
  expect([bank.payments, bank.amountMicros, bank.refundedMicros]).toEqual([3, units(85), units(7)]);
  expect(await findings(db)).toEqual([]);
});

test("the list pages by key, and a page of it never shows a row twice", async () => {
  const seen: string[] = [];
  let after: string | undefined;
  do {
    const page: { rows: readonly { paymentId: string }[]; next: string | null } = accepted(
      await ask(db.core, paymentsList, { limit: 2, ...(after ? { after } : {}) }, { actor: actorWith() }),
    );
    seen.push(...page.rows.map(({ paymentId }) => paymentId));
    after = page.next ?? undefined;
  } while (after);
  const [count] = await db.admin`select count(*)::int as n from app.payments`;
  expect([seen.length, new Set(seen).size]).toEqual([count!.n, count!.n]);
});

test("who may only read sees no way to change anything", async () => {
  const reader = await clientWith(db.core, 1, ["payments:read"]);
  const { id } = await lastPayment();
  const { html } = await reader.page(`/payments/${id}`);
  for (const word of ["Give back", "Find its account", "Enter a charge-back", "<dialog id="]) expect(html).not.toContain(word);
  expect((await reader.page("/payments/new")).status).toBe(403);
  expect((await reader.page(`/payments/${id}/refunds/new`)).status).toBe(403);
  const other = await clientWith(db.core, 1, undefined, [crypto.randomUUID()]).catch(() => undefined);
  if (other) expect((await other.page(`/payments/${id}`)).status).toBe(404);
});
