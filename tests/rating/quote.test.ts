import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pino from "pino";
import { runCommandLine, type Subcommands } from "../../core/cli/command-line.ts";
import { quoteSubcommand } from "../../core/cli/quote.ts";
import { deckOf, step } from "./plans.ts";

const folder = mkdtempSync(join(tmpdir(), "mb-quote-"));
afterAll(() => rmSync(folder, { recursive: true }));

let files = 0;
const file = (content: unknown) => {
  const path = join(folder, `${++files}.json`);
  writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content));
  return path;
};

const ukraine = { prefix: "380", destination: "Ukraine", connectFee: "0.40", steps: [step("0.20", 60, 60), step("0.10", 60, 1, 60)] };
const plan = deckOf([ukraine], { decimals: 4 });
const planFile = file(plan);
const usageFile = file({ destination: "380", seconds: 20 });

const subcommands: Subcommands = {
  quote: async () => ({
    subcommand: quoteSubcommand(async (_ctx, { code }) => (code === "retail" ? { versions: [{ plan, from: undefined }] } : undefined)),
  }),
  schema: () => import("../../core/cli/schema.ts"),
};

/** Runs a command line as `mb` does. */
async function mb(...argv: string[]) {
  const [out, err]: [string[], string[]] = [[], []];
  const exitCode = await runCommandLine(argv, subcommands, {
    projectDir: folder,
    env: {},
    terminal: false,
    createLog: () => pino({ level: "silent" }),
    out: (line) => out.push(line),
    err: (line) => err.push(line),
  });
  return { exitCode, out: out.join("\n"), err: err.join("\n") };
}

describe("mb quote", () => {
  test("prints price, trace and total, and exits with 0", async () => {
    const { exitCode, out } = await mb("quote", "--plan-file", planFile, "--usage", file({ destination: "+380441234567", seconds: 85 }));
    expect(out.split("\n")).toEqual([
      "Plan: Test",
      "",
      "1. +380441234567, 85 s: 0.6417 UAH (85 s billed)",
      "   Rate of prefix 380: Ukraine",
      "   Connect fee, once: 0.4",
      "   0–60 s: 1 × 60 s × 0.20 per 60 s = 0.2",
      "   60–85 s: 25 × 1 s × 0.10 per 60 s = 1/24 (≈ 0.04166667)",
      "   Sum: 77/120 (≈ 0.64166667)",
      "   Rounded once, half up, to 4 decimals: 0.6417",
      "",
      "Total: 0.6417 UAH for 1 of 1 call",
    ]);
    expect(exitCode).toBe(0);
  });

  test("exits with 1 when a destination has no price, and still prices the others", async () => {
    const usage = file([
      { destination: "380441", seconds: 20 },
      { destination: "442", seconds: 20 },
      { destination: "380441", seconds: 20, answered: false, startedAt: "2026-11-23T10:00:00+02:00" },
    ]);
    const { exitCode, out } = await mb("quote", "--plan-file", planFile, "--usage", usage, "--json");
    expect(exitCode).toBe(1);
    expect(JSON.parse(out)).toMatchObject({
      plan: "Test",
      currency: "UAH",
      calls: [
        { destination: "380441", seconds: 20, ok: true, amount: "0.6000", billedSeconds: 60, prefix: "380", destinationName: "Ukraine" },
        { destination: "442", ok: false, code: "no_rate", explanation: ['Refused: the plan has no price for "442"'] },
        { ok: true, amount: "0.0000", reason: "not_answered" },
      ],
      total: "0.6000",
      refused: 1,
    });
    expect((await mb("quote", "--plan-file", planFile, "--usage", usage)).out).toEndWith("Total: 0.6000 UAH for 2 of 3 calls, 1 refused");
  });

  test("takes a stored plan through the look-up it is given", async () => {
    expect((await mb("quote", "--plan", "retail", "--usage", usageFile)).exitCode).toBe(0);
    expect(await mb("quote", "--plan", "none", "--usage", usageFile)).toMatchObject({
      exitCode: 2,
      err: 'mb: there is no published plan "none"; check its code, or use --plan-file',
    });
  });

  const onPlan = (usage: unknown) => ["--plan-file", planFile, "--usage", file(usage)];
  const bad: [what: string, argv: string[], says: RegExp][] = [
    ["no plan", ["--usage", usageFile], /name one plan/],
    ["two plans", ["--usage", usageFile, "--plan", "a", "--plan-file", planFile], /name one plan/],
    ["no usage", ["--plan-file", planFile], /name the usage/],
    [
      "a missing file",
      ["--plan-file", planFile, "--usage", join(folder, "none.json")],
      /none\.json: the usage file can't be read \(ENOENT\)/,
    ],
    ["a folder", ["--plan-file", folder, "--usage", usageFile], /the plan file can't be read \(EISDIR\)/],
    ["broken JSON", onPlan("{"), /not valid JSON/],
    [
      "a number as a price",
      ["--plan-file", file({ ...plan, rates: [{ ...ukraine, connectFee: 0.4 }] }), "--usage", usageFile],
      /json: rates\[0\]\.connectFee is the JSON number 0\.4; put/,
    ],
    ["a fraction of a second", onPlan([{ destination: "380", seconds: 1.5 }]), /\[0\]\.seconds must be a whole/],
    ["seconds as text", onPlan({ destination: "380", seconds: "90" }), /: seconds must be a whole .* not "90"/],
    ["a number as a destination", onPlan({ destination: 380, seconds: 9 }), /: destination must be the called/],
    [
      "a time without an offset",
      onPlan({ destination: "380", seconds: 9, startedAt: "2026-11-23 10:00" }),
      /: startedAt must be an instant/,
    ],
    ["no calls", onPlan([]), /the document must have at least one call/],
    ["a word", onPlan('"hello"'), /must be a call, or a list of calls/],
  ];
  for (const [what, argv, says] of bad)
    test(`refuses ${what}, with exit code 2 and a line that says what to do`, async () => {
      const { exitCode, out, err } = await mb("quote", ...argv);
      expect({ exitCode, out }).toEqual({ exitCode: 2, out: "" });
      expect(err).toMatch(says);
      const asJson = await mb("quote", ...argv, "--json");
      expect(asJson.exitCode).toBe(2);
      expect(JSON.parse(asJson.err)).toMatchObject({ title: err.replace(/^mb: /, "") });
    });

  test("lists at most twenty mistakes, each on its line", async () => {
    const { err } = await mb("quote", ...onPlan(Array.from({ length: 50 }, () => ({ destination: "380", seconds: -1 }))));
    expect(err.split("\n")).toHaveLength(21);
    expect(err).toEndWith("and 30 more");
  });

  test("reads a file that begins with a byte order mark", async () => {
    expect((await mb("quote", ...onPlan('\uFEFF{"destination":"380","seconds":1}'))).exitCode).toBe(0);
  });
});

describe("mb schema", () => {
  test("prints the JSON Schema of a plan", async () => {
    const { exitCode, out } = await mb("schema", "plan");
    expect(exitCode).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ $schema: "https://json-schema.org/draft/2020-12/schema", type: "object" });
  });
  for (const argv of [[], ["toString"], ["invoice"], ["plan", "plan"]])
    test(`answers "${argv.join(" ")}" with the names it knows`, async () =>
      expect(await mb("schema", ...argv)).toEqual({ exitCode: 2, out: "", err: "mb: schema: name one document of: plan, usage" }));
});
