// The calculator and simulations in a real browser: a price that follows what is typed, a simulation that shows its result when it is there; nothing that
// axe finds, on a phone and on a desk, light and dark.
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import type { Browser } from "playwright-core";
import { openSession } from "../../core/auth/session.ts";
import { house } from "../http/admin-b/people.ts";
import { launchBrowser } from "../support/browser.ts";
import { setUpOperator } from "../support/operator.ts";
import { axeFindings, openPage, overflow } from "./look.ts";
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

const open = (width: number, colorScheme: "light" | "dark") =>
  openPage(browser, { url: client.url, cookie, complaints }, { width, colorScheme });

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
        expect(await overflow(page), path).toBeLessThanOrEqual(0);
        expect(await axeFindings(page, path)).toEqual([]);
      }
      await page.context().close();
    });

test("the browser complains of nothing", () => expect(complaints).toEqual([]));
