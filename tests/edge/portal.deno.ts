// Run by Deno, not by Bun: see under-deno.test.ts. That the portal's own code works there, with nothing but the rights it is given.
import { createPortal } from "../../edge/app.ts";
import { openCoreClient } from "../../edge/core-client.ts";
import { openPortalDatabase } from "../../edge/database.ts";
import { keysFrom } from "../../edge/session-token.ts";
import { readPortalSettings } from "../../edge/settings.ts";

declare const Deno: {
  test(name: string, body: () => void | Promise<void>): void;
  env: { get(name: string): string | undefined };
  readTextFile(path: string): Promise<string>;
  writeTextFile(path: string, text: string): Promise<void>;
  errors: { NotCapable: new () => Error };
};

const settings = readPortalSettings((name) => Deno.env.get(name));
const token = Deno.env.get("MB_TEST_TOKEN") ?? "";
const database = openPortalDatabase(settings.databaseUrl, { max: 1 });
const app = createPortal({
  database,
  core: openCoreClient(settings.coreUrl, settings.secret),
  keys: await keysFrom(settings.secret),
  clock: () => Temporal.Now.instant(),
  log() {},
});

function same(actual: unknown, expected: unknown): void {
  if (actual !== expected) throw new Error(`${String(actual)} is not ${String(expected)}`);
}

for (const [path, words] of [
  ["/", "You owe"],
  ["/usage", "The last 30 days"],
  ["/usage?view=hours", "Today by the hour"],
  ["/calls", "Charged time"],
] as const) {
  Deno.test(`${path} is a page of the subscriber that the token names`, async () => {
    const response = await app.fetch(new Request(`http://portal.test${path}`, { headers: { cookie: `portal=${token}` } }));
    const html = await response.text();
    same(response.status, 200);
    same(html.includes(words), true);
    same(html.includes("Subscriber 1"), true);
  });
}

Deno.test("a core that doesn't answer is a page with status 503", async () => {
  const form = await app.fetch(new Request("http://portal.test/sign-in"));
  const csrf = /name="_csrf" value="([\w-]+)"/.exec(await form.text())?.[1] ?? "";
  const cookie = form.headers.getSetCookie()[0]?.split(";")[0] ?? "";
  const body = new URLSearchParams({ login: "a", password: "b", _csrf: csrf });
  const response = await app.fetch(new Request("http://portal.test/sign-in", { method: "POST", body, headers: { cookie } }));
  await response.text();
  same(response.status, 503);
});

const refused = async (work: () => Promise<unknown>) => {
  let error: unknown;
  await work().catch((e) => {
    error = e;
  });
  same(error instanceof Deno.errors.NotCapable || (error instanceof TypeError && error.cause instanceof Deno.errors.NotCapable), true);
};

Deno.test("files outside the project, other variables and other hosts are out of reach, and nothing can be written", async () => {
  await refused(() => Deno.readTextFile("/etc/passwd"));
  await refused(async () => Deno.env.get("HOME"));
  await refused(() => fetch("http://127.0.0.1:8999/"));
  await refused(() => Deno.writeTextFile("views/portal/home.eta", "x"));
});

Deno.test("the database is let go", () => database.close());
