import { describe, expect, test } from "bun:test";
import { createLog } from "../../core/kernel/log.ts";
import { createBackoff } from "../../core/supervisor/backoff.ts";
import { jsonLine, prettyLine } from "../../core/supervisor/log-lines.ts";

const now = () => "2026-11-23T12:00:00Z";

describe("the log of a role", () => {
  test("becomes a line for people, with the role and its fields", () => {
    const line = JSON.stringify({ level: "info", time: "2026-11-23T10:11:12.5Z", role: "role", msg: "Rated", calls: 184, file: "a b" });
    expect(prettyLine("worker", line, false, false, now)).toBe('10:11:12 worker       Rated  calls=184  file="a b"');
  });

  test("keeps text that is not JSON as it is", () => {
    expect(prettyLine("portal", "error: Uncaught", true, false, now)).toBe("12:00:00 portal       ERROR error: Uncaught");
    expect(JSON.parse(jsonLine("portal", "{half", true, now))).toEqual({ level: "error", time: now(), role: "portal", msg: "{half" });
  });

  test("hides secrets at the top and one level below", () => {
    let line = "";
    const log = createLog({ level: "info", role: "http", write: (text) => (line = text) });
    log.info({ password: "p1", agent: { token: "t1", name: "hq" } }, "Registered");
    expect(line).not.toMatch(/p1|t1/);
    expect(JSON.parse(line)).toMatchObject({ role: "http", msg: "Registered", agent: { name: "hq" } });
  });
});

describe("an error in the log", () => {
  test("keeps its message, code and cause, and not the parameters of the query that failed", () => {
    let line = "";
    const log = createLog({ level: "info", role: "http", write: (text) => (line = text) });
    const cause = Object.assign(new Error("duplicate key"), { code: "23505", constraint_name: "login_key", detail: "Key (login)=(anna)" });
    log.error({ err: new Error("Failed query: insert into t values ($1)\nparams: anna,\nsecond line", { cause }) }, "request failed");
    expect(line).not.toMatch(/anna|second line/);
    const { err } = JSON.parse(line);
    expect(err).toMatchObject({ message: "Failed query: insert into t values ($1)", cause: { code: "23505", constraint: "login_key" } });
    expect(err.stack).toContain("log-lines.test.ts");
  });
});

describe("starting again", () => {
  test("is quick at first, then slower, never slower than 15 s, and quick again after a healthy minute", () => {
    const backoff = createBackoff();
    const delays = Array.from({ length: 9 }, () => backoff.nextDelayMs(10));
    expect(delays).toEqual([100, 500, 1_000, 2_000, 5_000, 10_000, 15_000, 15_000, 15_000]);
    expect(backoff.nextDelayMs(60_000)).toBe(100);
  });
});
