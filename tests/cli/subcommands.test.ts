// The command line as somebody meets it: help on everything, JSON when asked for, and an exit code that a script can trust.
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { read as readWorkbook } from "xlsx";
import { runSetUp } from "../../core/auth/set-up.ts";
import { setupLink } from "../../core/auth/setup-link.ts";
import { addPlan } from "../../core/catalog/add-plan.ts";
import { runCommandLine } from "../../core/cli/command-line.ts";
import { subcommands } from "../../core/cli/index.ts";
import { withCore } from "../../core/cli/prepare.ts";
import { createLog } from "../../core/kernel/log.ts";
import { readSettings, withSecret } from "../../core/kernel/settings.ts";
import { borrowDatabase } from "../../core/supervisor/database.ts";
import { startTestServer } from "../../db/embedded.ts";
import { accepted, done } from "../support/operator.ts";
import { planDocumentInput } from "../support/plan.ts";

setDefaultTimeout(120_000);

const folder = mkdtempSync(join(tmpdir(), "mb-cli-"));
const env: Record<string, string> = { MB_DATA_DIR: join(folder, "data"), MB_LOG_LEVEL: "silent" };
const file = (name: string, content: string) => {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
};
const out = join(folder, "usage.xlsx");
const calls = file(
  "Master.csv",
  `"","380445550001","380671234567","from-internal","""x"" <1>","SIP/1-1","SIP/t-1","Dial","SIP/t","2026-11-02 10:00:00","2026-11-02 10:00:05","2026-11-02 10:01:05",65,60,"ANSWERED","DOCUMENTATION","1.1",""\n`,
);
const usage = file("usage.json", `{"destination": "380671234567", "seconds": 90}`);

/** Runs a command line as `mb` does, with the real subcommands. */
async function mb(...argv: string[]) {
  const [stdout, stderr]: [string[], string[]] = [[], []];
  const exitCode = await runCommandLine(argv, subcommands, {
    projectDir: folder,
    env,
    terminal: false,
    createLog: () => createLog({ level: "silent", role: "test" }),
    out: (line) => stdout.push(line),
    err: (line) => stderr.push(line),
  });
  return { exitCode, out: stdout.join("\n"), err: stderr.join("\n") };
}

const names = Object.keys(subcommands);

describe("help", () => {
  test("the overview names every subcommand that is for people, with a line about it", async () => {
    const { exitCode, out } = await mb("help");
    expect(exitCode).toBe(0);
    for (const name of names) expect(out).toMatch(new RegExp(`^  ${name} +[A-Z]`, "m"));
    expect(await mb()).toMatchObject({ exitCode: 2, out });
  });

  for (const name of names)
    test(`mb ${name} --help says how to call it and what each option is, and does nothing else`, async () => {
      const { exitCode, out, err } = await mb(name, "--help");
      expect({ exitCode, err }).toEqual({ exitCode: 0, err: "" });
      const [usageLine, , summary] = out.split("\n");
      expect(usageLine).toStartWith(`mb ${name}`);
      expect(summary).toMatch(/^[A-Z]/);
      expect(out).toMatch(/ {2}--json +Print the result/);
      expect((await mb("help", name)).out).toBe(out);
    });
});

