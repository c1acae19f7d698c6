// The agent as its own process, against a pretended core: stopped, orphaned and killed while an exchange writes calls.
import { afterAll, afterEach, describe, expect, test } from "bun:test";
import { appendFileSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { Heartbeat } from "../../../core/agents/uplink.ts";
import type { UsageBatch } from "../../../core/usage/normal-form.ts";
import { numberOf, row, rows } from "./calls.ts";

const root = resolve(import.meta.dirname, "../../..");
const folder = mkdtempSync(join(tmpdir(), "mb-agent-"));
const core = { last: 0, numbers: [] as number[], gaps: 0, beats: [] as Heartbeat[], calls: 0 };
const server = Bun.serve({
  hostname: "127.0.0.1",
  port: 0,
  async fetch(request) {
    if (request.headers.get("authorization") !== "Bearer a-secret-token") return Response.json({ code: "agent_unknown" }, { status: 401 });
    if (new URL(request.url).pathname.endsWith("/heartbeat")) {
      core.beats.push((await request.json()) as Heartbeat);
      return Response.json({ lastSequence: core.last });
    }
    const batch = (await request.json()) as UsageBatch;
    if (batch.firstSequence > core.last + 1) core.gaps++;
    batch.records.forEach((record, i) => {
      if (batch.firstSequence + i > core.last) core.numbers.push(numberOf(record));
    });
    core.last = Math.max(core.last, batch.firstSequence + batch.records.length - 1);
    // Every fourth answer gets lost on its way back.
    return ++core.calls % 4 === 0 ? new Response(null, { status: 502 }) : Response.json({ acceptedUpTo: core.last });
  },
});
const children: Bun.Subprocess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
});
afterAll(() => {
  server.stop(true);
  rmSync(folder, { recursive: true });
});

const start = (name: string, supervised = false) => {
  const log = join(folder, `${name}.log`);
  const child = Bun.spawn([process.execPath, join(root, "core/main.ts"), "agent", "pbx"], {
    env: {
      PATH: process.env.PATH,
      MB_CORE_URL: `http://127.0.0.1:${server.port}`,
      MB_AGENT_TOKEN: "a-secret-token",
      MB_PBX_FILE: join(folder, name),
      MB_DATA_DIR: join(folder, `${name}.data`),
      ...(supervised ? { MB_SUPERVISED: "1" } : {}),
    },
    stdin: "pipe",
    stdout: Bun.file(log),
    stderr: Bun.file(`${log}.err`),
  });
  children.push(child);
  return { child, said: () => readFileSync(log, "utf8") + readFileSync(`${log}.err`, "utf8") };
};
const until = async (holds: () => boolean) => {
  for (let waited = 0; !holds() && waited < 8000; waited += 10) await Bun.sleep(10);
  expect(holds()).toBe(true);
};
const begin = () => Object.assign(core, { last: 0, numbers: [], gaps: 0, beats: [], calls: 0 });

describe("the agent process", () => {
  test("tells that it lives, brings calls, and ends cleanly when asked, without a word of its token", async () => {
    begin();
    writeFileSync(join(folder, "asked.csv"), rows(0, 5));
    const { child, said } = start("asked.csv", true);
    await until(() => core.numbers.length === 5);
    expect(core.beats[0]).toMatchObject({
      version: expect.any(String),
      spoolDepth: expect.any(Number),
      clock: expect.any(String),
      rate: expect.any(Number),
    });
    child.kill("SIGTERM");
    expect(await child.exited).toBe(0);
    expect(said()).toContain("Following a call file");
    expect(said()).not.toContain("a-secret-token");
  }, 15_000);

  test("ends by itself when its supervisor is gone", async () => {
    begin();
    const { child } = start("orphan.csv", true);
    await until(() => core.beats.length > 0);
    child.stdin.end();
    expect(await child.exited).toBe(0);
  }, 15_000);

  test("killed at random moments, with rotation and lost answers, loses no call", async () => {
    begin();
    const seed = Number(process.env.MB_TEST_SEED ?? Date.now() % 1_000_000);
    console.log(`kills of the agent, seed ${seed} (MB_TEST_SEED repeats it)`);
    let state = seed;
    const random = () => {
      state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
      return state / 2_147_483_648;
    };
    const path = join(folder, "killed.csv");
    // What was rotated away before an agent ever saw the file isn't its to read: the first row is awaited.
    writeFileSync(path, row(0));
    let written = 1;
    for (let round = 0; round < 6; round++) {
      const { child } = start("killed.csv");
      if (round === 0) await until(() => core.numbers.length > 0);
      const endsAt = performance.now() + 250 + random() * 400;
      while (performance.now() < endsAt) {
        const half = Math.floor(random() * 100);
        appendFileSync(path, row(written).slice(0, half));
        await Bun.sleep(random() * 8);
        appendFileSync(path, row(written++).slice(half));
        if (random() < 0.03) {
          renameSync(path, `${path}.${round}${written}`);
          writeFileSync(path, "");
        }
      }
      child.kill("SIGKILL");
      await child.exited;
    }
    start("killed.csv");
    for (let waited = 0; new Set(core.numbers).size < written && waited < 8000; waited += 10) await Bun.sleep(10);
    await Bun.sleep(300);
    // A rotated file may be read again when its time can't tell whether it was read: the core knows such rows by their key.
    const known = [...new Set(core.numbers)].sort((a, b) => a - b);
    console.log(`${written} rows, ${core.numbers.length - known.length} of them brought twice`);
    expect(known).toEqual(Array.from({ length: written }, (_, n) => n));
    expect(core.gaps).toBe(0);
  }, 30_000);
});
