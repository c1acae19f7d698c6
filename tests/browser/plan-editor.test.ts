// A tariff manager builds a plan from nothing in a real browser: bands painted in a week, a deck, a bundle, a fee with VAT; and can use every section.
import { afterAll, beforeAll, expect, test } from "bun:test";
import { source as axeSource } from "axe-core";
import type { Browser, Page } from "playwright-core";
import { openSession } from "../../core/auth/session.ts";
import { addPlan } from "../../core/catalog/add-plan.ts";
import { adminApp } from "../../core/http/admin/app.ts";
import { createApp } from "../../core/http/app.ts";
import { commands, queries } from "../../core/registry.ts";
import { launchBrowser } from "../support/browser.ts";
import { type TestDatabase, testDatabase } from "../support/database.ts";
import { done, setUpOperator } from "../support/operator.ts";
import { everySection } from "../support/plan.ts";

let t: TestDatabase;
let browser: Browser;
let server: ReturnType<typeof Bun.serve>;
let page: Page;
let planId: string;
const complaints: string[] = [];

beforeAll(async () => {
  t = await testDatabase();
  const { managerId } = await setUpOperator(t.core);
  ({ planId } = await done(t.core, addPlan, { code: "home", document: everySection(), validFrom: "2026-01-01T00:00:00Z" }));
  const publicUrl = "http://127.0.0.1";
  const app = createApp(t.core, { registry: { commands, queries }, publicUrl, admin: adminApp(t.core, { publicUrl }) });
  server = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: (request) => app.fetch(request, {}) });
  browser = await launchBrowser();
  const context = await browser.newContext({ viewport: { width: 1440, height: 1000 }, reducedMotion: "reduce" });
  await context.addCookies([{ name: "mb_session", value: (await openSession(t.core, 1, managerId)).cookie, url: server.url.href }]);
  page = await context.newPage();
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type()) && !message.text().includes("status of 422"))
      complaints.push(`${message.location().url}: ${message.text()}`);
  });
  page.on("pageerror", (error) => complaints.push(error.message));
}, 60_000);
afterAll(async () => {
  await browser.close();
  await server.stop(true);
  await t.close();
});

const go = (path: string) => page.goto(new URL(path, server.url).href);
const button = (value: string) => page.locator(`button[name="do"][value="${value}"]`).last();
/** Presses a button of the editor and waits for its answer. */
async function press(value: string): Promise<void> {
  const answered = page.waitForResponse(
    (response) =>
      response.request().method() === "POST" &&
      response
        .request()
        .postData()!
        .includes(`do=${encodeURIComponent(value)}`),
  );
  await button(value).click();
  await answered;
  await page.waitForTimeout(100);
}
const fill = (fields: Readonly<Record<string, string>>) =>
  Object.entries(fields).reduce(async (before, [name, value]) => {
    await before;
    const field = page.locator(`[name="${name}"]`);
    if ((await field.evaluate((element) => element.tagName)) === "SELECT") await field.selectOption(value);
    else await field.fill(value);
  }, Promise.resolve());

/** Drags over the week from one half hour to another. */
async function paint(band: string, from: readonly [day: string, cell: number], to: readonly [day: string, cell: number]): Promise<void> {
  await page.locator(".brush", { hasText: band }).click();
  await page.locator(".brush", { hasText: band }).locator("input:checked").waitFor();
  const middle = async ([day, cell]: readonly [string, number]) => {
    const box = (await page.locator(`[data-day="${day}"] [data-cell="${cell}"]`).boundingBox())!;
    return [box.x + box.width / 2, box.y + box.height / 2] as const;
  };
  await page.locator("[data-week]").scrollIntoViewIfNeeded();
  await page.mouse.move(...(await middle(from)));
  await page.mouse.down();
  await page.mouse.move(...(await middle(to)), { steps: 4 });
  const answered = page.waitForResponse(
    (response) => response.request().method() === "POST" && response.request().postData()!.includes("do=paint"),
  );
  await page.mouse.up();
  await answered;
  await page.waitForTimeout(100);
}
const dayOf = (day: string) => page.locator(`[data-day="${day}"] .unseen`).textContent();

