// What a subscriber sees, in a real browser, from the real process under Deno: light and dark, on a phone and on a desk.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { source as axeSource } from "axe-core";
import type { Browser, Page } from "playwright-core";
import { signPortalToken } from "../../core/auth/portal-token.ts";
import { launchBrowser } from "../support/browser.ts";
import { type TestDatabase, testDatabase } from "../support/database.ts";
import { secret } from "./open-portal.ts";
import { startPortal } from "./portal-process.ts";
import { type Seeded, seedPortal } from "./portal-rows.ts";

let db: TestDatabase;
let seeded: Seeded;
let browser: Browser;
let portal: Awaited<ReturnType<typeof startPortal>>;
let tokenOf: (service: number) => Promise<string>;
/** The core for sign-ins: "right" opens the first subscriber's portal, "twice" fits at two providers, "slow down" is one too many. */
const core = Bun.serve({
  port: 0,
  hostname: "127.0.0.1",
  async fetch(request) {
    const { password, providerId } = (await request.json()) as { password: string; providerId?: number };
    if (password === "twice" && !providerId) {
      const choices = seeded.providers.map((each) => ({ providerId: each.providerId, providerName: `Provider ${each.providerId}` }));
      return Response.json({ kind: "choose", choices });
    }
    if (password === "right" || password === "twice") return Response.json({ kind: "signed-in", token: await tokenOf(0) });
    return Response.json({ code: "sign_in_failed" }, { status: password === "slow down" ? 429 : 401 });
  },
});
const screenshots = process.env.MB_TEST_SCREENSHOTS;

beforeAll(async () => {
  db = await testDatabase();
  seeded = await seedPortal(db.admin, Temporal.Now.instant().toString());
  const { providerId, services } = seeded.providers[0]!;
  tokenOf = (service) => signPortalToken(secret, { providerId, subscriberId: services[service]!.subscriberId }, Temporal.Now.instant());
  portal = await startPortal({ databaseUrl: db.portalUrl, coreUrl: `http://127.0.0.1:${core.port}`, secret });
  browser = await launchBrowser();
}, 90_000);
afterAll(async () => {
  await browser.close();
  await portal.child.stdin.end();
  await portal.child.exited;
  await core.stop(true);
  await db.close();
});

async function open(
  path: string,
  options: { width?: number; scheme?: "light" | "dark"; service?: number } = {},
): Promise<{ page: Page; complaints: string[] }> {
  const { width = 1440, scheme = "light", service } = options;
  const context = await browser.newContext({
    viewport: { width, height: width < 600 ? 780 : 900 },
    colorScheme: scheme,
    reducedMotion: "reduce",
  });
  if (service !== undefined)
    await context.addCookies([{ name: "portal", value: await tokenOf(service), url: portal.url, httpOnly: true, sameSite: "Strict" }]);
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type()) && !/status of (401|403|404|422|429|503)/.test(message.text()))
      complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(error.message));
  await page.goto(portal.url + path);
  await page.evaluate("document.fonts.ready.then(() => undefined)");
  return { page, complaints };
}

const pages = [
  { name: "sign-in", path: "/sign-in" },
  { name: "home-owes", path: "/", service: 0 },
  { name: "home-has", path: "/", service: 1 },
  { name: "home-empty", path: "/", service: 2 },
  { name: "usage-days", path: "/usage", service: 0 },
  { name: "usage-hours", path: "/usage?view=hours", service: 0 },
  { name: "usage-empty", path: "/usage", service: 2 },
  { name: "calls", path: "/calls", service: 0 },
  { name: "calls-none", path: "/calls?from=2020-01-01&to=2020-01-31", service: 0 },
  { name: "calls-refused", path: "/calls?from=2020-02-01&to=2020-01-31", service: 0 },
  { name: "nowhere", path: "/nowhere" },
] as const;

