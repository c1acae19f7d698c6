// Cards in the portal, as a browser without script has them.
import { afterAll, beforeAll, expect, test } from "bun:test";
import { signPortalToken } from "../../core/auth/portal-token.ts";
import { type TestDatabase, testDatabase } from "../support/database.ts";
import { cookiesOf, csrfIn, openPortal, secret } from "./open-portal.ts";
import { type Seeded, seedPortal } from "./portal-rows.ts";

let db: TestDatabase;
let seeded: Seeded;
let portal: Awaited<ReturnType<typeof openPortal>>;
beforeAll(async () => {
  db = await testDatabase();
  seeded = await seedPortal(db.admin);
  portal = await openPortal(db.portalUrl);
}, 60_000);
afterAll(async () => {
  await portal.close();
  await db.close();
});

const who = () => ({ providerId: seeded.providers[0]!.providerId, subscriberId: seeded.providers[0]!.services[0]!.subscriberId });
const post = (path: string, cookie: string, fields: Record<string, string>) =>
  portal.request(path, { method: "POST", cookie, body: new URLSearchParams(fields) });

test("whoever is signed in redeems a card on the account, and his address goes along", async () => {
  const cookie = await portal.cookieOf(who());
  const html = await (await portal.request("/redeem?pin=ABCD-EFGH", { cookie })).text();
  expect(html).toContain('value="ABCD-EFGH"');
  const account = /name="account" value="([0-9a-f-]{36})"/.exec(html)![1]!;
  const key = /name="_key" value="([\w-]+)"/.exec(html)![1]!;
  const sent = await post("/redeem", cookie, { _csrf: csrfIn(html), _key: key, account, pin: "ABCD-EFGH" });
  expect([sent.status, sent.headers.get("location")]).toEqual([303, "/redeem?done=yes"]);
  expect(portal.state.wishes.at(-1)).toMatchObject({
    name: "cards.redeem",
    input: { accountId: account, pin: "ABCD-EFGH" },
    key,
    address: "192.0.2.7",
  });
  expect(await (await portal.request("/redeem?done=yes", { cookie })).text()).toContain("The card is redeemed");
});

test("a card that is refused stays typed, with the reason; without the form's token nothing is sent", async () => {
  const cookie = await portal.cookieOf(who());
  const html = await (await portal.request("/redeem", { cookie })).text();
  portal.state.granted = { kind: "refused", code: "card_mistyped" };
  const refused = await post("/redeem", cookie, { _csrf: csrfIn(html), _key: crypto.randomUUID(), account: "x", pin: '"><i>' });
  const text = await refused.text();
  expect([refused.status, text.includes("one of its characters must be wrong"), text.includes('"><i>')]).toEqual([422, true, false]);
  const sent = portal.state.wishes.length;
  expect((await post("/redeem", cookie, { _csrf: "x", account: "x", pin: "y" })).status).toBe(403);
  expect(portal.state.wishes).toHaveLength(sent);
  portal.state.granted = { kind: "done" };
});

test("a stranger with a card becomes a subscriber and is signed in", async () => {
  const page = await portal.request("/redeem?pin=WXYZ");
  const html = await page.text();
  expect([page.status, html.includes('value="WXYZ"'), html.includes('href="/sign-in?to=/redeem"')]).toEqual([200, true, true]);
  const form = { _csrf: csrfIn(html), pin: "WXYZ", name: "Nadia", login: "nadia", password: "walnut-harbour-sextant-4" };
  const refused = await post("/register", cookiesOf(page), form);
  const text = await refused.text();
  expect([refused.status, text.includes('value="nadia"'), text.includes("walnut")]).toEqual([409, true, false]);
  portal.state.registered = { kind: "signed-in", token: await signPortalToken(secret, who(), portal.state.now) };
  const done = await post("/register", cookiesOf(page), form);
  expect([done.status, done.headers.get("location"), cookiesOf(done).startsWith("portal=")]).toEqual([303, "/", true]);
  expect(portal.state.newcomers.at(-1)).toEqual({
    who: { pin: "WXYZ", name: "Nadia", login: "nadia", password: "walnut-harbour-sextant-4" },
    address: "192.0.2.7",
  });
});
