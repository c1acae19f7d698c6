// A tariff manager corrects a price and rates the month again, in a real browser: chooses, sees the difference, does it, and closes the month.
import { afterAll, beforeAll, expect, test } from "bun:test";
import type { Browser, Page } from "playwright-core";
import { openSession } from "../../core/auth/session.ts";
import { assignIdentifier } from "../../core/identifiers/assign-identifier.ts";
import { processBatch } from "../../core/usage/process-batch.ts";
import { receiveBatch } from "../../core/usage/receive-batch.ts";
import { launchBrowser } from "../support/browser.ts";
import { callOf } from "../support/calls.ts";
import { done, setUpOperator } from "../support/operator.ts";
import { addTestPlan, sell } from "../support/sold.ts";
import { expectUsable, openPage } from "./look.ts";
import { type RunningWebClient, startWebClient } from "./web-client-server.ts";

let client: RunningWebClient;
let browser: Browser;
let page: Page;
let planId: string;
const complaints: string[] = [];

beforeAll(async () => {
  client = await startWebClient();
  const { t } = client;
  const { managerId } = await setUpOperator(t.core);
  planId = await addTestPlan(t.core);
  const agentId = crypto.randomUUID();
  await t.admin`insert into app.agents (provider_id, id, kind, name, config, created_at) values (1, ${agentId}, 'pbx', 'PBX', '{}', now())`;
  const names = ["Bakery Kolos", "Oksana Melnyk", "Hotel Dnipro", "Petro Bondar"];
  const calls = [];
  for (const [i, name] of names.entries()) {
    const { serviceId } = await sell(t.core, { planId, name });
    const source = String(380441110000 + i);
    await done(t.core, assignIdentifier, { serviceId, kind: "telephone", value: source, from: "2026-01-01T00:00:00Z" });
    for (let n = 0; n <= i * 3; n++) calls.push(callOf({ callId: `${i}-${n}`, source, startedAt: `2026-10-1${n % 9}T10:0${n % 9}:00Z` }));
  }
  await receiveBatch(t.core, { providerId: 1, agentId }, { firstSequence: 1, records: calls });
  await processBatch(t.core, { providerId: 1, agentId, firstSequence: 1 });
  // Somebody wrote a price that was too high into the plan, and puts it right from October on.
  await t.admin`insert into app.plan_versions select provider_id, plan_id, 2, '2026-10-01', replace(document::text, '"0.10"', '"0.08"')::jsonb, now() from app.plan_versions where plan_id = ${planId}`;
  browser = await launchBrowser();
  const { cookie } = await openSession(t.core, 1, managerId);
  page = await openPage(browser, { url: client.url, cookie, complaints }, { width: 1440, height: 1000 }, "status of 422");
}, 60_000);
afterAll(async () => {
  await browser.close();
  await client.close();
});

const go = (path: string) => page.goto(new URL(path, client.url).href);

test("choose, see the difference, rate again", async () => {
  await go("/reratings");
  await expectUsable(page, "empty");
  await go(`/plans/${planId}`);
  await expectUsable(page, "plan");
  await page.click("a:has-text('Rate again')");
  expect(await page.inputValue("#f-from")).toBe("2026-10-01");
  await page.fill("#f-why", "x");
  await page.evaluate(() => document.querySelector("form.sheet")!.setAttribute("novalidate", ""));
  await page.click("text=Show the difference");
  await page.waitForSelector(".error");
  await expectUsable(page, "refused");
  await page.fill("#f-why", "Price of Ukraine corrected from 1 October");
  await page.click("text=Show the difference");
  await page.waitForSelector("text=waits for a decision");
  await expectUsable(page, "previewed");
  expect(await page.textContent("main")).toContain("Subscribers pay less");

  await page.click("button:has-text('Rate again')");
  await page.click("dialog[open] button.primary");
  await page.waitForSelector("text=Rated again");
  await page.waitForFunction(() => document.querySelector("#rerating .pill.good") !== null);
  await expectUsable(page, "done");
  const [row] = await client.t.admin`select state, requested_by, run_by, why from app.reratings`;
  expect(row).toEqual({
    state: "done",
    requested_by: "Olena Koval",
    run_by: "Olena Koval",
    why: "Price of Ukraine corrected from 1 October",
  });
  const audit = await client.t
    .admin`select command, actor_name, after ->> 'why' as why from app.command_log where command like 'rerating.%' order by at`;
  expect(audit.map((one) => [one.command, one.actor_name, one.why])).toEqual([
    ["rerating.preview", "Olena Koval", "Price of Ukraine corrected from 1 October"],
    ["rerating.run", "Olena Koval", "Price of Ukraine corrected from 1 October"],
  ]);
}, 60_000);

test("a preview is dropped, and the month closed", async () => {
  await go("/reratings/new?destination=380");
  await page.fill("#f-why", "to see");
  await page.click("text=Show the difference");
  await page.waitForSelector("text=nothing changes");
  await page.click("button:has-text('Cancel')");
  await page.click("dialog[open] button.primary");
  await page.waitForSelector("text=Accounts that were done stay done");
  await go("/reratings");
  await page.click("button:has-text('Close ')");
  await page.click("dialog[open] button.primary");
  await page.waitForSelector("text=The month is closed");
  await expectUsable(page, "list");
  expect(complaints).toEqual([]);
}, 60_000);
