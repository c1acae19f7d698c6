// Cards in a real browser: made by a worker while the page follows, moved, and no page with anything that axe finds, on a phone and on a desk, light and dark.
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import type { Browser } from "playwright-core";
import { openSession } from "../../core/auth/session.ts";
import { launchBrowser } from "../support/browser.ts";
import { setUpOperator } from "../support/operator.ts";
import { axeFindings, openPage, overflow } from "./look.ts";
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

const open = (width: number, colorScheme: "light" | "dark") =>
  openPage(browser, { url: client.url, cookie, complaints }, { width, colorScheme });

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
        expect(await axeFindings(page, `${path} ${width} ${colorScheme}`)).toEqual([]);
        if (process.env.MB_TEST_SHOTS)
          await page.screenshot({
            path: `${process.env.MB_TEST_SHOTS}/${path.split("/").slice(1).join("_").slice(-30)}-${width}-${colorScheme}.png`,
            fullPage: true,
          });
      }
      expect(await overflow(page), `${path} at ${width}`).toBeLessThanOrEqual(0);
    }
    await page.context().close();
  }
  expect(complaints).toEqual([]);
});
