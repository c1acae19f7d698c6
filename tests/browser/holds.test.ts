// What is held is looked at and set free, in a real browser: over all accounts, and on the account's page.
import { afterAll, beforeAll, expect, test } from "bun:test";
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
import { expectUsable, openPage } from "./look.ts";
import { type RunningWebClient, startWebClient } from "./web-client-server.ts";

let client: RunningWebClient;
let browser: Browser;
let page: Page;
let accountId: string;
const complaints: string[] = [];

beforeAll(async () => {
  client = await startWebClient();
  const { t } = client;
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
  const { cookie } = await openSession(t.core, 1, managerId);
  page = await openPage(browser, { url: client.url, cookie, complaints }, { width: 1440, height: 1000 });
}, 60_000);
afterAll(async () => {
  await browser.close();
  await client.close();
});

test("the list finds a session, and sets its money free once it is sure", async () => {
  await page.goto(`${client.url}/holds`);
  await expectUsable(page, "holds");
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
  await expectUsable(page, "held-on-account");
  await page.getByRole("button", { name: "Set free" }).first().click();
  await page.locator("dialog[open]").getByRole("button", { name: "Set free" }).click();
  await page.getByText("The money is free again.").waitFor();
  expect(complaints).toEqual([]);
});
