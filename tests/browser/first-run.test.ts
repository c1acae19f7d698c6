// What somebody does on the first day, in a real browser: set up, look, upload a file, follow a call to its price.
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { source as axeSource } from "axe-core";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { registerAgent } from "../../core/agents/register-agent.ts";
import { setupLink } from "../../core/auth/setup-link.ts";
import { addPlan } from "../../core/catalog/add-plan.ts";
import { assignIdentifier } from "../../core/identifiers/assign-identifier.ts";
import { activateService } from "../../core/services/activate-service.ts";
import { addGroup } from "../../core/subscribers/add-group.ts";
import { registerSubscriber } from "../../core/subscribers/register-subscriber.ts";
import { receiveBatch } from "../../core/usage/receive-batch.ts";
import { launchBrowser } from "../support/browser.ts";
import { callOf } from "../support/calls.ts";
import { administratorLogin, administratorPassword, done } from "../support/operator.ts";
import { planDocumentInput } from "../support/plan.ts";
import { type RunningWebClient, startWebClient } from "./web-client-server.ts";

setDefaultTimeout(120_000);

let app: RunningWebClient;
let browser: Browser;
let context: BrowserContext;
let page: Page;
const complaints: string[] = [];

beforeAll(async () => {
  app = await startWebClient();
  browser = await launchBrowser();
  context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  page = await context.newPage();
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("console", (message) => {
    // A refused form answers 422, which the console notes as well.
    if (message.type() === "error" && !/status of 4(09|22)/.test(message.text())) complaints.push(message.text());
  });
});
afterAll(async () => {
  await browser?.close();
  await app?.close();
});

const noComplaints = () => expect(complaints.splice(0)).toEqual([]);

test("the setup link leads through one form to a dashboard that says how to go on", async () => {
  const link = await setupLink(app.t.core, app.url);
  await page.goto(link!);
  await page.fill("[name=operator]", "Dnipro Net");
  await page.locator("#code-from-name code", { hasText: "dnipro-net" }).waitFor();
  await page.fill("[name=name]", "Olena Koval");
  await page.fill("[name=login]", administratorLogin);
  await page.fill("[name=password]", "olenakoval1");
  await page.getByText("Too easy to guess").waitFor();
  await page.click("main button.primary");
  await page.getByText("to correct").waitFor();
  expect(await page.inputValue("[name=operator]")).toBe("Dnipro Net");
  await page.fill("[name=password]", administratorPassword);
  await page.getByText(/Good enough|Strong/).waitFor();
  await page.keyboard.press("Enter");
  await page.waitForURL(`${app.url}/`);
  await page.getByRole("button", { name: "Load the demo" }).waitFor();
  for (const name of ["Write a plan", "Register a subscriber", "Register an agent", "upload a Master.csv"])
    expect(await page.getByRole("link", { name }).isVisible()).toBe(true);
  noComplaints();
});

test("a call is on the dashboard within two seconds of its arrival and a poll, and the place where somebody reads stays", async () => {
  const { core } = app.t;
  const { planId } = await done(core, addPlan, { code: "standard", document: planDocumentInput("UAH"), validFrom: "2026-01-01T00:00:00Z" });
  const { groupId } = await done(core, addGroup, { name: "Companies" });
  const { accountId } = await done(core, registerSubscriber, {
    kind: "company",
    name: "Call centre Dzvin",
    groupId,
    account: { currency: "UAH", kind: "postpaid" },
  });
  const { serviceId } = await done(core, activateService, {
    accountId: accountId!,
    planId,
    label: "Office line",
    from: "2026-01-01T00:00:00Z",
  });
  await done(core, assignIdentifier, { serviceId, kind: "telephone", value: "380440000000", from: "2026-01-01T00:00:00Z" });
  const { agentId } = await done(core, registerAgent, { name: "PBX Central" });
  await page.getByText("Calls today").waitFor();
  await page.locator("[data-search]").fill("half a wor");
  await page.evaluate(() => scrollTo(0, 120));
  const scrolled = await page.evaluate(() => scrollY);

  const now = Temporal.Now.instant().round("second");
  const call = callOf({
    startedAt: now.subtract({ seconds: 90 }).toString(),
    answeredAt: now.subtract({ seconds: 90 }).toString(),
    endedAt: now.subtract({ seconds: 5 }).toString(),
  });
  const sent = performance.now();
  await receiveBatch(core, { providerId: 1, agentId }, { firstSequence: 1, records: [call, callOf({ source: "380999000111" })] });
  await page
    .locator(".figure", { hasText: "Charged today" })
    .locator("b", { hasText: /0[.,][1-9]/ })
    .waitFor({ timeout: 8000 });
  const seconds = (performance.now() - sent) / 1000;
  // Two seconds for the figures, two more for the next look, and room for a machine that is busy with other tests.
  expect(seconds).toBeLessThan(6);
  await page.getByText("One record waits in quarantine").waitFor();
  expect(await page.inputValue("[data-search]")).toBe("half a wor");
  expect(await page.evaluate(() => document.activeElement?.getAttribute("name"))).toBe("q");
  expect(await page.evaluate(() => scrollY)).toBe(scrolled);
  noComplaints();
});