test("a plan grows from nothing to published, with its price in sight", async () => {
  await go("/plans/new");
  await fill({ name: "Evening 100" });

  await press("open:bands");
  await press("add:bands");
  await fill({ "bands.0.name": "Night" });
  await press("add:bands");
  await fill({ "bands.1.name": "Weekend" });
  await page.keyboard.press("Tab");
  // By dragging: Saturday and Sunday, the whole day.
  await paint("Weekend", ["sat", 0], ["sun", 47]);
  expect(await dayOf("sat")).toBe("Weekend 00:00–24:00");
  // By keyboard: the form below the week paints from Monday to Friday, past midnight.
  await page.locator(".brush", { hasText: "Night" }).click();
  await fill({ "paint.from": "20:00", "paint.to": "06:00" });
  for (const day of ["mon", "tue", "wed", "thu", "fri"]) await page.locator(`[name="paint.days"][value="${day}"]`).setChecked(true);
  for (const day of ["sat", "sun"]) await page.locator(`[name="paint.days"][value="${day}"]`).setChecked(false);
  await page.locator("[data-paint]").focus();
  await Promise.all([page.waitForResponse((response) => response.request().method() === "POST"), page.keyboard.press("Enter")]);
  await page.waitForTimeout(150);
  expect(await dayOf("tue")).toBe("Night 00:00–06:00, Night 20:00–24:00");
  expect(await dayOf("mon")).toBe("Night 20:00–24:00");

  await press("open:rates");
  const deck = [
    ["", "Everywhere", "1.20"],
    ["380", "Ukraine", "0.60"],
    ["48", "Poland", "0,90"],
  ] as const;
  for (const [i, [prefix, destination, price]] of deck.entries()) {
    await press("add:rates");
    await fill({ [`rates.${i}.prefix`]: prefix, [`rates.${i}.destination`]: destination, [`rates.${i}.steps.0.price`]: price });
  }
  await press("open:rates.1");
  await press("add:rates.1.bands");
  await fill({ "rates.1.bands.0.band": "band-1", "rates.1.bands.0.steps.0.price": "0.15" });
  // Monday at nine in the evening: two minutes at the night's price.
  await fill({ "try.number": "380501112233", "try.seconds": "75", "try.when": "2026-11-23T21:00" });
  await page.locator("#price b", { hasText: "0,30" }).waitFor();
  expect(await page.locator("#price").textContent()).toContain("in Night 0.15 a minute by whole minutes");
  await press("close:rates");

  await press("open:bundles");
  await press("add:bundles");
  await fill({ "bundles.0.name": "100 minutes", "bundles.0.quantity": "100" });
  await press("close:bundles");
  await press("open:fees");
  await press("add:fees");
  await fill({ "fees.0.name": "Subscription", "fees.0.amount": "lots" });
  await press("close:fees");
  expect(await page.locator('[id="f-fees.0.amount-error"]').textContent()).toContain("decimal string");
  await fill({ "fees.0.amount": "50.00" });
  await press("close:fees");
  await press("open:taxes");
  await press("add:taxes.rates");
  await fill({ "taxes.rates.0.percent": "20" });
  await press("close");
  const said = (await page.locator(".parts").textContent())!.replaceAll(/\s+/g, " ");
  for (const words of [
    "Subscription 50.00 a month in advance, by days",
    "VAT 20 %, on top of all prices.",
    "100 minutes 100 min each month for calls",
    "Weekend Saturday from 06:00 to 24:00 and Sunday, all day",
    "Night Monday to Friday from 20:00 to 06:00 the next day",
  ])
    expect(said).toContain(words);

  await Promise.all([page.waitForURL(/\/plans\/[0-9a-f-]{36}/), button("publish").click()]);
  const [row] =
    await t.admin`select v.document, p.code from app.plans p join app.plan_versions v on v.provider_id = p.provider_id and v.plan_id = p.id where p.name = 'Evening 100'`;
  expect(row!.code).toBe("evening-100");
  expect(row!.document.bands.map(({ code, windows }: { code: string; windows: unknown }) => [code, windows])).toEqual([
    ["band-1", [{ weekdays: ["mon", "tue", "wed", "thu", "fri"], from: "20:00", to: "06:00", holidays: "any" }]],
    [
      "band-2",
      [
        { weekdays: ["sat"], from: "06:00", to: "24:00", holidays: "any" },
        { weekdays: ["sun"], from: "00:00", to: "24:00", holidays: "any" },
      ],
    ],
  ]);
  expect(row!.document.rates.map(({ prefix }: { prefix: string }) => prefix)).toEqual(["", "380", "48"]);
  expect(complaints).toEqual([]);
}, 120_000);

const states: readonly (readonly [name: string, ...presses: string[]])[] = [
  ["all closed"],
  ["the plan", "open:plan"],
  ["billing", "open:billing"],
  ["a fee", "open:fees", "open:fees.0"],
  ["the week", "open:bands"],
  ["a destination", "open:rates", "open:rates.1"],
  ["a price per unit", "open:usage", "open:usage.0"],
  ["tiers", "open:usage", "open:usage.1"],
  ["a bundle", "open:bundles", "open:bundles.0"],
  ["the minimum", "open:minimum"],
  ["a discount", "open:discounts", "open:discounts.0"],
  ["taxes", "open:taxes"],
  ["a traffic class", "open:trafficClasses", "open:trafficClasses.0"],
  ["JSON", "as-json"],
];

/** The dark one has other colours and nothing else. */
const brokenRules = (colorScheme: "light" | "dark") =>
  page.evaluate(
    async (options) => {
      type Axe = { run(options: object): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> };
      const { violations } = await (globalThis as unknown as { axe: Axe }).axe.run(options);
      return violations.map(({ id, nodes }) => `${id}: ${nodes[0]!.html.slice(0, 150)}`);
    },
    colorScheme === "light" ? {} : { runOnly: ["color-contrast"] },
  );

for (const width of [1440, 360])
  test(`every section fits ${width} px and can be used by everybody, light and dark`, async () => {
    await page.setViewportSize({ width, height: 900 });
    const problems: string[] = [];
    for (const [name, ...presses] of states) {
      await go(`/plans/${planId}/versions/new`);
      for (const value of presses) await press(value);
      const tooWide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      if (tooWide > 0) problems.push(`${name} is ${tooWide} px too wide`);
      await page.evaluate(axeSource);
      for (const colorScheme of ["light", "dark"] as const) {
        await page.emulateMedia({ colorScheme });
        problems.push(...(await brokenRules(colorScheme)).map((text) => `${name}, ${colorScheme}: ${text}`));
      }
    }
    expect(problems).toEqual([]);
    expect(complaints).toEqual([]);
  }, 90_000);
