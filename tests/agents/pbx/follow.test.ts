import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import {
  appendFileSync,
  copyFileSync,
  mkdtempSync,
  renameSync,
  rmSync,
  truncateSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type FollowEvent, follow } from "../../../core/agents/pbx/follow.ts";
import { readFileInto } from "../../../core/agents/pbx/read-file.ts";
import { asteriskFile } from "../../../core/agents/pbx/read-rows.ts";
import { Spool } from "../../../core/agents/spool.ts";
import { deliver } from "../../../core/agents/uplink.ts";
import { numberOf, row, rows } from "./calls.ts";

let folder: string;
let path: string;
let spool: Spool;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "mb-follow-"));
  path = join(folder, "Master.csv");
  spool = Spool.open(join(folder, "spool"));
});
afterEach(async () => {
  await stop();
  spool.close();
  rmSync(folder, { recursive: true });
});

let running: { ending: AbortController; done: Promise<void>; events: FollowEvent[] } | null = null;
const start = () => {
  const ending = new AbortController();
  const events: FollowEvent[] = [];
  const done = follow(spool, { path, reader: asteriskFile(), signal: ending.signal, pollMs: 20, onEvent: (event) => events.push(event) });
  running = { ending, done, events };
};
const stop = async () => {
  running?.ending.abort();
  await running?.done;
  running = null;
};

const taken: number[] = [];
const files = new Set<string>();
/** The numbers of all rows that came out of the spool so far, in order; -1 for a row that can't be read. */
const numbers = (): number[] => {
  for (let batch = spool.takeBatch({ rows: 1000, bytes: 1e9 }); batch !== null; batch = spool.takeBatch({ rows: 1000, bytes: 1e9 })) {
    taken.push(...batch.records.map((record) => (record.kind === "call" ? numberOf(record) : -1)));
    if (batch.file) files.add(batch.file.id);
    spool.acknowledge(batch.firstSequence + batch.records.length - 1);
  }
  return taken;
};
const upTo = (n: number) => Array.from({ length: n }, (_, i) => i);
/** Waits until so many rows came; the test then looks which. */
const arrived = async (count: number) => {
  for (let waited = 0; numbers().length < count && waited < 3000; waited += 10) await Bun.sleep(10);
  // One more look, in case there are too many.
  await Bun.sleep(50);
  return numbers();
};
beforeEach(() => {
  taken.length = 0;
  files.clear();
});

