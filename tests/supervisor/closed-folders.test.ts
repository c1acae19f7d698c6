// Root starts it, and the project or the data lie where only root may look: under /root, in a folder made by `mktemp -d`.
// PostgreSQL runs as another user, and works all the same.
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, truncateSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { findBinaries } from "../../db/embedded/binaries.ts";
import { programsFor, standpoint } from "../../db/embedded/closed-folders.ts";
import { operatingUser, succeedsAs } from "../../db/embedded/operating-user.ts";
import { startTestServer } from "../../db/embedded.ts";
import { begin, gone, hasStarted, isUp, processesOf, sweep, temporaryDataDir, until } from "./installation.ts";

setDefaultTimeout(60_000);

const asRoot = describe.skipIf(process.getuid?.() !== 0 || process.platform !== "linux");
const user = { uid: 60_821, gid: 60_821 };

asRoot("data in a folder that only root may enter", () => {
  let closed: string;
  beforeAll(() => {
    closed = temporaryDataDir();
    chmodSync(dirname(closed), 0o700);
  });
  afterAll(() => sweep());

  test("the first start makes a database there, owned by a user without an account, and says so", async () => {
    const one = await begin(closed);
    await one.hear(hasStarted);
    const { uid } = statSync(join(closed, "postgres"));
    expect(uid).toBe(user.uid);
    expect(succeedsAs({ uid, gid: uid }, 'cd "$1"', [join(closed, "postgres")])).toBe(false);
    expect(one.said.map(({ msg }) => msg)).toContain(
      `${dirname(closed)} is closed to the user ${uid}, who runs PostgreSQL: it is started inside the data folder`,
    );
    expect(readdirSync(closed).filter((name) => name.startsWith("postgres.new"))).toEqual([]);
    one.ctrlC();
    expect(await one.exited).toBe(0);
    expect(processesOf(closed)).toEqual([]);
  });

  test("a killed database comes back there, and after a kill of everything the next start recovers", async () => {
    const one = await begin(closed);
    const { supervisor } = await one.hear(hasStarted);
    const postmaster = async () => Number((await Bun.file(join(closed, "postgres", "postmaster.pid")).text()).split("\n")[0]);
    process.kill(await postmaster(), "SIGKILL");
    await one.hear(({ msg }) => msg === "The database is back");
    await one.hear(isUp("worker"));
    const processes = processesOf(closed).concat(await postmaster());
    process.kill(supervisor!, "SIGKILL");
    await until(() => processes.every(gone), 10_000);
    const next = await begin(closed);
    await next.hear(hasStarted);
    next.ctrlC();
    expect(await next.exited).toBe(0);
  });

  test("a server for tests runs where the temporary folder is closed", async () => {
    const before = process.env.TMPDIR;
    process.env.TMPDIR = dirname(closed);
    try {
      const server = await startTestServer();
      expect(readdirSync(dirname(closed)).some((name) => name.startsWith("mediabilling-test-"))).toBe(true);
      await server.stop();
    } finally {
      if (before === undefined) delete process.env.TMPDIR;
      else process.env.TMPDIR = before;
    }
  });
});

asRoot("programs in a folder that only root may enter", () => {
  const found = findBinaries();
  let closed: string;
  let place: string;
  let binaries: typeof found;
  const said: string[] = [];
  const say = (line: string) => said.push(line);

  beforeAll(() => {
    closed = mkdtempSync(join(tmpdir(), "mediabilling-closed-"));
    place = mkdtempSync(join(tmpdir(), "mediabilling-place-"));
    chmodSync(place, 0o755);
    Bun.spawnSync(["cp", "-a", join(dirname(found.postgres), ".."), join(closed, "native")]);
    binaries = { ...found, postgres: join(closed, "native", "bin", "postgres"), initdb: join(closed, "native", "bin", "initdb") };
  });
  afterAll(() => {
    for (const dir of [closed, place]) rmSync(dir, { recursive: true, force: true });
  });

  test("are copied, once, to where their user can run them and only root can change them", () => {
    const { postgres } = programsFor(binaries, user, say, [place]);
    expect(postgres.startsWith(place)).toBe(true);
    expect(succeedsAs(user, '"$1" --version && ! test -w "$1"', [postgres])).toBe(true);
    expect(said).toEqual([
      `${closed} is closed to the user ${user.uid}: PostgreSQL's programs are run from a copy, ${dirname(dirname(postgres))}`,
    ]);
    const made = statSync(postgres).ino;
    programsFor(binaries, user, say, [place]);
    expect(statSync(postgres).ino).toBe(made);
  });

  test("are copied anew when the copy is not whole", () => {
    const copy = dirname(dirname(programsFor(binaries, user, say, [place]).postgres));
    truncateSync(join(copy, "bin", "initdb"), 10);
    expect(statSync(programsFor(binaries, user, say, [place]).initdb).size).toBe(statSync(binaries.initdb).size);
    expect(readdirSync(place)).toHaveLength(1);
  });

  test("are never run from a copy that somebody else made", () => {
    const other = join(place, "other");
    mkdirSync(join(other, `mediabilling-postgresql-${found.version}`), { recursive: true });
    chownSync(join(other, `mediabilling-postgresql-${found.version}`), 65_534, 65_534);
    expect(() => programsFor(binaries, user, say, [other])).toThrow("is closed to the user");
  });

  test("are refused in one line when there is no place for a copy", () => {
    expect(() => programsFor(binaries, user, say, [])).toThrow(
      `${closed} is closed to the user ${user.uid}, who runs PostgreSQL since root may not: run \`chmod o+x ${closed}\`, or move the project`,
    );
  });

  test("and data that their user does not own are refused in one line too", () => {
    const dir = join(closed, "data");
    mkdirSync(dir, { mode: 0o700 });
    expect(() => standpoint(dir, user, say)).toThrow("is closed to the user");
    expect(existsSync(join(dir, "probe"))).toBe(false);
  });

  test("stay with whoever owns the data already", () => {
    const dir = join(closed, "owned");
    mkdirSync(dir);
    chownSync(dir, 65_534, 65_534);
    expect(operatingUser(dir)).toEqual({ uid: 65_534, gid: 65_534 });
  });
});
