import { afterAll, beforeAll, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { importCounts, importFromPath, rateImport, runImport } from "../../core/agents/import-file.ts";
import { verify } from "../../core/verify.ts";
import { type TestDatabase, testDatabase } from "../support/database.ts";
import { seedProvider } from "../support/provider.ts";

const fixtures = join(process.env.MB_FIXTURES ?? join(import.meta.dir, "../../../shared/fixtures"), "cdr/asterisk");
const withFixtures = test.skipIf(!existsSync(fixtures));

let db: TestDatabase;
let folder: string;

beforeAll(async () => {
  db = await testDatabase();
  folder = await mkdtemp(join(tmpdir(), "mb-import-"));
  await seedProvider(db.admin);
});
afterAll(async () => {
  await db.close();
  await rm(folder, { recursive: true });
});

async function importWhole(path: string) {
  const result = await importFromPath(db.core, { providerId: 1, path, name: path.split("/").at(-1)!, zone: "Europe/Kyiv", by: "test" });
  await rateImport(db.core, 1, result.fileId);
  return { ...result, counts: await importCounts(db.core, 1, result.fileId) };
}

const row = (n: number, source = "380440000001", end = "\n") =>
  `"","${source}","380671234567","default","""A, B"" <${source}>","SIP/a-${n}","SIP/t-${n}","Dial","SIP/t","2026-11-0${1 + (n % 9)} 10:00:00","2026-11-0${1 + (n % 9)} 10:00:05","2026-11-0${1 + (n % 9)} 10:01:30",90,85,"ANSWERED","DOCUMENTATION","1700000000.${n}",""${end}`;

withFixtures("good.csv gives five rows, of which the one that bills more than it lasted waits; twice in adds nothing", async () => {
  const first = await importWhole(join(fixtures, "good.csv"));
  expect(first).toMatchObject({ rows: 5, rowWaiting: false });
  // Nobody has a price for the extension "100" that the answered call went to, so it waits too: it is never free.
  expect(first.counts).toMatchObject({ rows: 5, rated: 3, duplicates: 0, quarantined: 2, pending: 0 });
  const waiting = await db.admin`select reason, record->'flags' as flags from app.usage_quarantine order by sequence`;
  expect(waiting.map((w) => [w.reason, w.flags])).toEqual([
    ["no_rate", []],
    ["implausible", ["billable_exceeds_duration"]],
  ]);
  expect((await importWhole(join(fixtures, "good.csv"))).counts).toMatchObject({ rows: 5, rated: 0, duplicates: 5, quarantined: 0 });
});

withFixtures("buggy.csv gives no row and one that waits for its end", async () => {
  const result = await importWhole(join(fixtures, "buggy.csv"));
  expect(result).toMatchObject({ rows: 0, rowWaiting: true });
  expect(result.counts).toMatchObject({ rows: 0, pending: 0 });
});

test("rows end rated, duplicate or in quarantine, and the three add up to the rows of the file", async () => {
  const path = join(folder, "mixed.csv");
  const unreadable = '"one","two"\n';
  await writeFile(path, row(1) + row(2) + row(1) + row(3, "380449999999") + unreadable + row(4) + row(5, "380440000001", ""));
  const { counts, rows, rowWaiting } = await importWhole(path);
  expect({ rows, rowWaiting }).toEqual({ rows: 6, rowWaiting: true });
  expect(counts).toMatchObject({ rated: 3, duplicates: 1, quarantined: 2, pending: 0 });
});

test("the same file again under another time zone adds nothing: its rows are the same rows", async () => {
  const path = join(folder, "zones.csv");
  await writeFile(path, row(50) + row(51));
  expect((await importWhole(path)).counts).toMatchObject({ rated: 2 });
  const again = await importFromPath(db.core, { providerId: 1, path, name: "zones.csv", zone: "America/New_York", by: "test" });
  await rateImport(db.core, 1, again.fileId);
  expect(await importCounts(db.core, 1, again.fileId)).toMatchObject({ rated: 0, duplicates: 2 });
});

test("an import that the core refused goes on where it was and gives every row once", async () => {
  const path = join(folder, "large.csv");
  await writeFile(path, Array.from({ length: 12_000 }, (_, i) => row(100 + i, String(380440000000 + (i % 10)))).join(""));
  const opened = await importFromPath(db.core, { providerId: 1, path: join(folder, "mixed.csv"), name: "x", zone: "UTC", by: "test" });
  expect(opened.rows).toBe(6);
  const fileId = crypto.randomUUID();
  await db.admin`insert into app.agents (provider_id, id, kind, name, config, created_at) values (1, ${fileId}, 'import', 'large.csv', '{}', now())`;
  await db.admin`insert into app.usage_files (provider_id, id, agent_id, name, source, state, created_at, created_by) values (1, ${fileId}, ${fileId}, 'large.csv', 'upload', 'reading', now(), 'x')`;
  const job = { providerId: 1, fileId, path, name: "large.csv", zone: "Europe/Kyiv" };
  // Read into the spool, and refused by the core.
  await db.admin`update app.agents set revoked_at = now() where id = ${fileId}`;
  expect(await runImport(db.core, job).catch((error: Error) => error.message)).toContain("agent_unknown");
  const [failed] = await db.admin`select state, problem from app.usage_files where id = ${fileId}`;
  expect(failed!.state).toBe("failed");
  await db.admin`update app.agents set revoked_at = null where id = ${fileId}`;
  expect(await runImport(db.core, job)).toMatchObject({ rows: 12_000 });
  await rateImport(db.core, 1, fileId);
  expect(await importCounts(db.core, 1, fileId)).toMatchObject({ rows: 12_000, rated: 12_000, pending: 0 });
  expect((await verify(db.core)).findings).toEqual([]);
}, 60_000);
