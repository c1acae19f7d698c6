// What is held is looked at and set free, in a real browser: over all accounts, and on the account's page.
import { afterAll, beforeAll, expect, test } from "bun:test";
import { source as axeSource } from "axe-core";
import type { Browser, Page } from "playwright-core";
import * as v from "valibot";
import { openSession } from "../../core/auth/session.ts";
import { authorise } from "../../core/credit/authorise/authorise.ts";
import { authorisationRequest } from "../../core/credit/authorise/request.ts";
import { assignIdentifier } from "../../core/identifiers/assign-identifier.ts";
import { changeAccount } from "../../core/subscribers/change-account.ts";
import { launchBrowser } from "../support/browser.ts";
import { done, setUpOperator } from "../support/operator.ts";
import { addTestPlan, sell } from "../support/sold.ts";
import { type RunningWebClient, startWebClient } from "./web-client-server.ts";

let client: RunningWebClient;
let browser: Browser;
let page: Page;
let accountId: string;
const complaints: string[] = [];
const shots = process.env.MB_TEST_SHOTS;

beforeAll(async () => {
  client = await startWebClient();
  const { t, url } = client;
  const { managerId } = await setUpOperator(t.core);
  const planId = await addTestPlan(t.core);
  for (const [i, name] of ["Bakery Kolos", "Oksana Melnyk"].entries()) {
    const sold = await sell(t.core, { planId, name });
    const value = String(380441110000 + i);
    await done(t.core, assignIdentifier, { serviceId: sold.serviceId, kind: "telephone", value, from: "2026-01-01T00:00:00Z" });
    await done(t.core, changeAccount, { accountId: sold.accountId, creditLimit: "100" });
    accountId = sold.accountId;
    const requests = [0, 1].map((n) =>
      v.parse(authorisationRequest, {
        ...{ kind: "call", requestId: `r${n}`, sessionKey: `pbx-1/${value}/1700000000.${n}`, party: { kind: "telephone", value } },
        ...{ destination: "380671234567", wanted: { seconds: 300 + n * 60 } },
      }),
    );
    const answers = await authorise(t.core, 1, requests);
    expect(answers.map((answer) => answer.ok)).toEqual([true, true]);
  }
  browser = await launchBrowser();
  const context = await browser.newContext({ viewport: { width: 1440, height: 1000 }, reducedMotion: "reduce" });
  await context.addCookies([{ name: "mb_session", value: (await openSession(t.core, 1, managerId)).cookie, url }]);
  page = await context.newPage();
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(error.message));
}, 60_000);
afterAll(async () => {
  await browser.close();
  await client.close();
});

async function look(name: string): Promise<void> {
  await page.evaluate(axeSource);
  const found = await page.evaluate(() =>
    (window as never as { axe: { run(): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> } }).axe.run(),
  );
  expect(found.violations.map(({ id, nodes }) => `${name}: ${id} ${nodes[0]?.html}`)).toEqual([]);
  for (const width of [1440, 360]) {
    await page.setViewportSize({ width, height: 900 });
    expect(
      await page.evaluate(() => document.documentElement.scrollWidth <= document.documentElement.clientWidth),
      `${name} at ${width}`,
    ).toBe(true);
    if (!shots) continue;
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme });
      await page.screenshot({ path: `${shots}/${name}-${width}-${colorScheme}.png`, fullPage: true });
    }
    await page.emulateMedia({ colorScheme: "light" });
  }
  await page.setViewportSize({ width: 1440, height: 1000 });
}

test("the list finds a session, and sets its money free once it is sure", async () => {
  await page.goto(`${client.url}/holds`);
  await look("holds");
  await page.getByLabel("Session, account or name").fill("Kolos");
  await page.keyboard.press("Enter");
  await page.waitForURL(/search=Kolos/);
  expect(await page.locator("table.cards tbody tr").count()).toBe(2);
  await page.getByRole("button", { name: "Set free" }).first().click();
  await page.locator("dialog[open]").getByRole("button", { name: "Set free" }).click();
  await page.getByText("The money is free again.").waitFor();
  expect(await page.locator("table.cards tbody tr").count()).toBe(1);
});

test("the account's page says what is held and for what", async () => {
  await page.goto(`${client.url}/accounts/${accountId}`);
  await page.getByRole("heading", { name: "Held now" }).waitFor();
  await look("held-on-account");
  await page.getByRole("button", { name: "Set free" }).first().click();
  await page.locator("dialog[open]").getByRole("button", { name: "Set free" }).click();
  await page.getByText("The money is free again.").waitFor();
  expect(complaints).toEqual([]);
});
