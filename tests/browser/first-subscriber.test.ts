// The way of a newcomer, in a real browser and by keyboard alone: a subscriber with an account, a service on a plan, a number.
import { afterAll, beforeAll, expect, test } from "bun:test";
import type { Browser, Page } from "playwright-core";
import { openSession } from "../../core/auth/session.ts";
import { addPlan } from "../../core/catalog/add-plan.ts";
import { adminApp } from "../../core/http/admin/app.ts";
import { createApp } from "../../core/http/app.ts";
import { advance } from "../../core/read/advance.ts";
import { commands, queries } from "../../core/registry.ts";
import { launchBrowser } from "../support/browser.ts";
import { type TestDatabase, testDatabase } from "../support/database.ts";
import { done, setUpOperator } from "../support/operator.ts";
import { planDocumentInput } from "../support/plan.ts";

let t: TestDatabase;
let browser: Browser;
let server: ReturnType<typeof Bun.serve>;
let page: Page;
const complaints: string[] = [];

beforeAll(async () => {
  t = await testDatabase();
  const { managerId } = await setUpOperator(t.core);
  await done(t.core, addPlan, { code: "city", document: planDocumentInput(), validFrom: "2026-01-01T00:00:00Z" });
  await advance(t.core);
  const publicUrl = "http://127.0.0.1";
  const app = createApp(t.core, { registry: { commands, queries }, publicUrl, admin: adminApp(t.core, { publicUrl }) });
  server = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: (request) => app.fetch(request, {}) });
  browser = await launchBrowser();
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, reducedMotion: "reduce" });
  await context.addCookies([{ name: "mb_session", value: (await openSession(t.core, 1, managerId)).cookie, url: server.url.href }]);
  page = await context.newPage();
  page.on("console", (message) => ["error", "warning"].includes(message.type()) && complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(error.message));
}, 60_000);
afterAll(async () => {
  await browser.close();
  await server.stop(true);
  await t.close();
});

const focused = () =>
  page.evaluate(
    "(() => { const e = document.activeElement; return (e.labels?.[0]?.textContent || e.getAttribute('aria-label') || e.textContent || '').trim().replace(/\\s+/g, ' '); })()",
  ) as Promise<string>;

/** A page gives its first field the focus with its first frame, which may come after the load. */
async function focusOn(name: string): Promise<void> {
  for (let i = 0; i < 60 && (await focused()) !== name; i++) await Bun.sleep(50);
  expect(await focused()).toBe(name);
}

/** Presses Tab until what is called so has the focus: it must be reachable, and near. */
async function tabTo(name: RegExp, most = 40): Promise<void> {
  const passed = [];
  for (let i = 0; i < most; i++) {
    const here = await focused();
    if (name.test(here)) return;
    passed.push(here);
    await page.keyboard.press("Tab");
  }
  throw new Error(`${name} can't be reached by keyboard. Passed: ${passed.join(" → ")}`);
}

async function enter(name: RegExp, text: string): Promise<void> {
  await tabTo(name);
  await page.keyboard.press("ControlOrMeta+a");
  await page.keyboard.type(text);
}

async function press(name: RegExp): Promise<void> {
  await tabTo(name);
  await Promise.all([page.waitForNavigation(), page.keyboard.press("Enter")]);
}

const textOf = async (selector: string) => ((await page.locator(selector).textContent()) ?? "").replaceAll(/\s+/g, " ");
const heading = () => textOf("h1");

test("from the list to a recognised number, by keyboard alone", async () => {
  await page.goto(new URL("/subscribers", server.url).href);
  await press(/^New subscriber$/);
  await focusOn("Name");
  await page.keyboard.type("Mykola Kharchenko");
  await press(/^Register$/);
  expect(await heading()).toBe("Mykola Kharchenko");

  await press(/^New service$/);
  await focusOn("Name");
  await page.keyboard.press("End");
  await page.keyboard.type(" at home");
  await enter(/^First telephone number/, "+380 44 111 22 33");
  await press(/^Activate$/);
  expect(await heading()).toBe("Telephone at home");
  expect(await textOf("main")).toContain("380441112233");

  // The More menu and the dialog in it work by keyboard, and the dialog takes the focus and gives it back.
  await tabTo(/^More$/);
  await page.keyboard.press("Enter");
  await tabTo(/^Terminate$/, 4);
  await page.keyboard.press("Enter");
  expect(await page.locator("dialog#terminate[open]").count()).toBe(1);
  await page.keyboard.press("Escape");
  expect(await page.locator("dialog#terminate[open]").count()).toBe(0);
  expect(complaints).toEqual([]);
}, 60_000);

test("the search of every page finds the number", async () => {
  await advance(t.core);
  await page.keyboard.press("/");
  await page.keyboard.type("044 111 22");
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/search\?q=/);
  expect(await textOf("main")).toContain("Mykola Kharchenko");
}, 30_000);

test("the list narrows as one types, and its address keeps what was looked for", async () => {
  await page.goto(new URL("/subscribers", server.url).href);
  await tabTo(/^Search subscribers$/, 60);
  await page.keyboard.type("nobody");
  await page.locator("text=No subscriber matches").waitFor();
  expect(page.url()).toContain("/subscribers?q=nobody");
  await focusOn("Search subscribers");
}, 30_000);
