// Real processes: `core/start.mjs`, the supervisor, PostgreSQL, Deno; only what the roles do is stood in for.
import { afterAll, afterEach, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { begin, copyOf, gone, hasStarted, type Installation, isUp, processesOf, sweep, temporaryDataDir, until } from "./installation.ts";

setDefaultTimeout(60_000);

let template: string;
let firstStart: Installation;

beforeAll(async () => {
  template = temporaryDataDir();
  firstStart = await begin(template);
  await firstStart.hear(hasStarted);
});
afterAll(() => sweep());

const postmasterOf = async (dataDir: string) => Number((await Bun.file(join(dataDir, "postgres", "postmaster.pid")).text()).split("\n")[0]);

/** Processes of the server in which somebody is signed in: "postgres: mb_admin mediabilling 127.0.0.1(50000) idle". */
function sessionsOf(postmaster: number): number[] {
  try {
    const children = readFileSync(`/proc/${postmaster}/task/${postmaster}/children`, "utf8").trim().split(" ").filter(Boolean);
    return children.filter((pid) => readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("127.0.0.1(")).map(Number);
  } catch {
    return []; // it, or one of them, has just ended
  }
}

/** A running installation on a copy of the first one's folder. */
async function running(settings: Record<string, string> = {}): Promise<Installation> {
  const one = await begin(copyOf(template), settings);
  await one.hear(hasStarted);
  await one.hear(isUp("worker"));
  return one;
}

describe("start and stop", () => {
  test("the first start makes a database, starts the roles and says where they are", async () => {
    const started = await firstStart.hear(hasStarted);
    expect(started.database).toContain("embedded PostgreSQL 18");
    expect(await (await fetch(`http://127.0.0.1:${firstStart.httpPort}`)).text()).toBe("http");
    const portal = () => fetch(`http://127.0.0.1:${firstStart.portalPort}`).then((answer) => answer.text());
    for (let tries = 0; tries < 100 && (await portal().catch(() => "")) === ""; tries++) await Bun.sleep(50);
    expect(await portal()).toBe("portal");
  });

  test("Ctrl-C, which the terminal sends to the whole group, stops everything in order and leaves no process", async () => {
    await firstStart.hear(isUp("worker"));
    const processes = processesOf(template);
    expect(processes.length).toBeGreaterThan(4);
    firstStart.ctrlC();
    expect(await firstStart.exited).toBe(0);
    expect(processes.filter((pid) => !gone(pid))).toEqual([]);
    expect(processesOf(template)).toEqual([]);
    const order = firstStart.said.filter(({ msg }) => msg.startsWith("ending")).map(({ role }) => role);
    expect(order).toEqual(["http", "worker"]);
  });

  test("the second start takes seconds, with the same database on the same port", async () => {
    const second = await begin(template);
    const started = await second.hear(hasStarted);
    console.log(
      `second start: ${Math.round(started.tookMs ?? 0)} ms (first: ${Math.round((await firstStart.hear(hasStarted)).tookMs ?? 0)} ms)`,
    );
    expect(started.tookMs).toBeLessThan(10_000);
    expect(started.database).toBe((await firstStart.hear(hasStarted)).database!);
    process.kill(second.pid, "SIGTERM");
    expect(await second.exited).toBe(0);
    expect(processesOf(template)).toEqual([]);
  });

  test("a second Ctrl-C does not wait for a role that will not stop", async () => {
    const one = await running({ MB_TEST_WORKER: "stubborn" });
    one.ctrlC();
    await one.hear(({ role, msg }) => role === "http" && msg.startsWith("ending"));
    await Bun.sleep(900);
    const again = Date.now();
    one.ctrlC();
    expect(await one.exited).toBe(130);
    expect(Date.now() - again).toBeLessThan(6_000);
    expect(processesOf(one.dataDir)).toEqual([]);
  });
});

describe("sudden ends", () => {
  afterEach(() => sweep(template));

  test("a role that is killed is started again, at once the first time", async () => {
    const one = await running();
    const worker = await one.hear(isUp("worker"));
    const at = Date.now();
    process.kill(worker.process!, "SIGKILL");
    const next = await one.hear(isUp("worker"), 2);
    expect(Date.now() - at).toBeLessThan(3_000);
    expect(next.process).not.toBe(worker.process!);
    expect(one.said.some(({ msg }) => msg === "worker was ended by SIGKILL: started again in 0.1 s")).toBe(true);
    one.ctrlC();
    expect(await one.exited).toBe(0);
  });

  test("a database that is killed is started again, on its port", async () => {
    const one = await running();
    const before = await postmasterOf(one.dataDir);
    process.kill(before, "SIGKILL");
    await one.hear(({ msg }) => msg === "The database is back");
    expect(await postmasterOf(one.dataDir)).not.toBe(before);
    one.ctrlC();
    expect(await one.exited).toBe(0);
    expect(processesOf(one.dataDir)).toEqual([]);
  });

  test("a database whose first session is killed as soon as it is back costs nothing but time", async () => {
    const one = await running();
    const isBack = ({ msg }: { msg: string }) => msg === "The database is back";
    // The session lives for some milliseconds, in which it has to be met.
    for (let round = 1, killed = false; !killed && round <= 10; round++) {
      const before = await postmasterOf(one.dataDir);
      process.kill(before, "SIGKILL");
      while (!killed && one.said.filter(isBack).length < round) {
        const session = sessionsOf(await postmasterOf(one.dataDir).catch(() => before))[0];
        if (session) killed = process.kill(session, "SIGKILL");
        await Bun.sleep(1);
      }
      await one.hear(isBack, round);
    }
    one.ctrlC();
    expect(await one.exited).toBe(0);
    expect(await one.errors()).toBe("");
    expect(processesOf(one.dataDir)).toEqual([]);
  });

  test("when the supervisor is killed everything ends within seconds, and the next start recovers", async () => {
    const one = await running();
    const { supervisor } = await one.hear(hasStarted);
    const processes = processesOf(one.dataDir).concat((await one.hear(isUp("worker"))).process!);
    process.kill(supervisor!, "SIGKILL");
    await until(() => processes.every(gone), 10_000);
    expect(processesOf(one.dataDir)).toEqual([]);
    const next = await begin(one.dataDir);
    await next.hear(hasStarted);
    next.ctrlC();
    expect(await next.exited).toBe(0);
  });

  test("when the program that started us is killed everything ends too", async () => {
    const one = await running();
    const processes = processesOf(one.dataDir);
    process.kill(one.pid, "SIGKILL");
    await until(() => processes.every(gone), 10_000);
    expect(processesOf(one.dataDir)).toEqual([]);
  });

  test("a PostgreSQL that outlived everything is stopped by the next start, which says so", async () => {
    const one = await running();
    const { supervisor } = await one.hear(hasStarted);
    const postmaster = await postmasterOf(one.dataDir);
    const guards = processesOf("mediabilling-guard").filter((pid) => processesOf(one.dataDir).includes(pid));
    expect(guards.length).toBe(1);
    for (const guard of guards) process.kill(guard, "SIGKILL");
    process.kill(supervisor!, "SIGKILL");
    await Bun.sleep(500);
    expect(gone(postmaster)).toBe(false);
    const next = await begin(one.dataDir);
    await next.hear(({ msg }) => msg === `Stopped a PostgreSQL that an earlier start had left behind (process ${postmaster})`);
    await next.hear(hasStarted);
    expect(gone(postmaster)).toBe(true);
    next.ctrlC();
    expect(await next.exited).toBe(0);
  });
});

describe("agents on this machine", () => {
  afterEach(() => sweep(template));

  test("a file in local-agents starts a process, and its removal stops it", async () => {
    const one = await running();
    const dir = join(one.dataDir, "local-agents");
    mkdirSync(dir, { recursive: true });
    writeFileSync(join(dir, "broken.json"), "{");
    writeFileSync(
      join(dir, "hq.json"),
      JSON.stringify({ name: "hq", kind: "pbx", file: "/var/log/asterisk/Master.csv", zone: "UTC", token: "t" }),
    );
    const agent = await one.hear(isUp("pbx hq"));
    await one.hear(({ msg }) => msg.includes("broken.json cannot be read as JSON"));
    rmSync(join(dir, "hq.json"));
    await until(() => gone(agent.process!));
    one.ctrlC();
    expect(await one.exited).toBe(0);
  });
});
