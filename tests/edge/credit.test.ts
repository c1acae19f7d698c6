// What a subscriber sees of credit control in the portal, and does about it without script.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { type TestDatabase, testDatabase } from "../support/database.ts";
import { csrfIn, openPortal } from "./open-portal.ts";
import { type Seeded, seedPortal } from "./portal-rows.ts";

let db: TestDatabase;
let seeded: Seeded;
let portal: Awaited<ReturnType<typeof openPortal>>;
beforeAll(async () => {
  db = await testDatabase();
  seeded = await seedPortal(db.admin);
  portal = await openPortal(db.portalUrl);
});
afterAll(async () => {
  await portal.close();
  await db.close();
});

const home = async (index: number, path = "/") => {
  const { subscriberId, accountId } = seeded.providers[0]!.services[index]!;
  const cookie = await portal.cookieOf({ providerId: 1, subscriberId });
  return { cookie, accountId, html: await (await portal.request(path, { cookie })).text() };
};
const post = (path: string, cookie: string, fields: Record<string, string>) =>
  portal.request(path, {
    method: "POST",
    cookie,
    body: new URLSearchParams(fields),
    headers: { "content-type": "application/x-www-form-urlencoded" },
  });

describe("a subscriber whose money runs out", () => {
  test("is told so with what to do, and may promise and pause; who has enough may not", async () => {
    const poor = await home(1);
    expect(poor.html).toContain("Your money is running out. On account A2 there is little. Please pay at least 41.60.");
    expect(poor.html).toContain('action="/promise"');
    expect(poor.html).toContain('value="42"');
    expect(poor.html).toContain('action="/suspension"');
    const rich = await home(0);
    expect(rich.html).not.toContain("running out");
    expect(rich.html).not.toContain('action="/promise"');
  });

  test("promises: the wish goes to the core in the subscriber's own name, once", async () => {
    const { cookie, accountId, html } = await home(1);
    const key = /name="_key" value="([\w-]+)"/.exec(html)![1]!;
    const answer = await post("/promise", cookie, { _csrf: csrfIn(html), _key: key, account: accountId, amount: "42,50", days: "3" });
    expect([answer.status, answer.headers.get("location")]).toEqual([303, "/?done=promised"]);
    expect(portal.state.wishes.at(-1)).toEqual({
      name: "credit.promise",
      input: { accountId, amount: "42.50", days: 3 },
      token: cookie.slice("portal=".length),
      key,
    });
    expect((await home(1, "/?done=promised")).html).toContain("Thank you. What you promised counts as paid");
  });

  test("is told why not, in our words and nobody else's", async () => {
    const { cookie, accountId, html } = await home(1);
    portal.state.granted = { kind: "refused", code: "promise_open" };
    const answer = await post("/promise", cookie, { _csrf: csrfIn(html), account: accountId, amount: "1", days: "3" });
    expect(answer.headers.get("location")).toBe("/?refused=promise_open");
    expect((await home(1, "/?refused=promise_open")).html).toContain("A payment is promised already.");
    expect((await home(1, "/?refused=Call+0900")).html).not.toContain("0900");
    portal.state.granted = { kind: "done" };
  });

  test("a form from elsewhere does nothing", async () => {
    const { cookie, accountId } = await home(1);
    const before = portal.state.wishes.length;
    for (const path of ["/promise", "/suspension", "/resumption"])
      expect((await post(path, cookie, { _csrf: "x", account: accountId })).headers.get("location")).toBe("/?refused=csrf_failed");
    expect((await post("/promise", "", { account: accountId })).headers.get("location")).toBe("/sign-in");
    expect(portal.state.wishes.length).toBe(before);
  });
});
