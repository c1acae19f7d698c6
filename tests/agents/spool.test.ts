import { afterAll, describe, expect, test } from "bun:test";
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type SourcePosition, Spool, SpoolUnusable } from "../../core/agents/spool.ts";
import type { SourceRecord } from "../../core/usage/normal-form.ts";

const folder = mkdtempSync(join(tmpdir(), "mb-spool-"));
afterAll(() => rmSync(folder, { recursive: true }));

const record = (n: number): SourceRecord => ({ kind: "unreadable", raw: String(n), reason: "test" });
const records = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => record(from + i));
const position = (offset: number, fileId = "01890000-0000-7000-8000-000000000001"): SourcePosition => ({
  source: "s",
  fileId,
  fileName: "Master.csv",
  offset,
  identity: {},
});
const everything = { rows: 10_000, bytes: 1e9 };

describe("a spool", () => {
  test("numbers rows from 1 on, and never again from 1 after they are confirmed and it is opened anew", () => {
    const path = join(folder, "numbers");
    let spool = Spool.open(path);
    expect(spool.append(records(0, 3), position(30))).toEqual({ ok: true, lastSequence: 3 });
    expect(spool.takeBatch(everything)).toMatchObject({
      spoolId: spool.id,
      firstSequence: 1,
      file: { name: "Master.csv" },
      records: records(0, 3),
    });
    spool.acknowledge(3);
    const { id } = spool;
    spool.close();
    spool = Spool.open(path);
    expect([spool.id, spool.lastSequence, spool.depth, spool.position("s")?.offset]).toEqual([id, 3, { rows: 0, bytes: 0 }, 30]);
    spool.append(records(3, 4), position(40));
    expect(spool.takeBatch(everything)?.firstSequence).toBe(4);
    spool.close();
  });
  test("gives batches of one file, within the bounds of rows and bytes, and one row at least", () => {
    const spool = Spool.open(":memory:");
    spool.append(records(0, 10), position(1));
    spool.append(records(10, 12), position(2, "01890000-0000-7000-8000-000000000002"));
    const take = (rows: number, bytes: number) => spool.takeBatch({ rows, bytes })?.records.length;
    expect([take(4, 1e9), take(100, 1e9), take(100, 120), take(100, 1)]).toEqual([4, 10, 2, 1]);
    spool.acknowledge(10);
    expect(spool.takeBatch(everything)).toMatchObject({
      firstSequence: 11,
      file: { id: "01890000-0000-7000-8000-000000000002" },
      records: records(10, 12),
    });
    spool.close();
  });
  test("refuses what would grow it beyond its bound, as a whole and with the position unmoved, until something is confirmed", () => {
    const spool = Spool.open(":memory:", { maxBytes: 200 });
    spool.append(records(0, 3), position(1));
    const { bytes } = spool.depth;
    expect(spool.append(records(3, 6), position(2))).toEqual({ ok: false, code: "spool_full", bytes, maxBytes: 200 });
    expect([spool.depth.rows, spool.position("s")?.offset]).toEqual([3, 1]);
    spool.takeBatch(everything);
    spool.acknowledge(3);
    expect(spool.append(records(3, 6), position(2)).ok).toBe(true);
    spool.close();
  });
  test("of which the core already has a part drops that part", () => {
    const spool = Spool.open(":memory:");
    spool.append(records(0, 10), position(1));
    spool.takeBatch(everything);
    spool.recover(4);
    expect(spool.takeBatch(everything)).toMatchObject({ firstSequence: 5, records: records(4, 10) });
    spool.close();
  });
  test("that was lost or restored from a copy takes numbers beyond the core's last, and loses no row", () => {
    const path = join(folder, "restored");
    const first = Spool.open(path);
    first.append(records(0, 10), position(1));
    first.takeBatch({ rows: 5, bytes: 1e9 });
    first.acknowledge(5);
    first.close();
    copyFileSync(path, `${path}-copy`);
    const restored = Spool.open(`${path}-copy`);
    restored.append(records(10, 12), position(2));
    restored.recover(1000);
    expect(restored.takeBatch(everything)).toMatchObject({ firstSequence: 1001, records: records(5, 12) });
    restored.acknowledge(1003);
    restored.append(records(12, 13), position(3));
    expect(restored.takeBatch(everything)).toMatchObject({ firstSequence: 1004, records: records(8, 13) });
    restored.close();
    const empty = Spool.open(":memory:");
    empty.recover(77);
    expect(empty.append(records(0, 1), position(1))).toEqual({ ok: true, lastSequence: 78 });
    empty.close();
  });
  test("is one process's at a time, and says so; what is no spool is refused", () => {
    const path = join(folder, "busy");
    const spool = Spool.open(path);
    const other = Bun.spawnSync([process.execPath, join(import.meta.dir, "append-forever.ts"), path, "1"]);
    expect(other.stderr.toString()).toContain("in use by another process");
    spool.close();
    writeFileSync(join(folder, "garbage"), "no database at all, but long enough to be looked at as one".repeat(20));
    expect(() => Spool.open(join(folder, "garbage"))).toThrow(SpoolUnusable);
  });
});

