// `mb deck import` as somebody meets it: a process of its own over a real database, from a price list to the price of a call.
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { addPlan } from "../../core/catalog/add-plan.ts";
import { previewDraft } from "../../core/catalog/preview-draft.ts";
import { publishDraft } from "../../core/catalog/publish-draft.ts";
import { withCore } from "../../core/cli/prepare.ts";
import { systemActor } from "../../core/kernel/actor.ts";
import type { Core } from "../../core/kernel/core.ts";
import { createLog } from "../../core/kernel/log.ts";
import { ask } from "../../core/kernel/query.ts";
import { readSettings, withSecret } from "../../core/kernel/settings.ts";
import { plansDetail, plansList } from "../../core/read/plans/query.ts";
import { borrowDatabase } from "../../core/supervisor/database.ts";
import { startTestServer } from "../../db/embedded.ts";
import { bytesOf, workbookOf } from "../catalog/deck/files.ts";
import { accepted, done, setUpOperator } from "../support/operator.ts";
import { planDocumentInput } from "../support/plan.ts";

setDefaultTimeout(120_000);

const project = join(import.meta.dir, "../..");
const folder = mkdtempSync(join(tmpdir(), "mb-deck-"));
const dataDir = join(folder, "data");
const env: Record<string, string> = { PATH: process.env.PATH!, MB_DATA_DIR: dataDir, MB_LOG_LEVEL: "silent" };
const file = (name: string, bytes: Uint8Array) => {
  writeFileSync(join(folder, name), bytes);
  return join(folder, name);
};

async function mb(...argv: string[]) {
  const child = Bun.spawn([process.execPath, "core/main.ts", ...argv], {
    cwd: project,
    env,
    stdout: "pipe",
    stderr: "pipe",
    stdin: "ignore",
  });
  const [out, err, exitCode] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text(), child.exited]);
  return { exitCode, out: out.trim(), err: err.trim() };
}
async function json(...argv: string[]) {
  const ran = await mb(...argv, "--json");
  expect(ran, argv.join(" ")).toMatchObject({ exitCode: 0, err: "" });
  return JSON.parse(ran.out);
}

/** What a person does in the web client. */
async function inClient<T>(act: (core: Core) => Promise<T>): Promise<T> {
  const read = readSettings(env, project);
  if (!read.ok) throw new Error(read.problems.join());
  const settings = withSecret(read.settings);
  const { appUrl, release } = await borrowDatabase(settings);
  try {
    return await withCore(settings, appUrl, createLog({ level: "silent", role: "test" }), act);
  } finally {
    await release();
  }
}

const client = { actor: systemActor([1], "test") };
const city = (core: Core) =>
  ask(core, plansList, { providerId: 1, limit: 200 }, client).then(
    (list) => accepted(list).plans.find(({ code }) => code === "city")!.planId,
  );
const draft = () => inClient(async (core) => accepted(await ask(core, plansDetail, { planId: await city(core) }, client)).draft);

/** Reviews and publishes the draft from the instant on. */
const publish = (validFrom: string) =>
  inClient(async (core) => {
    const planId = await city(core);
    const { revision } = accepted(await ask(core, plansDetail, { planId }, client)).draft!;
    const reviewed = await done(core, previewDraft, { planId, revision });
    return done(core, publishDraft, { planId, revision: reviewed.revision, validFrom });
  });

const priceOf = async (destination: string, seconds: number, at: string) => {
  const usage = file("usage.json", bytesOf(JSON.stringify({ destination, seconds })));
  return (await json("quote", "--plan", "city", "--at", at, "--usage", usage)).total;
};

let server: Awaited<ReturnType<typeof startTestServer>>;
beforeAll(async () => {
  server = await startTestServer();
  env.DATABASE_URL = server.url;
  expect(await mb("migrate")).toMatchObject({ exitCode: 0 });
  await inClient(async (core) => {
    await setUpOperator(core);
    await done(core, addPlan, { code: "city", document: planDocumentInput(), validFrom: "2026-02-01T00:00:00Z" });
  });
});
afterAll(async () => {
  await server?.stop();
  rmSync(folder, { recursive: true, force: true });
});

