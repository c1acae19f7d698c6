// What tests in a browser look with: a page of somebody signed in, what axe finds on it, and whether it fits.
import { expect } from "bun:test";
import { source as axeSource } from "axe-core";
import type { Browser, Page } from "playwright-core";

export type As = {
  readonly url: string;
  readonly cookie: string;
  /** What the browser complains of is put here. */
  readonly complaints: string[];
};
type Seen = { readonly width: number; readonly height?: number; readonly colorScheme?: "light" | "dark" };

/** `expected`: a part of complaints that the test brings about itself. */
export async function openPage(browser: Browser, { url, cookie, complaints }: As, seen: Seen, expected?: string): Promise<Page> {
  const { width, height = 900, colorScheme = "light" } = seen;
  const context = await browser.newContext({ viewport: { width, height }, colorScheme, reducedMotion: "reduce" });
  await context.addCookies([{ name: "mb_session", value: cookie, url }]);
  const page = await context.newPage();
  page.on("console", (message) => {
    if (!["error", "warning"].includes(message.type()) || (expected && message.text().includes(expected))) return;
    complaints.push(`${message.location().url}: ${message.text()}`);
  });
  page.on("pageerror", (error) => complaints.push(error.message));
  return page;
}

type Axe = { run(on: Document, options: object): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> };

/** One line for each rule that the page breaks, with its name before it; `options` are axe's. */
export async function axeFindings(page: Page, name: string, options: object = {}): Promise<string[]> {
  await page.evaluate(axeSource);
  const found = await page.evaluate((given) => (globalThis as unknown as { axe: Axe }).axe.run(document, given), options);
  return found.violations.map(({ id, nodes }) => `${name}: ${id} ${nodes[0]?.html}`);
}

/** How many pixels the page is wider than its window. */
export const overflow = (page: Page): Promise<number> =>
  page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);

/** The page as it stands has nothing that axe finds, and fits a desk and a phone. With MB_TEST_SHOTS, a folder, pictures are taken there. */
export async function expectUsable(page: Page, name: string): Promise<void> {
  const shots = process.env.MB_TEST_SHOTS;
  expect(await axeFindings(page, name)).toEqual([]);
  for (const width of [1440, 360]) {
    await page.setViewportSize({ width, height: 900 });
    expect(await overflow(page), `${name} at ${width}`).toBeLessThanOrEqual(0);
    if (!shots) continue;
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme });
      await page.screenshot({ path: `${shots}/${name}-${width}-${colorScheme}.png`, fullPage: true });
    }
    await page.emulateMedia({ colorScheme: "light" });
  }
  await page.setViewportSize({ width: 1440, height: 1000 });
}
