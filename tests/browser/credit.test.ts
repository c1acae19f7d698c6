// Credit control in a real browser: a policy is written, tried and set; an account runs low, is blocked, promises, pays and is active again. Nothing that axe
// finds, on a phone and on a desk, light and dark.
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import type { Browser } from "playwright-core";
import { openSession } from "../../core/auth/session.ts";
import { checkAccounts } from "../../core/credit/control/check-accounts.ts";
import { buildForecasts } from "../../core/credit/control/forecast.ts";
import { advance } from "../../core/read/advance.ts";
import { changeAccount } from "../../core/subscribers/change-account.ts";
import { move } from "../credit/control/world.ts";
import { launchBrowser } from "../support/browser.ts";
import { done, setUpOperator } from "../support/operator.ts";
import { sell } from "../support/sold.ts";
import { axeFindings, openPage, overflow } from "./look.ts";
import { type RunningWebClient, startWebClient } from "./web-client-server.ts";

setDefaultTimeout(60_000);

let client: RunningWebClient;
let browser: Browser;
let cookie: string;
let accountId: string;
const complaints: string[] = [];

beforeAll(async () => {
  client = await startWebClient();
  const { core } = client.t;
  const { managerId } = await setUpOperator(core);
  ({ accountId } = await sell(core, { name: "Iryna Bondar" }));
  await done(core, changeAccount, { accountId, kind: "prepaid" });
  await move(core, accountId, "100");
  ({ cookie } = await openSession(core, 1, managerId));
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser.close();
  await client.close();
});

const open = (width: number, colorScheme: "light" | "dark") =>
  openPage(browser, { url: client.url, cookie, complaints }, { width, colorScheme });

const settle = async () => {
  await checkAccounts(client.t.core);
  await buildForecasts(client.t.core);
  await advance(client.t.core);
};

test("a policy is tried before it holds", async () => {
  const page = await open(1440, "light");
  await page.goto(`${client.url}/credit/policy`);
  await page.locator('[name="prepaid.blocked.enter"]').fill("200");
  await page.getByRole("button", { name: "Whom would it change?" }).click();
  await page.getByText("must be more than the amount at which it begins").first().waitFor();
  complaints.length = 0; // A refused form is a 422, which the browser writes down.
  await page.locator('[name="prepaid.blocked.leave"]').fill("210");
  await page.getByRole("button", { name: "Whom would it change?" }).click();
  await page.getByText("Whom this would change today").waitFor();
  expect(await page.locator("main").textContent()).toContain("blocked: 1");
  await page.locator('[name="prepaid.blocked.enter"]').fill("0");
  await page.locator('[name="prepaid.blocked.leave"]').fill("1");
  await page.locator('[name="calm.night.from"]').fill("");
  await page.locator('[name="calm.night.to"]').fill("");
  await page.locator('[name="calm.weekends"]').uncheck();
  await page.locator('[name="promise.minAgeDays"]').fill("0");
  await page.getByRole("button", { name: "Let it hold" }).click();
  await page.getByText("The policy holds.").waitFor();
  await page.context().close();
});

test("an account is blocked, promises, pays, and is active", async () => {
  const page = await open(1440, "light");
  await move(client.t.core, accountId, "-105");
  await settle();
  await page.goto(`${client.url}/credit`);
  await page.getByRole("link", { name: "Iryna Bondar" }).click();
  await page.getByText("Nothing works that costs money.").waitFor();
  await page.getByRole("button", { name: "Promise a payment" }).click();
  await page.locator('dialog[open] [name="amount"]').fill("50");
  await page.getByRole("button", { name: "Promise", exact: true }).click();
  await page.getByText("The promise counts as paid until its day.").waitFor();
  await move(client.t.core, accountId, "60");
  await settle();
  await page.reload();
  expect(await page.locator("main").textContent()).toContain("kept");
  expect(await page.locator(".head .pill").first().textContent()).toMatch(/active|warned/);
  await page.context().close();
});

test.each([360, 1440])("nothing that axe finds, and nothing beyond the edge, at %d pixels", async (width) => {
  for (const scheme of ["light", "dark"] as const) {
    const page = await open(width, scheme);
    for (const path of ["/credit", `/accounts/${accountId}/credit`, "/credit/policy", "/credit/forecast"]) {
      await page.goto(`${client.url}${path}`);
      if (process.env.MB_TEST_PICTURES)
        await page.screenshot({
          path: `${process.env.MB_TEST_PICTURES}/${path.replaceAll("/", "_").slice(0, 20)}${path.endsWith("credit") ? "_" : ""}-${width}-${scheme}.png`,
          fullPage: true,
        });
      expect(await overflow(page), path).toBeLessThanOrEqual(0);
      expect(await axeFindings(page, path)).toEqual([]);
    }
    await page.context().close();
  }
  expect(complaints).toEqual([]);
});
