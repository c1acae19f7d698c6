import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { setupLink } from "../../../core/auth/setup-link.ts";
import { type TestDatabase, testDatabase } from "../../support/database.ts";
import { administratorLogin, administratorPassword } from "../../support/operator.ts";
import { Client, hiddenIn } from "./client.ts";

let t: TestDatabase;
let path: string;

beforeAll(async () => {
  t = await testDatabase();
  const link = new URL((await setupLink(t.core, "http://test"))!);
  path = link.pathname + link.search;
});
afterAll(() => t.close());

const typed = {
  operator: "Дніпро Нет",
  code: "",
  currency: "UAH",
  zone: "Europe/Kyiv",
  locale: "uk-UA",
  name: "Olena Koval",
  login: administratorLogin,
  password: administratorPassword,
};
const token = () => new URL(`http://test${path}`).searchParams.get("token")!;

describe("the first run", () => {
  test("without the link says where to find it, and every page leads there", async () => {
    const client = new Client(t.core);
    expect((await client.request("/")).headers.get("location")).toBe("/sign-in");
    expect((await client.request("/sign-in")).headers.get("location")).toBe("/setup");
    expect((await client.page("/setup")).html).toContain("one-time link");
  });

  test("refuses a wrong link", async () => {
    expect((await new Client(t.core).page(`/setup?token=${"x".repeat(43)}`)).status).toBe(403);
  });

  test("refuses the form without the page's token", async () => {
    const client = new Client(t.core);
    await client.page(path);
    expect((await client.send("/setup", { ...typed, token: token() })).status).toBe(403);
    expect((await new Client(t.core).send("/setup", { ...typed, token: token(), _csrf: "made-up" })).status).toBe(403);
  });

  test("keeps what was typed when the password is weak, shows why, and never sends the password back", async () => {
    const client = new Client(t.core);
    const answer = await client.post("/setup", { ...typed, token: token(), password: "password12345" }, path);
    expect(answer.status).toBe(422);
    expect(answer.html).toContain('value="Дніпро Нет"');
    expect(answer.html).toContain("first words that are tried");
    expect(answer.html).not.toContain("password12345");
  });

  test("says how strong a password is while it is typed, and which code the name gives", async () => {
    const client = new Client(t.core);
    const weak = await client.post("/setup/password", { password: "qwertyuiop12" }, path);
    expect(weak.html).toContain("Too easy to guess");
    const strong = await client.post("/setup/password", { password: administratorPassword }, path);
    expect(strong.html).toMatch(/Good enough|Strong/);
    expect((await client.post("/setup/code", { operator: "Дніпро Нет" }, path)).html).toContain("<code>dnipro-net</code>");
  });

  test("names the operator, signs the administrator in, and is over", async () => {
    const client = new Client(t.core);
    const answer = await client.post("/setup", { ...typed, token: token() }, path);
    expect([answer.status, answer.location]).toEqual([303, "/"]);
    const [provider] = await t.admin`select code, name from app.providers where id = 1`;
    expect(provider).toEqual({ code: "dnipro-net", name: "Дніпро Нет" });
    const today = await client.page("/");
    expect(today.status).toBe(200);
    expect(today.html).toContain("Load the demo");
    expect(today.html).toContain("Дніпро Нет is set up");
    expect((await client.page("/")).html).not.toContain("is set up, and you");
    expect((await client.request(path)).headers.get("location")).toBe("/");
  });
});

describe("sign-in", () => {
  const credentials = { login: administratorLogin, password: administratorPassword };

  test("leads to the page that was asked for, and nowhere outside", async () => {
    const client = new Client(t.core);
    expect((await client.request("/usage?from=2026-11-01")).headers.get("location")).toBe("/sign-in?to=%2Fusage%3Ffrom%3D2026-11-01");
    expect((await client.post("/sign-in", { ...credentials, to: "/usage?from=2026-11-01" }, "/sign-in")).location).toBe(
      "/usage?from=2026-11-01",
    );
    for (const to of ["https://elsewhere.example/", "//elsewhere.example", "/\\elsewhere.example"])
      expect((await new Client(t.core).post("/sign-in", { ...credentials, to }, "/sign-in")).location).toBe("/");
  });

  test("has one answer for a wrong password and an unknown e-mail, and keeps the e-mail", async () => {
    const client = new Client(t.core);
    const wrong = await client.post("/sign-in", { ...credentials, password: "not-this-one" }, "/sign-in");
    const unknown = await client.post("/sign-in", { login: "nobody@example.net", password: "not-this-one" }, "/sign-in");
    expect([wrong.status, unknown.status]).toEqual([422, 422]);
    for (const { html } of [wrong, unknown]) expect(html).toContain("The e-mail or the password is wrong.");
    expect(wrong.html).toContain(`value="${administratorLogin}"`);
  });

  test("needs the token of the page, and refuses another site's form", async () => {
    const client = new Client(t.core);
    await client.page("/sign-in");
    expect((await client.send("/sign-in", credentials)).status).toBe(403);
    const { _csrf } = await client.hidden("/sign-in");
    const foreign = await client.request("/sign-in", {
      method: "POST",
      body: new URLSearchParams({ ...credentials, _csrf: _csrf! }),
      headers: { "sec-fetch-site": "cross-site" },
    });
    expect(foreign.status).toBe(403);
  });

  test("ends with the sign-out, on the server too", async () => {
    const client = new Client(t.core);
    await client.post("/sign-in", credentials, "/sign-in");
    const before = client.cookies.get("mb_session")!;
    const { html } = await client.page("/");
    expect((await client.post("/sign-out", { _csrf: hiddenIn(html, "_csrf") })).location).toBe("/sign-in");
    client.cookies.set("mb_session", before);
    expect((await client.request("/")).headers.get("location")).toBe("/sign-in");
  });

  test("sets cookies that scripts can't read, and with https only there", async () => {
    const plain = new Client(t.core);
    const { _csrf } = await plain.hidden("/sign-in");
    const cookie = (await plain.send("/sign-in", { ...credentials, _csrf: _csrf! })).headers
      .getSetCookie()
      .find((line) => line.startsWith("mb_session="))!;
    expect(cookie).toMatch(/HttpOnly/);
    expect(cookie).toMatch(/SameSite=Lax/);
    const secure = new Client(t.core, "https://billing.example");
    const page = await secure.request("/sign-in");
    expect(page.headers.getSetCookie()[0]).toMatch(/^__Host-mb_csrf=.*Secure/);
  });
});
