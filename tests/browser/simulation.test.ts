// The calculator and simulations in a real browser: a price that follows what is typed, a simulation that shows its result when it is there; nothing that
// axe finds, on a phone and on a desk, light and dark.
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { source as axeSource } from "axe-core";
import type { Browser, Page } from "playwright-core";
import { openSession } from "../../core/auth/session.ts";
import { house } from "../http/admin-b/people.ts";
import { launchBrowser } from "../support/browser.ts";
import { setUpOperator } from "../support/operator.ts";
import { type RunningWebClient, startWebClient } from "./web-client-server.ts";

setDefaultTimeout(60_000);

let client: RunningWebClient;
let browser: Browser;
let cookie: string;
let planId: string;
let result: string;
const complaints: string[] = [];

beforeAll(async () => {
  client = await startWebClient();
  const { core } = client.t;
  const { managerId } = await setUpOperator(core);
  ({ planId } = await house(core, 1, "Iryna Bondar", "380445550001"));
  ({ cookie } = await openSession(core, 1, managerId));
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser.close();
  await client.close();
});

async function open(width: number, colorScheme: "light" | "dark"): Promise<Page> {
  const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme, reducedMotion: "reduce" });
  await context.addCookies([{ name: "mb_session", value: cookie, url: client.url }]);
  const page = await context.newPage();
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) complaints.push(`${message.location().url}: ${message.text()}`);
  });
  page.on("pageerror", (error) => complaints.push(error.message));
  return page;
}

test("the price follows what is typed, and the field stays where it is", async () => {
  const page = await open(1440, "light");
  await page.goto(`${client.url}/calculator?number=380441234567&seconds=60`);
  expect(await page.locator(".figure-line b").textContent()).toBe("0,50\u00a0UAH");
  await page.locator('[name="seconds"]').fill("120");
  await page.locator(".figure-line b", { hasText: "0,90" }).waitFor();
  expect(await page.evaluate(() => document.activeElement?.getAttribute("name"))).toBe("seconds");
  expect(page.url()).toContain("seconds=120");
  await page.locator('[name="seconds"]').fill("x");
  await page.locator("#f-seconds-error").waitFor();
  await page.context().close();
});

test("a simulation is begun, and its result comes by itself", async () => {
  const page = await open(1440, "light");
  await page.goto(`${client.url}/plans/${planId}/simulations/new`);
  await page.getByRole("button", { name: "Work it out" }).click();
  await page.getByText("Every subscriber pays the same.").waitFor();
  expect(await page.locator("#subscribers tbody tr").count()).toBe(1);
  result = new URL(page.url()).pathname;
  await page.context().close();
});

for (const scheme of ["light", "dark"] as const)
  for (const width of [1440, 360])
    test(`every page can be used by everybody, ${scheme}, ${width} px`, async () => {
      const page = await open(width, scheme);
      const kinds = ["call", "session", "traffic", "message", "event", "month"].map((kind) => `/calculator?kind=${kind}`);
      for (const path of [...kinds, "/calculator?seconds=x", "/simulations", `/plans/${planId}/simulations/new`, result]) {
        await page.goto(client.url + path);
        expect(await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth), path).toBeLessThanOrEqual(0);
        await page.evaluate(axeSource);
        const found = await page.evaluate(() =>
          (
            globalThis as unknown as { axe: { run(on: Document): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> } }
          ).axe.run(document),
        );
        expect(found.violations.map(({ id, nodes }) => `${path} ${id}: ${nodes[0]?.html}`)).toEqual([]);
      }
      await page.context().close();
    });

test("the browser complains of nothing", () => expect(complaints).toEqual([]));