type Violation = { id: string; nodes: { html: string; failureSummary: string }[] };
async function check(page: Page, width: number): Promise<void> {
  await page.evaluate(axeSource);
  const violations = (await page.evaluate(
    "axe.run(document, { resultTypes: ['violations'] }).then((found) => found.violations)",
  )) as Violation[];
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => `${node.html} ${node.failureSummary}`).join("\n")}`)).toEqual([]);
  expect(await page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(width);
}

for (const width of [360, 1440]) {
  for (const scheme of ["light", "dark"] as const) {
    describe(`${scheme}, ${width} px wide`, () => {
      for (const { name, path, ...who } of pages) {
        test(`${name} is accessible, fits, and breaks no rule of the policy`, async () => {
          const { page, complaints } = await open(path, { width, scheme, ...who });
          if (screenshots) await page.screenshot({ path: `${screenshots}/${name}-${width}-${scheme}.png`, fullPage: true });
          await page.evaluate("for (const more of document.querySelectorAll('details')) more.open = true");
          await check(page, width);
          expect(complaints).toEqual([]);
          await page.context().close();
        }, 30_000);
      }
    });
  }
}

test("a subscriber signs in, walks the pages and signs out with the keyboard alone", async () => {
  const { page, complaints } = await open("/calls", { width: 1440 });
  expect(new URL(page.url()).pathname).toBe("/sign-in");
  expect(await page.evaluate("document.activeElement.name")).toBe("login");
  await page.keyboard.type("iryna");
  await page.keyboard.press("Tab");
  await page.keyboard.type("wrong");
  await page.keyboard.press("Enter");
  await page.getByText("The login or the password is wrong").waitFor();
  await check(page, 1440);
  expect(await page.locator("input[name=login]").inputValue()).toBe("iryna");
  expect(await page.evaluate("document.activeElement.name")).toBe("password");
  await page.keyboard.type("right");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Calls", exact: true }).waitFor();
  expect(new URL(page.url()).pathname).toBe("/calls");
  expect(await page.evaluate("document.cookie")).not.toContain("portal=");
  await page.keyboard.press("Tab");
  expect(await page.evaluate("document.activeElement.className")).toBe("skip");
  await page.getByRole("link", { name: "Older calls" }).focus();
  await page.keyboard.press("Enter");
  await page.getByRole("link", { name: "Newest calls" }).waitFor();
  await page.locator("summary.account").focus();
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Sign out" }).press("Enter");
  await page.waitForURL("**/sign-in");
  await page.goto(`${portal.url}/`);
  expect(new URL(page.url()).pathname).toBe("/sign-in");
  expect(complaints).toEqual([]);
  await page.context().close();
}, 30_000);

test("who is a customer of two providers chooses one, on a page that is as accessible", async () => {
  const { page } = await open("/sign-in", { width: 360 });
  await page.getByLabel("Login").fill("iryna");
  await page.getByLabel("Password").fill("twice");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByLabel("Provider").selectOption({ label: "Provider 2" });
  await check(page, 360);
  if (screenshots) await page.screenshot({ path: `${screenshots}/choose-360-light.png` });
  await page.getByLabel("Password").fill("twice");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("heading", { name: /Good day/ }).waitFor();
  await page.context().close();
}, 30_000);

test("without the database there is a calm page with a way on", async () => {
  const away = await startPortal({
    databaseUrl: "postgres://mb_portal:x@127.0.0.1:9/none",
    coreUrl: `http://127.0.0.1:${core.port}`,
    secret,
  });
  const { page, complaints } = await open("/sign-in", { width: 360, service: 0 });
  await page.context().addCookies([{ name: "portal", value: await tokenOf(0), url: away.url, httpOnly: true, sameSite: "Strict" }]);
  expect((await page.goto(`${away.url}/usage`))!.status()).toBe(503);
  await page.getByRole("link", { name: "Try again" }).waitFor();
  await check(page, 360);
  if (screenshots) await page.screenshot({ path: `${screenshots}/away-360-light.png` });
  expect(complaints).toEqual([]);
  await page.context().close();
  await away.child.stdin.end();
  await away.child.exited;
}, 30_000);