describe("wrong usage", () => {
  const wrong: [argv: string[], says: RegExp][] = [
    [["strat"], /there is no "strat"; is "start" meant\?/],
    [["frobnicate"], /`mb help` lists what there is/],
    ...names.map((name): [string[], RegExp] => [[name, "--nonsense"], /--nonsense/]),
    [["start", "now"], /start takes no arguments/],
    [["demo", "now"], /demo takes no arguments/],
    [["migrate", "now"], /migrate takes no arguments/],
    [["verify", "now"], /verify takes no arguments/],
    [["rebuild", "now"], /rebuild takes no arguments/],
    [["import"], /mb import asterisk FILE/],
    [["import", "asterisk"], /mb import asterisk FILE/],
    [["import", "cisco", calls], /mb import asterisk FILE/],
    [["export"], /usage or statement/],
    [["export", "usage"], /--from, --to and --out/],
    [["export", "statement", "--from", "2026-11-01", "--to", "2026-11-30", "--out", out], /--account/],
    [["rerate"], /--why/],
    [["rerate", "--why", "prices were wrong"], /at least one of --plan/],
    [["rerate", "now"], /rerate takes no arguments/],
    [["quote"], /name one plan/],
    [["quote", "now"], /quote takes no arguments/],
    [["quote", "--plan", "city"], /name the usage/],
    [["quote", "--plan", "city", "--at", "yesterday", "--usage", usage], /--at must be an instant/],
    [["quote", "--plan-file", usage, "--provider", "x", "--usage", usage], /go with --plan/],
    [["schema"], /name one document of: plan/],
    [["api-key"], /create, list, or revoke ID/],
    [["api-key", "create", "--name", "x"], /--name and --permissions/],
    [["agent"], /mb agent pbx/],
    [["agent", "pbx"], /MB_PBX_FILE/],
    [["role", "nobody"], /name one role/],
    [["portal", "now"], /portal takes no arguments/],
  ];
  for (const [argv, says] of wrong)
    test(`mb ${argv.join(" ").replaceAll(`${folder}/`, "")} is one line on standard error and exit code 2`, async () => {
      const { exitCode, out, err } = await mb(...argv);
      expect({ exitCode, out }).toEqual({ exitCode: 2, out: "" });
      expect(err).toMatch(says);
      expect(err).toStartWith("mb: ");
      expect(err.split("\n")).toHaveLength(1);
      const asJson = await mb(...argv, "--json");
      expect(asJson.exitCode).toBe(2);
      expect(JSON.parse(asJson.err)).toMatchObject({ title: err.replace(/^mb: /, ""), code: expect.any(String) });
    });

  test("a setting that doesn't exist is named, before anything begins", async () => {
    env.MB_HTPP_PORT = "1";
    const { exitCode, err } = await mb("verify");
    delete env.MB_HTPP_PORT;
    expect({ exitCode, err }).toEqual({ exitCode: 1, err: "mb: MB_HTPP_PORT is not a setting; is MB_HTTP_PORT meant?" });
  });
});

