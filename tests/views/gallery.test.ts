// The look, checked in a real browser under the real policy: every page of the gallery, light and dark, on a phone and on a desk.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { source as axeSource } from "axe-core";
import type { Browser, Page } from "playwright-core";
import { render } from "../../views/render.ts";
import { launchBrowser } from "../support/browser.ts";
import { serveViews } from "../support/serve-views.ts";
import { galleryPages } from "./gallery-data.ts";

const fragments: Record<string, { status: number; body: string }> = {
  "/fragment/saved": { status: 200, body: "<p id=answer>Saved</p>" },
  "/fragment/refused": { status: 422, body: "<p id=answer>Refused</p>" },
  "/fragment/broken": { status: 500, body: "<p id=answer>Stack trace</p>" },
};
const seenTokens: (string | null)[] = [];
const wiring = `<div id="place"><p id="answer">Nothing</p></div>${Object.keys(fragments)
  .map((path) => `<button type="button" id="${path.slice(10)}" hx-post="${path}" hx-target="#place">${path}</button>`)
  .join("")}`;

let browser: Browser;
const server = serveViews((url, request) => {
  const fragment = fragments[url.pathname];
  if (fragment) {
    seenTokens.push(request.headers.get("x-csrf-token"));
    return fragment;
  }
  const page = galleryPages[url.pathname.slice(1)]?.();
  if (!page) return undefined;
  const body = render(page.view, page.data);
  return { status: 200, body: url.searchParams.has("wiring") ? body.replace("</main>", `${wiring}</main>`) : body };
});

beforeAll(async () => {
  browser = await launchBrowser();
}, 60_000);
afterAll(async () => {
  await browser.close();
  await server.stop(true);
});

/** Opens a page; whatever the browser complains about (a blocked style, a failed script) is collected. */
async function open(path: string, width = 1440, colorScheme: "light" | "dark" = "light"): Promise<{ page: Page; complaints: string[] }> {
  const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme, reducedMotion: "reduce" });
  const complaints: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(error.message));
  await page.goto(new URL(path, server.url).href);
  await page.evaluate("document.fonts.ready.then(() => undefined)");
  return { page, complaints };
}

type Violation = { id: string; nodes: { html: string; failureSummary: string }[] };