test("a CSV list whose columns are guessed begins a draft, and once published it prices calls", async () => {
  const list = file(
    "carrier.csv",
    bytesOf("Prefix;Country;Price per minute;Interval\n49;Germany;1,20;60/1\n4915;Germany mobile;2,4;1/1\n33;France;0,9;60/60\n"),
  );
  expect(await mb("deck", "import", list, "--plan", "city", "--mode", "replace")).toEqual({
    exitCode: 0,
    out: "3 lines imported; the draft's deck has 3 rates.",
    err: "",
  });
  expect(await draft()).toMatchObject({ revision: 2 });
  // A draft prices nothing.
  expect(await priceOf("49301234567", 61, "2026-04-01T00:00:00Z")).toBe("2.400000");
  await publish("2026-03-01T00:00:00Z");
  // A first minute, then seconds; by the second; whole minutes.
  expect(await priceOf("49301234567", 61, "2026-04-01T00:00:00Z")).toBe("1.220000");
  expect(await priceOf("491512345678", 61, "2026-04-01T00:00:00Z")).toBe("2.440000");
  expect(await priceOf("33123456789", 61, "2026-04-01T00:00:00Z")).toBe("1.800000");
});

test("with bad lines nothing is imported, and each is named by its number and its reason", async () => {
  const bad = file("bad.csv", bytesOf("Prefix;Country;Price\n49;Germany;0.50\n4x;Germany;0.60\n33;France;cheap\n49;Germany again;0.70\n"));
  const { exitCode, out, err } = await mb("deck", "import", bad, "--plan", "city");
  expect({ exitCode, out }).toEqual({ exitCode: 1, out: "" });
  expect(err.split("\n")).toEqual([
    expect.stringMatching(/^line 3, Prefix: .*4x/),
    expect.stringMatching(/^line 4, Price: .*cheap/),
    expect.stringMatching(/^line 5, Prefix: .*49.* 2/),
    expect.stringMatching(/^mb: /),
  ]);
  // A draft was begun, and is as it began.
  const begun = await draft();
  expect(begun!.savedAt).toBe(begun!.startedAt);
  expect(readdirSync(join(dataDir, "uploads"))).toEqual([]);
});

test("a workbook without headings is read as it is told, merged into the deck", async () => {
  const book = file(
    "carrier.xlsx",
    workbookOf([
      ["note", 4, "Germany", 49, 0.03],
      ["note", 5, "Poland", 48, 0.015],
    ]),
  );
  const reading = { headerLine: 0, columns: { prefix: 3, destination: 2, price: 4 }, perSec: 1, increment: "1/1", decimal: "." };
  const imported = await json("deck", "import", book, "--plan", "city", "--mode", "merge", "--reading", JSON.stringify(reading));
  expect(imported).toMatchObject({ lines: 2, rates: 4, reading: { ...reading, mode: "merge" } });
  await publish("2026-05-01T00:00:00Z");
  expect(await priceOf("49301234567", 10, "2026-06-01T00:00:00Z")).toBe("0.300000");
  expect(await priceOf("48221234567", 10, "2026-06-01T00:00:00Z")).toBe("0.150000");
  expect(await priceOf("491512345678", 61, "2026-06-01T00:00:00Z")).toBe("2.440000");
  // The version before it prices what is before it.
  expect(await priceOf("49301234567", 61, "2026-04-01T00:00:00Z")).toBe("1.220000");
});

test("what can't be imported is one line that says what to do", async () => {
  const list = file("list.csv", bytesOf("Prefix;Price\n49;1\n"));
  expect((await mb("deck", "import", list, "--plan", "village")).err).toBe('mb: There is no plan "village"');
  expect((await mb("deck", "import", join(folder, "none.csv"), "--plan", "city")).err).toContain("There is no file");
  expect(await mb("deck", "import", list, "--plan", "city", "--mode", "both")).toMatchObject({ exitCode: 2, out: "" });
  expect(await mb("deck", "import", file("x.csv", bytesOf("")), "--plan", "city")).toMatchObject({ exitCode: 1, out: "" });
});
