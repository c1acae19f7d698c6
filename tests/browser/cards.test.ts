// Cards in a real browser: made by a worker while the page follows, moved, and no page with anything that axe finds, on a phone and on a desk, light and dark.
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { source as axeSource } from "axe-core";
import type { Browser, Page } from "playwright-core";
import { openSession } from "../../core/auth/session.ts";
import { launchBrowser } from "../support/browser.ts";
import { setUpOperator } from "../support/operator.ts";
import { type RunningWebClient, startWebClient } from "./web-client-server.ts";

setDefaultTimeout(60_000);

let client: RunningWebClient;
let browser: Browser;
let cookie: string;
let series = "";
const complaints: string[] = [];

beforeAll(async () => {
  client = await startWebClient();
  const { managerId } = await setUpOperator(client.t.core);
  ({ cookie } = await openSession(client.t.core, 1, managerId));
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

test("a series is added, its cards are made while the page follows, and a range is activated", async () => {
  const page = await open(1440, "light");
  await page.goto(`${client.url}/cards/new`);
  await page.fill('[name="name"]', "Summer, fifty");
  await page.fill('[name="code"]', "SUMMER");
  await page.fill('[name="value"]', "50");
  await page.getByRole("button", { name: "Add the series" }).click();
  await page.getByRole("heading", { name: "Summer, fifty" }).waitFor();
  series = new URL(page.url()).pathname;
  await page.getByRole("button", { name: "Make cards" }).click();
  await page.fill("#generate-cards", "30000");
  await page.getByRole("button", { name: "Make them" }).click();
  await page.locator("#batches .pill", { hasText: "made" }).waitFor();
  await page.reload();
  await page.fill('[name="firstSerial"]', "SUMMER-0000001");
  await page.fill('[name="lastSerial"]', "SUMMER-0000100");
  await page.getByRole("button", { name: "Do it" }).click();
  await page.getByText("100 cards are activated.").waitFor();
});

test("axe finds nothing on the pages, on a phone and on a desk, light and dark, and none is wider than its window", async () => {
  const { rows } = { rows: await client.t.admin`select id from app.card_batches` };
  const paths = [
    "/cards",
    "/cards/new",
    series,
    `${series}/batches/${rows[0]!.id}/export`,
    `${series}/serials/7`,
    "/cards/redeem",
    "/cards/lookup",
    "/card-dealers",
    "/card-dealers/new",
  ];
  for (const width of [360, 1440]) {
    const page = await open(width, "light");
    for (const path of paths) {
      await page.goto(client.url + path);
      for (const colorScheme of ["light", "dark"] as const) {
        await page.emulateMedia({ colorScheme });
        await page.evaluate(axeSource);
        const found = await page.evaluate(
          async () =>
            (await (window as never as { axe: { run(): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> } }).axe.run())
              .violations,
        );
        expect({ path, width, colorScheme, found: found.map(({ id, nodes }) => `${id}: ${nodes[0]!.html}`) }).toEqual({
          path,
          width,
          colorScheme,
          found: [],
        });
        if (process.env.MB_TEST_SHOTS)
          await page.screenshot({
            path: `${process.env.MB_TEST_SHOTS}/${path.split("/").slice(1).join("_").slice(-30)}-${width}-${colorScheme}.png`,
            fullPage: true,
          });
      }
      expect({ path, width, wide: await page.evaluate(() => document.documentElement.scrollWidth > innerWidth) }).toEqual({
        path,
        width,
        wide: false,
      });
    }
    await page.context().close();
  }
  expect(complaints).toEqual([]);
});
