// The first minutes of a new installation, done in the browser as a person does them.
import type { Page } from "playwright-core";
import type { Started } from "../faults/real-installation.ts";

export const login = "olena@dnipro.example";
export const password = "turnip-lantern-viaduct-9";

/** Afterwards the administrator is signed in, on the dashboard. */
export async function setUp(page: Page, { setupLink, webUrl }: Started): Promise<void> {
  await page.goto(setupLink!);
  await page.fill("[name=operator]", "Dnipro Net");
  await page.selectOption("[name=locale]", "en-GB");
  await page.fill("[name=name]", "Olena Koval");
  await page.fill("[name=login]", login);
  await page.fill("[name=password]", password);
  // The look at the password's strength is sent after a pause; a request of the form that is sent after the sign-in is refused.
  await page.locator("#strength").getByText("Strong").waitFor();
  await page.getByRole("button", { name: "Set up and sign in" }).click();
  await page.waitForURL(`${webUrl}/`);
}

/** From the dashboard on, until today's first charge is on it. Gives what the demo's subscriber signs in to the portal with. */
export async function loadDemo(page: Page, { webUrl }: Started): Promise<{ login: string; password: string }> {
  await page.getByRole("button", { name: "Load the demo" }).click();
  await page.getByText("Loading the demo").waitFor();
  await figure(page, "Charged today").getByText(/[1-9]/).waitFor({ timeout: 240_000 });
  const demo = await page.context().newPage();
  await demo.goto(`${webUrl}/demo`);
  const text = (id: string) =>
    demo
      .locator(id)
      .textContent()
      .then((found) => found ?? "");
  const portal = { login: await text("#portal-login"), password: await text("#portal-password") };
  await demo.close();
  return portal;
}

/** One of the big numbers on top of a page. */
export const figure = (page: Page, name: string) => page.locator(".figure", { hasText: name }).locator("b");

export async function signInToPortal(page: Page, { portalUrl }: Started, as: { login: string; password: string }): Promise<void> {
  await page.goto(portalUrl);
  await page.fill("[name=login]", as.login);
  await page.fill("[name=password]", as.password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.locator(".balance").waitFor();
}