test("kill -9 of a process that appends loses no row that was appended, doubles none, and keeps the position with the rows", async () => {
  const seed = Number(process.env.MB_TEST_SEED ?? Date.now() % 1_000_000);
  console.log(`kills at random moments, seed ${seed} (MB_TEST_SEED repeats it)`);
  let state = seed;
  const random = () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 2_147_483_648;
  };
  const path = join(folder, "killed");
  let delivered = 0;
  for (let round = 0; round < 8; round++) {
    const child = Bun.spawn([process.execPath, join(import.meta.dir, "append-forever.ts"), path, "7"], {
      stdout: "pipe",
      stderr: "inherit",
    });
    const said = new Response(child.stdout).text();
    await Bun.sleep(120 + random() * 150);
    child.kill("SIGKILL");
    await child.exited;
    const told = Number((await said).trimEnd().split("\n").slice(0, -1).at(-1) ?? 0);

    const spool = Spool.open(path);
    expect(spool.lastSequence).toBeGreaterThanOrEqual(told);
    expect(spool.position("s")?.offset ?? 0).toBe(spool.lastSequence);
    for (let batch = spool.takeBatch({ rows: 1000, bytes: 1e9 }); batch !== null; batch = spool.takeBatch({ rows: 1000, bytes: 1e9 })) {
      expect(batch.firstSequence).toBe(delivered + 1);
      for (const { raw } of batch.records) expect(raw).toBe(String(delivered++));
      // Some rounds leave rows behind, for the next process to find.
      spool.acknowledge(delivered);
      if (random() < 0.1) break;
    }
    spool.close();
  }
  expect(delivered).toBeGreaterThan(0);
}, 30_000);

test("throughput, for the record: durable appends of 1300 rows and batches of 5000", () => {
  const spool = Spool.open(join(folder, "speed"));
  const row: SourceRecord = { kind: "unreadable", raw: "x".repeat(450), reason: "test" };
  const some = Array.from({ length: 1300 }, () => row);
  const before = performance.now();
  for (let i = 0; i < 40; i++) spool.append(some, position(i));
  const appended = performance.now();
  for (let batch = spool.takeBatch({ rows: 5000, bytes: 1e9 }); batch !== null; batch = spool.takeBatch({ rows: 5000, bytes: 1e9 })) {
    spool.acknowledge(batch.firstSequence + batch.records.length - 1);
  }
  const rate = (ms: number) => Math.floor(52_000_000 / ms).toLocaleString("en");
  console.log(`spool: ${rate(appended - before)} rows/s in, ${rate(performance.now() - appended)} rows/s out`);
  spool.close();
});
