import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { signPortalToken } from "../../core/auth/portal-token.ts";
import { type TestDatabase, testDatabase } from "../support/database.ts";
import { cookiesOf, csrfIn, frozen, openPortal, secret } from "./open-portal.ts";
import { type Seeded, seedPortal } from "./portal-rows.ts";

let db: TestDatabase;
let seeded: Seeded;
let portal: Awaited<ReturnType<typeof openPortal>>;
const who = (provider = 0, service = 0) => {
  const { providerId, services } = seeded.providers[provider]!;
  return { providerId, subscriberId: services[service]!.subscriberId };
};
/** What a person reads: without markup, and with the spaces inside figures made plain. */
const textOf = (html: string) =>
  html
    .replace(/<(svg|head)[\s\S]*?<\/\1>/g, "")
    .replace(/<[^>]*>/g, " ")
    .replaceAll(/[\s\u00a0\u202f]+/g, " ");
const read = async (path: string, cookie: string) => {
  const response = await portal.request(path, { cookie });
  const html = await response.text();
  return { response, html, text: textOf(html) };
};

beforeAll(async () => {
  db = await testDatabase();
  seeded = await seedPortal(db.admin);
  portal = await openPortal(db.portalUrl);
}, 60_000);
afterAll(async () => {
  await portal.close();
  await db.close();
});

describe("home", () => {
  test("says what is owed, what is available, the limit, the month and the services", async () => {
    const { response, text } = await read("/", await portal.cookieOf(who()));
    expect(response.status).toBe(200);
    expect(text).toContain("Good day, Subscriber 1");
    expect(text).toContain("You owe 74.40 UAH");
    expect(text).toContain("Available 425.60 UAH");
    expect(text).toContain("Credit limit 500.00 UAH");
    expect(text).toContain("Line 380440000000 Standard · 380440000000 works");
    const [month] =
      await db.admin`select sum(amount_micros)::text as micros from read.usage_daily where provider_id = 1 and subscriber_id = ${who().subscriberId} and day >= '2026-11-01'`;
    expect(text).toMatch(/Charged in November (\d+\.\d\d) UAH/);
    expect(Number(/Charged in November (\d+\.\d\d) UAH/.exec(text)![1])).toBe(Number(month!.micros) / 1e6);
  });

  test("shows a subscriber without anything a page that explains itself", async () => {
    const { response, text } = await read("/", await portal.cookieOf(who(0, 2)));
    expect(response.status).toBe(200);
    for (const words of ["No account yet", "No services yet", "No calls yet", "Nothing spent in the last 30 days"])
      expect(text).toContain(words);
    for (const path of ["/usage", "/calls"]) expect((await read(path, await portal.cookieOf(who(0, 2)))).response.status).toBe(200);
  });

  test("ends the session of a subscriber who doesn't exist", async () => {
    const cookie = await portal.cookieOf({ providerId: 2, subscriberId: who(0).subscriberId });
    const { response } = await read("/", cookie);
    expect(response.status).toBe(303);
    expect(response.headers.get("location")).toBe("/sign-in");
    expect(response.headers.getSetCookie().join()).toContain("portal=;");
  });
});

describe("usage", () => {
  test("shows thirty days with a link from each to its calls", async () => {
    const { html, text } = await read("/usage", await portal.cookieOf(who()));
    expect(html.match(/<th scope="row"><a href="\/calls\?from=/g)).toHaveLength(30);
    expect(html).toContain("/calls?from=2026-11-23&amp;to=2026-11-23");
    expect(text).toContain("The last 30 days");
  });

  test("counts the hours in the provider's zone, and those to come are not zero", async () => {
    const kyiv = await read("/usage?view=hours", await portal.cookieOf(who()));
    expect(kyiv.text).toContain("18:00");
    expect(kyiv.text.match(/\d\d:00 [\d.]+ UAH –/g)).toHaveLength(5); // 19:00 to 23:00 in Kyiv
    const newYork = await read("/usage?view=hours", await portal.cookieOf(who(1)));
    expect(newYork.text.match(/\d\d:00 [\d.]+ UAH –/g)).toHaveLength(12);
  });
});

describe("calls", () => {
  test("are walked page by page, each once, newest first", async () => {
    const cookie = await portal.cookieOf(who());
    const seen: string[] = [];
    for (let path: string | undefined = "/calls", page = 0; path && page < 9; page++) {
      const { html } = await read(path, cookie);
      seen.push(...[...html.matchAll(/38056555\d{4}/g)].map(([number]) => number));
      path = /rel="next" href="([^"]+)"/.exec(html)?.[1]?.replaceAll("&amp;", "&");
    }
    expect(seen).toHaveLength(120);
    expect(seen).toEqual([...seen].sort());
  });

  test("of a period are those of the provider's days", async () => {
    const { text, html } = await read("/calls?from=2026-11-22&to=2026-11-22", await portal.cookieOf(who()));
    const expected =
      await db.admin`select destination from app.usage_records where provider_id = 1 and subscriber_id = ${who().subscriberId}
      and (started_at at time zone 'Europe/Kyiv')::date = '2026-11-22'`;
    expect(expected.length).toBeGreaterThan(0);
    expect([...html.matchAll(/38056555\d{4}/g)].length).toBe(expected.length);
    for (const { destination } of expected) expect(text).toContain(destination);
  });

  test("say the exact price, the time charged, and when nobody answered", async () => {
    const { text } = await read("/calls", await portal.cookieOf(who()));
    expect(text).toContain("23 Nov 18:40 380565550000 Ukraine 1:15 0.6517 UAH");
    expect(text).toContain("380565550004 Ukraine · no answer – 0.00 UAH");
  });

  test("with days that make no sense ask again", async () => {
    const cookie = await portal.cookieOf(who());
    for (const query of ["from=2026-13-01", "from=2026-11-20&to=2026-11-10", "to=yesterday"]) {
      const { response, text } = await read(`/calls?${query}`, cookie);
      expect(response.status).toBe(422);
      expect(text).toContain("Which days?");
    }
  });

  test("after a place that never was begin at the newest again", async () => {
    const { response } = await read("/calls?after=nonsense&from=2026-11-01", await portal.cookieOf(who()));
    expect(response.status).toBe(303);
    expect(response.headers.get("location")).toBe("/calls?from=2026-11-01");
  });

  test("of somebody else's account are not there", async () => {
    const other = seeded.providers[0]!.services[1]!.accountId;
    const { text, html } = await read(`/calls?account=${other}`, await portal.cookieOf(who(0, 2)));
    expect(text).toContain("No calls yet");
    expect(html).not.toContain(other);
  });
});