for (const width of [360, 1440]) {
  for (const scheme of ["light", "dark"] as const) {
    describe(`${scheme}, ${width} px wide`, () => {
      for (const name of Object.keys(galleryPages)) {
        test(`${name} is accessible, fits, and breaks no rule of the policy`, async () => {
          const { page, complaints } = await open(name, width, scheme);
          await page.evaluate("for (const more of document.querySelectorAll('details.chart-figures')) more.open = true");
          await page.evaluate(axeSource);
          const violations = (await page.evaluate(
            "axe.run(document, { resultTypes: ['violations'] }).then((found) => found.violations)",
          )) as Violation[];
          expect(
            violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => `${node.html} ${node.failureSummary}`).join("\n")}`),
          ).toEqual([]);
          expect(await page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(width);
          expect(complaints).toEqual([]);
          await page.close();
        }, 30_000);
      }
    });
  }
}

test("the letters of a chart keep their size whatever its width", async () => {
  const sizes = [];
  for (const width of [360, 1440]) {
    const { page } = await open("today", width);
    sizes.push(
      await page
        .locator(".chart-x i")
        .first()
        .evaluate((label) => label.getBoundingClientRect().height),
    );
    expect(await page.locator(".plot").evaluate((plot) => plot.getBoundingClientRect().width)).toBeGreaterThan(width === 360 ? 240 : 600);
    await page.close();
  }
  expect(sizes[0]).toBe(sizes[1]!);
}, 30_000);

test("whoever walks with the Tab key always sees where they are, and the first stop skips to the content", async () => {
  for (const name of ["today", "form", "portal"]) {
    const { page } = await open(name);
    await page.keyboard.press("Tab");
    expect(await page.evaluate("document.activeElement.className")).toBe("skip");
    expect(await page.locator(".skip").evaluate((link) => link.getBoundingClientRect().top)).toBeGreaterThanOrEqual(0);
    for (let stop = 0; stop < 40; stop++) {
      const focus = await page.evaluate(() => {
        const element = document.activeElement;
        if (!element || element === document.body) return undefined;
        const box = element.matches(".drop input") ? element.closest(".drop")! : element;
        const style = getComputedStyle(box);
        return { what: element.outerHTML.slice(0, 120), width: style.outlineStyle === "none" ? 0 : Number.parseFloat(style.outlineWidth) };
      });
      if (!focus) break;
      expect(focus, focus.what).toMatchObject({ width: 2 });
      await page.keyboard.press("Tab");
    }
    await page.close();
  }
}, 60_000);

test("the slash goes to the search, the theme is kept in a cookie, Escape closes a menu and a dialog", async () => {
  const { page, complaints } = await open("subscriber");
  await page.keyboard.press("/");
  expect(await page.evaluate("document.activeElement.name")).toBe("q");
  await page.locator("summary.account").click();
  await page.locator("[data-theme-set=dark]").click();
  expect(await page.evaluate("document.documentElement.dataset.theme + getComputedStyle(document.documentElement).colorScheme")).toBe(
    "darkdark",
  );
  expect((await page.context().cookies()).find(({ name }) => name === "theme")?.value).toBe("dark");
  await page.keyboard.press("Escape");
  expect(await page.locator("details.menu[open]").count()).toBe(0);
  await page.getByRole("button", { name: "Suspend" }).first().press("Enter");
  expect(await page.locator("#suspend").evaluate((dialog) => dialog.matches(":modal"))).toBe(true);
  expect(await page.evaluate("document.activeElement.name")).toBe("reason");
  await page.keyboard.press("Escape");
  expect(await page.locator("dialog[open]").count()).toBe(0);
  expect(complaints).toEqual([]);
  await page.close();
}, 30_000);

test("on a phone a list is cards whose cells stand clear of each other", async () => {
  for (const name of ["list", "subscriber", "portal"]) {
    const { page } = await open(name, 360);
    const overlaps = await page.locator(".cards tbody").evaluate((body) => {
      const boxes = [...body.querySelectorAll("td")].map((cell) => cell.getBoundingClientRect()).filter((box) => box.width > 0);
      return boxes.filter((a, at) =>
        boxes.some(
          (b, other) => other > at && a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 1 && b.top < a.bottom - 1,
        ),
      ).length;
    });
    expect(overlaps, name).toBe(0);
    await page.close();
  }
}, 30_000);

test("on a phone every page of the navigation is reachable from the menu", async () => {
  const { page } = await open("today", 360);
  expect(await page.locator(".foot li:visible").count()).toBe(5);
  await page.getByRole("button", { name: "All pages" }).click();
  expect(await page.locator("#all-pages a:visible").count()).toBe(15);
  await page.close();
}, 30_000);

test("htmx works under the policy: it sends the token, swaps answers and refusals, and shows no page of a broken server", async () => {
  const { page, complaints } = await open("today?wiring=1");
  await page.locator("#saved").click();
  await page.locator("#answer", { hasText: "Saved" }).waitFor();
  await page.locator("#refused").click();
  await page.locator("#answer", { hasText: "Refused" }).waitFor();
  await page.locator("#broken").click();
  await page.locator(".toasts .note.bad").waitFor();
  expect(await page.locator("#answer").textContent()).toBe("Refused");
  expect(seenTokens).toEqual(['made-"up', 'made-"up', 'made-"up']);
  expect(await page.evaluate("document.adoptedStyleSheets.length + document.querySelectorAll('style').length")).toBe(0);
  expect(complaints.filter((text) => !text.includes("status of 422") && !text.includes("status of 500"))).toEqual([]);
  await page.close();
}, 30_000);
