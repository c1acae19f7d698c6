// Makes the README's pictures: a new installation with the demo in it, as a browser shows it.
//   node core/start.mjs --script tests/screenshots.ts
import { join } from "node:path";
import type { BrowserContextOptions, Page } from "playwright-core";
import { realInstallation } from "./faults/real-installation.ts";
import { loadDemo, setUp, signInToPortal } from "./scenarios/demo-in-browser.ts";
import { sweep, temporaryDataDir } from "./supervisor/installation.ts";
import { launchBrowser } from "./support/browser.ts";

const folder = join(import.meta.dirname, "..", ".github", "screenshots");
const wide: BrowserContextOptions = { viewport: { width: 1280, height: 860 }, colorScheme: "light" };
const phone: BrowserContextOptions = { viewport: { width: 360, height: 740 }, deviceScaleFactor: 2, colorScheme: "dark" };

const installation = await realInstallation(temporaryDataDir());
try {
  const started = await installation.start();
  const browser = await launchBrowser();
  const shot = async (page: Page, name: string) => {
    // What has just been done is said on top of the next page; a picture does without.
    await page.reload();
    await page.screenshot({ path: join(folder, `${name}.png`) });
    console.log(`.github/screenshots/${name}.png`);
  };
  const page = await (await browser.newContext(wide)).newPage();
  await setUp(page, started);
  const portal = await loadDemo(page, started);
  // The month that was is being charged; the pictures are of the end of it.
  let before = "";
  for (;;) {
    await page.goto(`${started.webUrl}/imports`);
    const rows = (await page.locator("tbody").textContent()) ?? "";
    if (rows === before) break;
    before = rows;
    await Bun.sleep(6000);
  }
  await page.goto(started.webUrl);
  await shot(page, "dashboard");
  await page.goto(`${started.webUrl}/usage`);
  await page
    .getByRole("row")
    .filter({ hasText: /[1-9]\.\d+\sUAH/ })
    .locator("a")
    .first()
    .click();
  await shot(page, "call");
  const guest = await (await browser.newContext(phone)).newPage();
  await signInToPortal(guest, started, portal);
  await shot(guest, "portal");
  await browser.close();
} finally {
  await installation.stop();
  await sweep();
}