describe("with a database", () => {
  let server: Awaited<ReturnType<typeof startTestServer>>;
  beforeAll(async () => {
    // Of its own: `mb migrate` gives the server's roles the passwords of this data folder.
    server = await startTestServer();
    env.DATABASE_URL = server.url;
  });
  afterAll(async () => {
    await server?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** What a person does in the web client first. */
  async function begin() {
    const read = readSettings(env, folder);
    if (!read.ok) throw new Error(read.problems.join());
    const settings = withSecret(read.settings);
    const { appUrl } = await borrowDatabase(settings);
    await withCore(settings, appUrl, createLog({ level: "silent", role: "test" }), async (core) => {
      const setupToken = new URL((await setupLink(core, "http://test"))!).searchParams.get("token");
      accepted(
        await runSetUp(core, {
          setupToken,
          operator: { code: "north", name: "Northern Telephone", currency: "UAH", zone: "Europe/Kyiv", locale: "en-GB" },
          administrator: { name: "Olena Koval", login: "olena@north.example", password: "turnip-lantern-viaduct-9" },
        }),
      );
      await done(core, addPlan, { code: "city", document: planDocumentInput(), validFrom: "2026-02-01T00:00:00Z" });
    });
  }

  test("every subcommand works, answers JSON when asked to, and says with its exit code how it went", async () => {
    const json = async (exitCode: number, ...argv: string[]) => {
      const ran = await mb(...argv, "--json");
      expect(ran, argv.join(" ")).toMatchObject({ exitCode });
      return JSON.parse(exitCode === 0 ? ran.out : ran.err || ran.out);
    };
    expect((await json(0, "migrate")).applied).toContain("0001_spine.sql");
    expect(await mb("migrate")).toEqual({ exitCode: 0, out: "The database is up to date.", err: "" });

    const portal = await json(0, "portal");
    expect(Object.keys(portal.environment)).toEqual(["MB_PORTAL_DATABASE_URL", "MB_CORE_URL", "MB_PORTAL_SECRET"]);
    expect(portal.environment.MB_PORTAL_DATABASE_URL).toStartWith("postgres://mb_portal:");
    expect((await mb("portal")).out).toContain("\nnode_modules/.bin/deno serve ");

    // Nobody is set up yet: refused, and it says what to do.
    expect(await json(1, "quote", "--plan", "city", "--usage", usage)).toMatchObject({ code: "provider_unknown" });
    expect((await mb("import", "asterisk", calls)).err).toBe("mb: There is no operator yet: open the set-up link first");
    await begin();

    const quoted = await json(0, "quote", "--plan", "city", "--usage", usage);
    expect(quoted).toMatchObject({ plan: "City", total: "0.700000", refused: 0 });
    expect(await json(0, "quote", "--plan", "city", "--provider", "north", "--at", "2026-03-01T00:00:00Z", "--usage", usage)).toEqual(
      quoted,
    );
    expect((await json(2, "quote", "--plan", "city", "--at", "2026-01-31T23:59:59Z", "--usage", usage)).title).toContain(
      "no published plan",
    );
    expect((await json(2, "quote", "--plan", "village", "--usage", usage)).title).toContain('no published plan "village"');
    expect(await json(1, "quote", "--plan", "city", "--provider", "south", "--usage", usage)).toMatchObject({ code: "provider_unknown" });

    expect(await json(0, "import", "asterisk", calls)).toMatchObject({ rows: 1, rated: 0, duplicates: 0, quarantined: 1 });
    expect((await mb("import", "asterisk", calls)).out).toBe("1 rows: 0 rated, 1 duplicate, 0 in quarantine.");
    expect(await json(1, "import", "asterisk", join(folder, "none.csv"))).toMatchObject({ code: "file_not_found" });
    expect(await json(2, "import", "asterisk", calls, "--zone", "Kyiv")).toMatchObject({ code: "usage" });

    const period = ["--from", "2026-11-01", "--to", "2026-11-30", "--out", out];
    expect(await json(0, "export", "usage", ...period)).toMatchObject({ file: out, rows: 0 });
    expect(readWorkbook(readFileSync(out)).SheetNames.length).toBeGreaterThan(0);
    expect(await json(1, "export", "statement", "--account", "7", ...period)).toMatchObject({ code: "not_found" });
    expect(await json(2, "export", "usage", "--from", "1 November", "--to", "2026-11-30", "--out", out)).toMatchObject({
      code: "invalid_input",
    });

    const again = ["rerate", "--why", "prices were wrong", "--from", "2026-11-01"];
    expect(await json(0, ...again, "--plan", "city")).toMatchObject({ state: "previewed", totals: [] });
    expect(await json(0, ...again, "--plan", "city", "--yes")).toMatchObject({ state: "done", totals: [] });
    expect((await mb(...again)).out).toContain("Nothing is changed. Give --yes to do it.");
    expect(await json(1, ...again, "--plan", "village")).toMatchObject({ code: "not_found" });
    expect(await json(2, "rerate", "--why", "prices were wrong", "--from", "1 November")).toMatchObject({ code: "invalid_input" });

    const key = await json(0, "api-key", "create", "--name", "till", "--permissions", "usage:read");
    expect(await json(1, "api-key", "create", "--name", "till", "--permissions", "usage:read")).toMatchObject({ code: expect.any(String) });
    expect((await json(0, "api-key", "list")).map(({ name }: { name: string }) => name)).toEqual(["till"]);
    expect((await mb("api-key", "revoke", key.apiKeyId)).out).toBe("Revoked.");
    expect(await json(1, "api-key", "revoke", crypto.randomUUID())).toMatchObject({ code: "not_found" });

    expect((await json(0, "rebuild")).rebuilt.length).toBeGreaterThan(3);
    expect(await json(1, "rebuild", "--provider", "south")).toMatchObject({ code: expect.any(String) });
    expect(await json(0, "verify")).toMatchObject({ findings: [] });
    expect((await mb("verify")).out).toMatch(/^Clean: \d+ proofs hold for 1 provider\.$/);
  });

  test("a database that is down is one line that says so", async () => {
    const url = env.DATABASE_URL!;
    env.DATABASE_URL = "postgres://nobody:secret@127.0.0.1:1/none";
    const { exitCode, err } = await mb("verify");
    env.DATABASE_URL = url;
    expect(exitCode).toBe(1);
    expect(err.split("\n")).toHaveLength(1);
    expect(err).not.toContain("secret");
  });
});
