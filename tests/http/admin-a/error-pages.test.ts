// When something breaks, a person reads a sentence and a number to tell, and a log has the rest.
import { afterAll, beforeAll, expect, test } from "bun:test";
import type { Core } from "../../../core/kernel/core.ts";
import { type TestDatabase, testDatabase } from "../../support/database.ts";
import { Client } from "./client.ts";

let t: TestDatabase;
beforeAll(async () => {
  t = await testDatabase();
});
afterAll(() => t.close());

/** A core whose database fails with this error at whatever is asked of it. */
const failing = (error: Error): Core => ({
  ...t.core,
  db: new Proxy(t.core.db, {
    get() {
      throw error;
    },
  }),
});

const signedInOnce = (core: Core) => {
  const client = new Client(core);
  client.cookies.set("mb_session", `1.${"a".repeat(43)}`);
  return client;
};

test("a fault is a page with a number, and nothing of the fault itself", async () => {
  const { status, html, headers } = await signedInOnce(failing(new Error("relation secret_table does not exist"))).page("/usage");
  expect(status).toBe(500);
  expect(html).toContain("Something went wrong");
  expect(html).toMatch(/<code>[0-9a-f-]{36}<\/code>/);
  expect(html).toContain('href="/usage"');
  expect(html).not.toContain("secret_table");
  expect(headers.get("content-security-policy")).toContain("default-src 'none'");
});

test("a database that is away is a page that says to try again, with Retry-After", async () => {
  const { status, html, headers } = await signedInOnce(failing(Object.assign(new Error("connect"), { code: "ECONNREFUSED" }))).page("/");
  expect(status).toBe(503);
  expect(headers.get("retry-after")).toBe("5");
  expect(html).toContain("Try again");
});

test("a fragment gets the sentence alone, and a session that is over is not replaced by a page", async () => {
  const fault = await signedInOnce(failing(new Error("boom"))).request("/today", { headers: { "hx-request": "true" } });
  expect([fault.status, await fault.text()]).toEqual([500, "Something went wrong. It has been logged."]);
  const over = await new Client(t.core).request("/today", { headers: { "hx-request": "true" } });
  expect([over.status, await over.text()]).toEqual([401, ""]);
});