test("what belongs to nobody gets an owner, and is charged", async () => {
  await page.goto(`${app.url}/quarantine`);
  await page.getByRole("link", { name: "380999000111" }).click();
  await page.getByRole("link", { name: "Assign to a service" }).click();
  await page.fill("[name=who]", "Dzvin");
  await page.getByRole("radio", { name: /Office line/ }).check();
  await page.getByRole("button", { name: "Assign" }).click();
  await page.getByText("has an owner now").waitFor();
  for (let i = 0; i < 20 && !(await page.getByText("Nothing waits").isVisible()); i++) {
    await Bun.sleep(250);
    await page.reload();
  }
  expect(await page.getByText("Nothing waits").isVisible()).toBe(true);
  noComplaints();
});

test("a file is uploaded, its progress is seen, and its counts add up", async () => {
  const two = (n: number) => String(n % 60).padStart(2, "0");
  const rows = Array.from(
    { length: 3000 },
    (_, i) =>
      `"","${i % 100 === 0 ? "0000" : "380440000000"}","380671234567","from-internal","""x"" <1>","SIP/1-${i}","SIP/t-${i}","Dial","SIP/t","2026-11-02 1${i % 9}:${two(i)}:${two(i * 7)}","2026-11-02 1${i % 9}:${two(i)}:${two(i * 7)}","","60","60","ANSWERED","DOCUMENTATION","${i}.1",""\n`,
  );
  await page.goto(`${app.url}/imports/new`);
  await page.setInputFiles("[type=file]", { name: "Master.csv", mimeType: "text/csv", buffer: Buffer.from(rows.join("")) });
  expect(await page.locator("[data-file]").textContent()).toBe("Master.csv");
  await page.getByRole("button", { name: "Upload" }).click();
  await page.waitForURL(/\/imports\/[0-9a-f-]{36}$/);
  await page.getByText(/^Done:/).waitFor({ timeout: 30_000 });
  const facts = await page.locator("dl.facts").first().locator("dd").allTextContents();
  const counts = facts.map((text) => Number(text.replace(/\D/g, "")));
  expect(counts).toEqual([2970, 0, 30, 0, 0, 3000]);
  expect(await page.locator("#file[hx-get]").count()).toBe(0);
  noComplaints();
});

test("a call leads to its price, and the agent's page to what it sent", async () => {
  await page.goto(`${app.url}/usage`);
  await page.locator("[name=who]").pressSequentially("nobody at all");
  await page.getByText("Nothing matches").waitFor();
  expect(page.url()).toContain("who=nobody");
  await page.goto(`${app.url}/usage`);
  await page.locator("tbody a").first().click();
  await page.getByText("Connect fee, once").waitFor();
  await page.goto(`${app.url}/agents`);
  await page.getByRole("link", { name: "PBX Central" }).click();
  await page.getByText("Rows of the last hour").waitFor();
  noComplaints();
});

test("a spreadsheet is made while one goes on, and can be fetched", async () => {
  await page.goto(`${app.url}/exports/new`);
  await page.getByRole("button", { name: "Make it" }).click();
  await page.getByRole("link", { name: /^Download/ }).waitFor({ timeout: 30_000 });
  const download = page.waitForEvent("download");
  await page.getByRole("link", { name: /^Download/ }).click();
  expect((await download).suggestedFilename()).toEndWith(".xlsx");
  noComplaints();
});

const pages = [
  "/",
  "/usage",
  "/quarantine",
  "/quarantine?reason=unknown_party",
  "/imports",
  "/imports/new",
  "/agents",
  "/agents/new",
  "/exports",
  "/exports/new",
  "/audit",
  "/demo",
  "/nowhere",
];

for (const [width, scheme] of [
  [1440, "light"],
  [360, "dark"],
] as const)
  test(`the pages fit ${width} px and can be used by everybody (${scheme})`, async () => {
    await page.setViewportSize({ width, height: 800 });
    await page.emulateMedia({ colorScheme: scheme });
    const problems: string[] = [];
    for (const path of pages) {
      await page.goto(app.url + path);
      const tooWide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      if (tooWide > 0) problems.push(`${path} is ${tooWide} px too wide`);
      await page.evaluate(axeSource);
      const found = await page.evaluate(async () => {
        const { axe } = globalThis as unknown as { axe: { run(): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> } };
        return (await axe.run()).violations.map(({ id, nodes }) => `${id}: ${nodes[0]!.html.slice(0, 150)}`);
      });
      problems.push(...found.map((text) => `${path} ${text}`));
    }
    expect(problems).toEqual([]);
    complaints.splice(0);
  });

test("the sign-out ends the session, and the next page asks to sign in", async () => {
  await page.setViewportSize({ width: 1440, height: 900 });
  await page.goto(`${app.url}/usage`);
  await page.locator("summary.account").click();
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.waitForURL(`${app.url}/sign-in`);
  await page.goto(`${app.url}/usage`);
  expect(page.url()).toContain("/sign-in?to=%2Fusage");
  await page.fill("[name=login]", administratorLogin);
  await page.fill("[name=password]", administratorPassword);
  await page.keyboard.press("Enter");
  await page.waitForURL(`${app.url}/usage`);
  noComplaints();
});