describe("signing in", () => {
  const submit = async (fields: Record<string, string>, headers: Record<string, string> = {}) => {
    const form = await portal.request("/sign-in");
    const body = new URLSearchParams({ _csrf: csrfIn(await form.text()), ...fields });
    return portal.request("/sign-in", { method: "POST", body, headers, cookie: cookiesOf(form) });
  };

  test("sends login, password and the browser's address to the core, and keeps the token out of reach of scripts", async () => {
    portal.state.answer = { kind: "signed-in", token: await signPortalToken(secret, who(), frozen) };
    const response = await submit({ login: " Iryna ", password: "pass word", to: "/calls" });
    expect(response.status).toBe(303);
    expect(response.headers.get("location")).toBe("/calls");
    expect(portal.state.asked.at(-1)).toEqual({
      credentials: { login: "Iryna", password: "pass word", providerId: undefined },
      address: "192.0.2.7",
    });
    const cookie = response.headers.getSetCookie().find((each) => each.startsWith("portal="))!;
    expect(cookie).toContain("HttpOnly");
    expect(cookie).toContain("SameSite=Strict");
    expect(cookie).toContain("Max-Age=28800");
    expect((await portal.request("/calls", { cookie: cookiesOf(response) })).status).toBe(200);
  });

  test("returns to pages of ours only", async () => {
    portal.state.answer = { kind: "signed-in", token: await signPortalToken(secret, who(), frozen) };
    for (const to of ["https://evil.test/", "//evil.test", "/\\evil.test"]) {
      expect((await submit({ login: "a", password: "b", to })).headers.get("location")).toBe("/");
    }
  });

  test("says no in the same words whatever was wrong, and keeps the login", async () => {
    portal.state.answer = { kind: "refused" };
    const response = await submit({ login: '"><b>x', password: "wrong" });
    expect(response.status).toBe(422);
    const html = await response.text();
    expect(html).toContain("The login or the password is wrong");
    expect(html).toContain("&quot;&gt;&lt;b&gt;x");
    expect(html).not.toContain('wrong"');
  });

  test("offers the choice when the password fits at several providers", async () => {
    portal.state.answer = {
      kind: "choose",
      choices: [
        { providerId: 1, providerName: "Dnipro Net" },
        { providerId: 2, providerName: "East" },
      ],
    };
    const html = await (await submit({ login: "a", password: "b" })).text();
    expect(html).toContain('<option value="2">East</option>');
    await submit({ login: "a", password: "b", provider: "2" });
    expect(portal.state.asked.at(-1)!.credentials.providerId).toBe(2);
  });

  test("is slowed down politely", async () => {
    portal.state.answer = { kind: "too-many" };
    expect((await submit({ login: "a", password: "b" })).status).toBe(429);
  });

  test("without a core is a page that says to try again", async () => {
    portal.state.answer = "away";
    const response = await submit({ login: "a", password: "b" });
    expect(response.status).toBe(503);
    expect(response.headers.get("retry-after")).toBe("10");
    expect(await response.text()).toContain("We&#39;ll be right back");
  });

  test("is refused to forms that are not ours", async () => {
    const before = portal.state.asked.length;
    const none = await portal.request("/sign-in", { method: "POST", body: new URLSearchParams({ login: "a", password: "b" }) });
    expect(none.status).toBe(403);
    const forged = await portal.request("/sign-in", {
      method: "POST",
      body: new URLSearchParams({ login: "a", password: "b", _csrf: csrfIn(await (await portal.request("/sign-in")).text()) }),
      cookie: `portal-form=${crypto.randomUUID()}`,
    });
    expect(forged.status).toBe(403);
    expect((await submit({ login: "a", password: "b" }, { "sec-fetch-site": "cross-site" })).status).toBe(403);
    expect(portal.state.asked.length).toBe(before);
  });

  test("reads no form longer than any of ours", async () => {
    expect((await submit({ login: "a", password: "b".repeat(20_000) })).status).toBe(413);
  });

  test("over https keeps its cookies under a name that only https can set", async () => {
    const form = await portal.request("/sign-in", {
      address: "127.0.0.1",
      headers: { "x-forwarded-proto": "https", "x-forwarded-for": "198.51.100.9" },
    });
    expect(form.headers.getSetCookie().join()).toMatch(/^__Host-portal-form=.*Secure/);
    expect(form.headers.get("strict-transport-security")).not.toBeNull();
    const spoofed = await portal.request("/sign-in", { address: "192.0.2.7", headers: { "x-forwarded-proto": "https" } });
    expect(spoofed.headers.getSetCookie().join()).not.toContain("Secure");
  });
});

