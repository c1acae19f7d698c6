import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  coreUrl,
  derivedSecret,
  publicUrl,
  readSettings,
  type Settings,
  settingsMarkdown,
  withSecret,
} from "../../core/kernel/settings.ts";

const dir = mkdtempSync(join(tmpdir(), "mediabilling-settings-"));
afterAll(() => rmSync(dir, { recursive: true }));

function settings(env: Record<string, string> = {}): Settings {
  const read = readSettings(env, "/srv/mediabilling");
  if (!read.ok) throw new Error(read.problems.join("; "));
  return read.settings;
}
const problems = (env: Record<string, string>) => {
  const read = readSettings(env, "/srv/mediabilling");
  return read.ok ? [] : read.problems;
};

describe("settings", () => {
  test("nothing set gives the defaults, with the data folder under the project's", () => {
    expect(settings()).toMatchObject({
      dataDir: "/srv/mediabilling/data",
      httpPort: 8080,
      portalPort: 8081,
      httpHost: "127.0.0.1",
      workers: 1,
      databaseUrl: null,
    });
  });

  test("a blank variable counts as not set", () => {
    expect(settings({ MB_HTTP_PORT: "", DATABASE_URL: "" })).toMatchObject({ httpPort: 8080, databaseUrl: null });
  });

  test("every wrong value is told in one go, by the variable's name and value", () => {
    expect(problems({ MB_HTTP_PORT: "http", MB_WORKERS: "0", MB_PBX_ZONE: "Mars/Base" })).toEqual([
      'MB_HTTP_PORT must be a port number, and is "http"',
      'MB_WORKERS must be at least 1, and is "0"',
      'MB_PBX_ZONE must be an IANA time zone, such as Europe/Berlin, and is "Mars/Base"',
    ]);
  });

  test("the value of a secret is never repeated", () => {
    expect(problems({ MB_SECRET: "too short", DATABASE_URL: "mysql://root:pass@db/x" })).toEqual([
      "DATABASE_URL must begin with postgres:// or postgresql://",
      "MB_SECRET must have at least 32 characters",
    ]);
  });

  test("a variable that looks like ours and is not is refused, with the one that may be meant", () => {
    expect(problems({ MB_HTPP_PORT: "80" })).toEqual(["MB_HTPP_PORT is not a setting; is MB_HTTP_PORT meant?"]);
    expect(problems({ MB_FROBNICATE_ALL: "1" })).toEqual(["MB_FROBNICATE_ALL is not a setting: the README lists them"]);
  });

  test("variables of the tests and of others are left alone", () => {
    expect(problems({ MB_TEST_ADMIN_URL: "x", MB_FIXTURES: "y", PATH: "/bin" })).toEqual([]);
  });

  test("the core's addresses follow the port, unless they are set", () => {
    expect(publicUrl(settings({ MB_HTTP_PORT: "9000" }))).toBe("http://127.0.0.1:9000");
    expect(publicUrl(settings({ MB_PUBLIC_URL: "https://billing.example/" }))).toBe("https://billing.example");
    expect(coreUrl(settings({ MB_HTTP_HOST: "0.0.0.0" }))).toBe("http://127.0.0.1:8080");
  });

  test("the README's table names each setting once and no internal one", () => {
    const table = settingsMarkdown();
    expect(table.match(/`MB_HTTP_PORT`/g)).toHaveLength(1);
    expect(table).not.toContain("MB_SUPERVISED");
  });
});

describe("the secret", () => {
  test("is made once, for the owner's eyes only, and found again", () => {
    const dataDir = join(dir, "fresh");
    const first = withSecret(settings({ MB_DATA_DIR: dataDir }));
    expect(first.secret.length).toBeGreaterThanOrEqual(43);
    expect(statSync(join(dataDir, "secret")).mode & 0o777).toBe(0o600);
    expect(withSecret(settings({ MB_DATA_DIR: dataDir })).secret).toBe(first.secret);
    expect(readFileSync(join(dataDir, "secret"), "utf8").trim()).toBe(first.secret);
  });

  test("an emptied secret file is a problem, not a new secret: everything that was encrypted hangs on it", () => {
    const dataDir = join(dir, "emptied");
    withSecret(settings({ MB_DATA_DIR: dataDir }));
    writeFileSync(join(dataDir, "secret"), "");
    expect(() => withSecret(settings({ MB_DATA_DIR: dataDir }))).toThrow("holds no secret");
  });

  test("gives another key for each purpose, always the same for one", () => {
    const given = withSecret(settings({ MB_SECRET: "0123456789".repeat(4) }));
    expect(derivedSecret(given, "a")).toBe(derivedSecret(given, "a"));
    expect(derivedSecret(given, "a")).not.toBe(derivedSecret(given, "b"));
    expect(derivedSecret(given, "a")).toHaveLength(43);
  });
});