describe("a followed call file", () => {
  test("may be missing at the start, is read as it grows, and a line still being written waits for its end", async () => {
    start();
    await Bun.sleep(50);
    expect(running?.events).toEqual([{ event: "file_missing", path }]);
    writeFileSync(path, rows(0, 3));
    expect(await arrived(3)).toEqual(upTo(3));
    appendFileSync(path, row(3).slice(0, 50));
    expect(await arrived(3)).toEqual(upTo(3));
    appendFileSync(path, row(3).slice(50) + row(4));
    expect(await arrived(5)).toEqual(upTo(5));
    expect(files.size).toBe(1);
  });

  test("is gone on with after a stop, from the row where it stopped", async () => {
    writeFileSync(path, rows(0, 3) + row(3).slice(0, 9));
    start();
    await arrived(3);
    await stop();
    appendFileSync(path, row(3).slice(9) + row(4));
    start();
    expect(await arrived(5)).toEqual(upTo(5));
    expect(files.size).toBe(1);
  });

  test("tells of a row within half a second", async () => {
    writeFileSync(path, "");
    start();
    await Bun.sleep(50);
    const before = performance.now();
    appendFileSync(path, row(0));
    await arrived(1);
    expect(performance.now() - before).toBeLessThan(500);
  });

  test("that is renamed and made anew is read to its end, then the new one from its beginning, as two files", async () => {
    writeFileSync(path, rows(0, 3));
    start();
    await arrived(3);
    appendFileSync(path, row(3));
    renameSync(path, `${path}.1`);
    appendFileSync(`${path}.1`, row(4));
    writeFileSync(path, rows(5, 7));
    expect(await arrived(7)).toEqual(upTo(7));
    expect(files.size).toBe(2);
    expect(running?.events.map(({ event }) => event)).not.toContain("rest_not_found");
  });

  test("that is renamed with a line that never gets its end keeps it as a row that can't be read", async () => {
    writeFileSync(path, row(0) + row(1).slice(0, 60));
    start();
    await arrived(1);
    renameSync(path, `${path}.1`);
    writeFileSync(path, row(2));
    expect(await arrived(3)).toEqual([0, -1, 2]);
  });

  test("that is copied and truncated loses nothing that was in the copy", async () => {
    writeFileSync(path, rows(0, 3));
    start();
    await arrived(3);
    await stop();
    appendFileSync(path, rows(3, 5));
    copyFileSync(path, `${path}.1`);
    truncateSync(path, 0);
    start();
    expect(await arrived(5)).toEqual(upTo(5));
    appendFileSync(path, row(5));
    expect(await arrived(6)).toEqual(upTo(6));
  });

  test("that is truncated under our eyes and grown again beyond where we were is read from its beginning", async () => {
    writeFileSync(path, rows(0, 2));
    start();
    await arrived(2);
    copyFileSync(path, `${path}.1`);
    truncateSync(path, 0);
    writeFileSync(path, rows(2, 9));
    expect(await arrived(9)).toEqual(upTo(9));
  });

  test("that was rotated twice while nobody followed is read through all its parts, but not the compressed", async () => {
    writeFileSync(path, rows(0, 2));
    start();
    await arrived(2);
    await stop();
    appendFileSync(path, row(2));
    renameSync(path, `${path}.2`);
    await Bun.sleep(15);
    writeFileSync(`${path}.1`, rows(3, 5));
    writeFileSync(`${path}.3.gz`, rows(90, 95));
    await Bun.sleep(15);
    writeFileSync(path, rows(5, 6));
    start();
    expect(await arrived(6)).toEqual(upTo(6));
    await stop();
    start();
    expect(await arrived(6)).toEqual(upTo(6));
  });

  test("that was rotated twice within one tick of the file system's clock loses neither part", async () => {
    writeFileSync(path, rows(0, 2));
    start();
    await arrived(2);
    await stop();
    renameSync(path, `${path}.2`);
    writeFileSync(`${path}.1`, row(2));
    const at = new Date("2026-03-10T10:00:00Z");
    utimesSync(`${path}.2`, at, at);
    utimesSync(`${path}.1`, at, at);
    writeFileSync(path, row(3));
    start();
    expect(await arrived(4)).toEqual(upTo(4));
  });

  test("that was rotated and compressed meanwhile is missed aloud, and the new one read", async () => {
    writeFileSync(path, rows(0, 2));
    start();
    await arrived(2);
    await stop();
    unlinkSync(path);
    writeFileSync(path, rows(7, 8));
    start();
    expect(await arrived(3)).toEqual([0, 1, 7]);
    expect(running?.events.map(({ event }) => event)).toContain("rest_not_found");
  });

  test("waits while the spool is full and goes on when there is room", async () => {
    spool.close();
    spool = Spool.open(join(folder, "small"), { maxBytes: 3000 });
    writeFileSync(path, rows(0, 4));
    start();
    await Bun.sleep(60);
    appendFileSync(path, rows(4, 8));
    await Bun.sleep(60);
    expect(spool.depth.rows).toBe(4);
    expect(await arrived(8)).toEqual(upTo(8));
  });
});

describe("a file that is read once", () => {
  test("is read whole, with progress, through a spool smaller than itself, and a row without its end is told of", async () => {
    const text = rows(0, 20_000);
    writeFileSync(path, text + row(20_000).slice(0, 40));
    spool.close();
    spool = Spool.open(":memory:", { maxBytes: 4_000_000 });
    const progress: number[] = [];
    const ending = { read: false };
    let delivered = 0;
    const delivery = deliver(
      spool,
      async (batch) => {
        delivered += batch.records.length;
        return { ok: true, acceptedUpTo: batch.firstSequence + batch.records.length - 1 };
      },
      { endWhenEmpty: () => ending.read },
    );
    const before = performance.now();
    const result = await readFileInto(spool, path, {
      reader: asteriskFile(),
      fileName: "calls.csv",
      onProgress: ({ bytesRead }) => progress.push(bytesRead),
    });
    ending.read = true;
    await delivery;
    console.log(`file → spool in memory → delivered: ${Math.floor(20_000_000 / (performance.now() - before)).toLocaleString("en")} rows/s`);
    expect(result).toMatchObject({
      rows: 20_000,
      bytesRead: text.length,
      bytesTotal: text.length + 40,
      waiting: { offset: text.length, bytes: 40 },
      complete: true,
    });
    expect(delivered).toBe(20_000);
    expect(progress.length).toBeGreaterThan(3);
    expect(progress.at(-1)).toBe(text.length);
  });

  test("goes on where it was stopped when it is given the same id", async () => {
    writeFileSync(path, rows(0, 3));
    const fileId = Bun.randomUUIDv7();
    expect((await readFileInto(spool, path, { reader: asteriskFile(), fileId })).rows).toBe(3);
    appendFileSync(path, rows(3, 5));
    expect((await readFileInto(spool, path, { reader: asteriskFile(), fileId })).rows).toBe(2);
    expect(numbers()).toEqual(upTo(5));
  });
});
