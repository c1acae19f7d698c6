// The pages of money in a real browser, filled as the demo fills them: nothing that axe finds, on a phone and on a desk, light and dark, and none wider than
// its window. An account's menu of money works by keyboard alone.
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import type { Browser } from "playwright-core";
import { openSession } from "../../core/auth/session.ts";
import { controlCredit } from "../../core/demo/control-credit.ts";
import type { Step } from "../../core/demo/sell-wholesale.ts";
import { takePayments } from "../../core/demo/take-payments.ts";
import { systemActor } from "../../core/kernel/actor.ts";
import { type Command, execute } from "../../core/kernel/command.ts";
import { advance } from "../../core/read/advance.ts";
import { changeAccount } from "../../core/subscribers/change-account.ts";
import { launchBrowser } from "../support/browser.ts";
import { done, setUpOperator } from "../support/operator.ts";
import { sell } from "../support/sold.ts";
import { axeFindings, openPage, overflow } from "./look.ts";
import { type RunningWebClient, startWebClient } from "./web-client-server.ts";

setDefaultTimeout(60_000);

let client: RunningWebClient;
let browser: Browser;
let cookie: string;
const accountIds: string[] = [];
const complaints: string[] = [];

beforeAll(async () => {
  client = await startWebClient();
  const { core } = client.t;
  const { managerId } = await setUpOperator(core);
  ({ cookie } = await openSession(core, 1, managerId));
  for (const name of ["Iryna Bondar", "Taras Tkach"]) accountIds.push((await sell(core, { name })).accountId);
  await done(core, changeAccount, { accountId: accountIds[0]!, kind: "prepaid" });
  const stepOf =
    (limit: bigint | null): Step =>
    async (_, command, input) => {
      const actor = { ...systemActor([1], "demo"), adjustmentLimitMicros: limit };
      const outcome = await execute(core, command as Command<never, never>, input, { actor, providerId: 1 });
      if (!outcome.ok) throw new Error(JSON.stringify(outcome));
      return outcome.value;
    };
  const since = core.clock().subtract({ hours: 960 }).toString();
  await takePayments(stepOf(null), { currency: "UAH", accountIds, since });
  const [debtor, other] = accountIds as [string, string];
  await controlCredit(core, stepOf(null), stepOf(0n), {
    debtors: [{ accountId: debtor, owes: "400" }],
    rewarded: [debtor, other],
    disputed: other,
  });
  await advance(core);
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser.close();
  await client.close();
});

const open = (width: number, colorScheme: "light" | "dark") =>
  openPage(browser, { url: client.url, cookie, complaints }, { width, colorScheme });

test("axe finds nothing on the pages, and none is wider than its window", async () => {
  const [paid] = await client.t.admin`select id from app.payments where account_id is not null limit 1`;
  const [lost] = await client.t.admin`select id from app.payments where account_id is null`;
  const account = `/accounts/${accountIds[1]}`;
  const [moved] = await client.t.admin`select id from app.ledger_transactions where account_id = ${accountIds[1]!} limit 1`;
  const pages = [
    ...[
      "/payments",
      "/payments/new",
      "/payments/unmatched",
      `/payments/${lost!.id}/match`,
      `/payments/${paid!.id}`,
      `/payments/${paid!.id}/receipt`,
    ],
    ...[
      "/payments/channels",
      account,
      `${account}/transactions/${moved!.id}`,
      "/adjustments",
      "/credit",
      `/accounts/${accountIds[0]}/credit`,
    ],
    ...["turnover", "balance-sheet", "receivables", "payments", "cards"].map((name) => `/reports/${name}`),
  ];
  const found: string[] = [];
  for (const width of [1440, 360])
    for (const scheme of ["light", "dark"] as const) {
      const page = await open(width, scheme);
      for (const path of pages) {
        const answer = await page.goto(client.url + path);
        if (answer?.status() !== 200) found.push(`${path}: ${answer?.status()}`);
        // What is dark differs in its colours alone.
        found.push(...(await axeFindings(page, `${path} ${width} ${scheme}`, scheme === "dark" ? { runOnly: ["color-contrast"] } : {})));
        if ((await overflow(page)) > 0) found.push(`${path} is wider than ${width}`);
      }
      await page.context().close();
    }
  expect(found).toEqual([]);
}, 180_000);

test("an account's menu of money opens and leads on by keyboard alone", async () => {
  const page = await open(1440, "light");
  await page.goto(`${client.url}/accounts/${accountIds[1]}`);
  const menu = page.locator("main details.menu").first();
  await menu.locator("summary").focus();
  await page.keyboard.press("Enter");
  expect(await menu.getAttribute("open")).not.toBeNull();
  await page.keyboard.press("Tab");
  const first = menu.locator(".menu-body :is(a, button)").first();
  expect(await first.evaluate((item) => item === document.activeElement)).toBe(true);
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/adjustments\/new$/);
  expect(await page.locator("main form :focus").count()).toBe(1);
  expect(complaints).toEqual([]);
});
