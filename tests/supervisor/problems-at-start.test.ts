// What can be wrong at a start: each is exactly one line that says what to do, exit code 1, and nothing left running.
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { freePort } from "../../db/embedded.ts";
import { begin, copyOf, hasStarted, type Installation, processesOf, projectDir, sweep, temporaryDataDir } from "./installation.ts";

setDefaultTimeout(30_000);

let one: Installation;

beforeAll(async () => {
  one = await begin(temporaryDataDir());
  await one.hear(hasStarted);
});
afterAll(async () => {
  one.ctrlC();
  await one.exited;
  await sweep();
});

/** The one line, after the checks that hold for every problem. */
async function refusal(dataDir: string, settings: Record<string, string> = {}): Promise<string> {
  const before = processesOf(dataDir);
  const refused = await begin(dataDir, settings);
  expect(await refused.exited).toBe(1);
  const lines = (await refused.errors()).trimEnd().split("\n");
  expect(lines).toHaveLength(1);
  expect(processesOf(dataDir)).toEqual(before);
  return lines[0]!;
}

describe("one clear line for", () => {
  test("a data folder that another MediaBilling uses", async () => {
    const line = await refusal(one.dataDir);
    expect(line).toMatch(/data is in use by another MediaBilling \(process \d+\): stop that one, or set MB_DATA_DIR to another folder$/);
  });

  test("a port of the web client that is in use", async () => {
    const line = await refusal(temporaryDataDir(), { MB_HTTP_PORT: String(one.httpPort) });
    expect(line).toBe(`Port ${one.httpPort} (MB_HTTP_PORT) is in use by another program: stop it, or set MB_HTTP_PORT to another port`);
  });

  test("a port of the database that is in use", async () => {
    const line = await refusal(temporaryDataDir(), { MB_PG_PORT: String(one.httpPort) });
    expect(line).toContain(`Port ${one.httpPort} (MB_PG_PORT) is in use by another program`);
  });

  test("a database of another PostgreSQL version", async () => {
    const other = copyOf(one.dataDir);
    rmSync(join(other, "postgres", "postmaster.pid"), { force: true });
    writeFileSync(join(other, "postgres", "PG_VERSION"), "15\n");
    expect(await refusal(other)).toMatch(
      /holds a database of PostgreSQL 15 and this MediaBilling brings 18: start the version .* or set MB_DATA_DIR/,
    );
  });

  test("a database server that is down", async () => {
    const port = await freePort();
    const line = await refusal(temporaryDataDir(), { DATABASE_URL: `postgres://someone:hidden@127.0.0.1:${port}/billing` });
    expect(line).toBe(`The database at 127.0.0.1:${port} does not answer (connection refused): start it, or correct DATABASE_URL`);
  });

  test("a database server that refuses the password, which is not repeated", async () => {
    const port = Number(/port (\d+)/.exec((await one.hear(hasStarted)).database ?? "")?.[1]);
    const line = await refusal(temporaryDataDir(), { DATABASE_URL: `postgres://mb_admin:hidden@127.0.0.1:${port}/postgres` });
    expect(line).toContain(`The database at 127.0.0.1:${port} refuses the user mb_admin`);
    expect(line).not.toContain("hidden");
  });

  test("a secret that is not the one the data folder was made with", async () => {
    const stopped = await begin(temporaryDataDir());
    await stopped.hear(hasStarted);
    stopped.ctrlC();
    await stopped.exited;
    expect(await refusal(stopped.dataDir, { MB_SECRET: "0123456789".repeat(4) })).toContain(
      "MB_SECRET is not the one that this data folder was made with",
    );
  });
});

describe("the command line", () => {
  const mb = (args: string[], env: Record<string, string> = {}) => {
    const all = { PATH: process.env.PATH ?? "", HOME: process.env.HOME ?? "", MB_DATA_DIR: temporaryDataDir(), ...env };
    const { exitCode, stdout, stderr } = Bun.spawnSync(["node", join(projectDir, "core", "start.mjs"), ...args], { env: all });
    return { exitCode, out: stdout.toString(), err: stderr.toString() };
  };

  test("suggests the subcommand that was meant, and exits with 2", () => {
    expect(mb(["migrat"])).toEqual({ exitCode: 2, out: "", err: 'mb: there is no "migrat"; is "migrate" meant?\n' });
  });

  test("names a misspelt setting in one line, as a JSON problem with --json", () => {
    const { exitCode, out, err } = mb(["migrate", "--json"], { MB_HTPP_PORT: "80" });
    expect({ exitCode, out }).toEqual({ exitCode: 1, out: "" });
    expect(JSON.parse(err)).toEqual({
      type: "about:blank",
      code: "settings",
      title: "MB_HTPP_PORT is not a setting; is MB_HTTP_PORT meant?",
    });
  });

  test("has help on each subcommand that it lists", () => {
    const names = [...mb(["help"]).out.matchAll(/^ {2}(\S+) {2,}/gm)].map((match) => match[1]!);
    expect(names).toContain("start");
    for (const name of names)
      expect(mb([name, "--help"])).toMatchObject({ exitCode: 0, err: "", out: expect.stringContaining(`mb ${name}`) });
  });
});
