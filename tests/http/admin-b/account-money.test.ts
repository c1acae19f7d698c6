// The pages that move money by hand: forms, the second person, a transaction and its reversal.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { type TestDatabase, testDatabase } from "../../support/database.ts";
import { setUpOperator } from "../../support/operator.ts";
import { registerWithAccount } from "../../support/sold.ts";
import { type Client, signedIn } from "../admin-a/client.ts";
import { clientWith } from "./people.ts";

let t: TestDatabase;
let admin: Client;
let clerk: Client;
let account: { accountId: string; number: string };
let other: { accountId: string; number: string };
beforeAll(async () => {
  t = await testDatabase();
  const { managerId } = await setUpOperator(t.core);
  admin = await signedIn(t.core, 1, managerId);
  clerk = await clientWith(t.core, 1, ["subscribers:read", "ledger:read", "ledger:adjust", "ledger:transfer"]);
  [account, other] = [await opened("Iryna"), await opened("Mill")];
}, 60_000);
afterAll(() => t.close());

async function opened(name: string) {
  const { accountId } = await registerWithAccount(t.core, { name });
  return { accountId, number: (await t.admin`select number from app.accounts where account_id = ${accountId}`)[0]!.number as string };
}
const here = () => `/accounts/${account.accountId}`;
const send = (client: Client, what: string, fields: Record<string, string>) =>
  client.post(`${here()}/${what}`, fields, `${here()}/${what}/new`);
const balanceOf = async (id: string) =>
  (await t.admin`select (balance_micros / 1e6)::float8 as balance from app.balances where account_id = ${id}`)[0]!.balance;
const reason = "agreed on the telephone";

describe("an adjustment", () => {
  test("of whoever may is posted at once, in the way people write amounts", async () => {
    expect(await send(admin, "adjustments", { direction: "gains", amount: "100,50", tax: "", reason })).toMatchObject({
      status: 303,
      location: here(),
    });
    expect(await balanceOf(account.accountId)).toBe(100.5);
  });

  test("that says a sign, or nothing, keeps what was typed and says what is wrong", async () => {
    const { status, html } = await send(admin, "adjustments", { direction: "loses", amount: "-5", tax: "", reason });
    expect([status, html.includes("without a sign"), html.includes(`>${reason}<`)]).toEqual([422, true, true]);
    expect((await send(admin, "adjustments", { direction: "loses", amount: "", tax: "", reason: "" })).status).toBe(422);
  });

  test("above the limit waits with a count beside the menu's entry, and is posted when somebody else approves it", async () => {
    expect((await clerk.page(`${here()}/adjustments/new`)).html).toContain("Waits until a second person has approved it");
    await send(clerk, "adjustments", { direction: "loses", amount: "40", tax: "", reason });
    expect(await balanceOf(account.accountId)).toBe(100.5);
    const asked = (await clerk.page("/adjustments?state=waiting")).html;
    expect([asked.includes(reason), asked.includes("Approve")]).toEqual([true, false]);
    const seen = (await admin.page("/adjustments?state=waiting")).html;
    expect(seen).toContain('<span class="count alarm">1</span>');
    const action = new RegExp(`${here()}/adjustments/[0-9a-f-]{36}/approval`).exec(seen)![0];
    expect((await clerk.post(action, {}, "/adjustments")).status).toBe(403);
    expect(await admin.post(action, {}, "/adjustments")).toMatchObject({ status: 303, location: "/adjustments" });
    expect(await balanceOf(account.accountId)).toBe(60.5);
    expect((await admin.page("/adjustments?state=waiting")).html).toContain("Nothing waits");
  });
});

describe("a transfer", () => {
  test("goes to the account whose number was written; what isn't there stays in the form", async () => {
    const wrong = await send(clerk, "transfers", { to: "999", amount: "1", reason });
    expect([wrong.status, wrong.html.includes("There is no account “999”")]).toEqual([422, true]);
    const much = await send(clerk, "transfers", { to: other.number, amount: "60,51", reason });
    expect([much.status, much.html.includes("enough money")]).toEqual([409, true]);
    expect((await send(clerk, "transfers", { to: other.number, amount: "10", reason })).status).toBe(303);
    expect([await balanceOf(account.accountId), await balanceOf(other.accountId)]).toEqual([50.5, 10]);
  });

  test("has a page with its postings and its other side, and can be reversed once", async () => {
    const statement = (await admin.page(here())).html;
    const href = new RegExp(`${here()}/transactions/[0-9a-f-]{36}`).exec(statement)![0];
    const shown = (await admin.page(href)).html;
    for (const text of ["Transfer sent", "clearing.transfers", other.number, reason, "Person"]) expect(shown).toContain(text);
    const reversal = await admin.post(`${href}/reversal`, { reason: "the wrong account" }, href);
    expect((await admin.page(reversal.location!)).html).toContain("of this transaction");
    const after = (await admin.page(href)).html;
    expect([after.includes("by this transaction"), after.includes(`${href}/reversal`)]).toEqual([true, false]);
    expect([await balanceOf(account.accountId), await balanceOf(other.accountId)]).toEqual([60.5, 0]);
  });
});

test("a bonus stands on the account with its last day, a payer with what it pays; both go by a button", async () => {
  await send(admin, "bonuses", { name: "Welcome", amount: "20", lastDay: "2099-12-31", priority: "10" });
  const shown = (await admin.page(here())).html;
  expect([shown.includes("Bonus: Welcome"), shown.includes("until 1 Jan 2100 00:00")]).toEqual([true, true]);
  await send(admin, "payer", { payer: other.number, monthlyLimit: "300" });
  expect((await admin.page(here())).html).toContain("up to 300,00");
  expect((await admin.page(`/accounts/${other.accountId}`)).html).toContain(account.number);
  await admin.post(`${here()}/payer/removal`, {}, here());
  expect((await admin.page(here())).html).not.toContain("Paid by");
});

test("a debt is written off, and a role's limit stands in its form", async () => {
  await send(admin, "adjustments", { direction: "loses", amount: "500", tax: "", reason });
  expect((await admin.page(`${here()}/write-off/new`)).html).toContain("419,50");
  await send(admin, "write-off", { amount: "", reason });
  expect(await balanceOf(account.accountId)).toBe(0);
  const made = { name: "Cashier", permissions: "ledger:adjust", limit: "upTo", adjustmentLimit: "12,5" };
  expect((await admin.post("/roles", made, "/roles/new")).status).toBe(303);
  const [role] = await t.admin`select id, adjustment_limit_micros::text as limit from app.roles where name = 'Cashier'`;
  expect(role!.limit).toBe("12500000");
  expect((await admin.page(`/roles/${role!.id}`)).html).toContain('value="12.50"');
});