describe("a session", () => {
  test("ends with sign-out, which another site can't press", async () => {
    const cookie = await portal.cookieOf(who());
    const page = await read("/", cookie);
    const forged = await portal.request("/sign-out", { method: "POST", body: new URLSearchParams({ _csrf: "x" }), cookie });
    expect(forged.headers.getSetCookie()).toEqual([]);
    const response = await portal.request("/sign-out", { method: "POST", body: new URLSearchParams({ _csrf: csrfIn(page.html) }), cookie });
    expect(response.headers.get("location")).toBe("/sign-in");
    expect(response.headers.getSetCookie().join()).toContain("portal=; Max-Age=0");
  });

  test("is only what the core signed for the portal and hasn't expired", async () => {
    const [head, , signature] = (await signPortalToken(secret, who(), frozen)).split(".");
    const none = btoa('{"alg":"none"}').replace(/=+$/, "");
    const claims = btoa(JSON.stringify({ providerId: 1, sub: who().subscriberId, aud: "portal", exp: 9e9 })).replace(/=+$/, "");
    const bad = [
      await signPortalToken("another secret, as long as the first one is", who(), frozen),
      await signPortalToken(secret, who(), frozen.subtract({ hours: 9 })),
      `${head}.${claims}.${signature}`,
      `${none}.${claims}.`,
      "",
      "x.y.z",
    ];
    for (const token of bad) {
      const response = await portal.request("/", { cookie: `portal=${token}` });
      expect(response.headers.get("location"), token).toBe("/sign-in");
    }
    expect((await portal.request("/usage")).headers.get("location")).toBe("/sign-in?to=/usage");
  });
});

describe("every answer", () => {
  test("forbids scripts of others, frames and copies", async () => {
    for (const [path, cookie] of [
      ["/", await portal.cookieOf(who())],
      ["/sign-in", undefined],
      ["/nowhere", undefined],
    ] as const) {
      const { headers } = await portal.request(path, cookie ? { cookie } : {});
      expect(headers.get("content-security-policy")).toContain("default-src 'none'");
      expect(headers.get("content-security-policy")).not.toContain("unsafe");
      expect(headers.get("x-frame-options")).toBe("DENY");
      expect(headers.get("cache-control")).toBe("no-store");
    }
    const html = await (await portal.request("/sign-in")).text();
    const css = /href="(\/assets\/app\.[^"]+\.css)"/.exec(html)![1]!;
    expect((await portal.request(css)).headers.get("cache-control")).toContain("immutable");
    expect((await portal.request("/nowhere")).status).toBe(404);
    expect((await portal.request("/assets/../deno.json")).status).toBe(404);
  });

  test("while the database is away says so and when to come back, and logs no secret", async () => {
    const away = await openPortal("postgres://mb_portal:hidden-word@127.0.0.1:9/none");
    const response = await away.request("/usage", { cookie: await away.cookieOf(who()) });
    expect(response.status).toBe(503);
    expect(response.headers.get("retry-after")).toBe("10");
    const html = await response.text();
    expect(textOf(html)).toContain("Please try again in a moment");
    expect(html).toContain('href="/usage"');
    expect((await away.request("/health")).status).toBe(503);
    expect(JSON.stringify(away.state.logged)).not.toContain("hidden-word");
    await away.close();
  });
});

test("figures that lag behind say so, and up to when they count", async () => {
  const cookie = await portal.cookieOf(who());
  expect((await read("/", cookie)).text).toContain("Up to date, 18:40");
  await db.admin`insert into app.projection_cursors (projection, version, xid, position, advanced_at) values ('test', 1, '3', 0, ${frozen.toString()})`;
  await db.admin`insert into app.events (provider_id, type, data, at) values (1, 'usage.rated', '{}', ${frozen.subtract({ minutes: 5 }).toString()})`;
  expect((await read("/", cookie)).text).toContain("Figures as of 18:35: newer calls will follow soon");
});
