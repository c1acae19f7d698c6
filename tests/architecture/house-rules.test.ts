// How the house is kept: what a reader may rely on when opening any file.
import { expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { Glob } from "bun";
import { permissions } from "../../core/kernel/permissions.ts";
import { settingsMarkdown } from "../../core/kernel/settings.ts";
import { commands, jobs, queries } from "../../core/registry.ts";
import { handlers } from "../../jobs/handlers.ts";

const root = join(import.meta.dir, "../..");
const sources = (
  await Promise.all(["core", "db", "edge", "jobs", "views"].map((top) => Array.fromAsync(new Glob(`${top}/**/*.ts`).scan(root))))
).flat();
const textOf = (file: string) => Bun.file(join(root, file)).text();

test("the top level holds the named folders and what tools want, nothing else", () => {
  const kept = [
    "core",
    "edge",
    "jobs",
    "views",
    "db",
    "tests",
    "package.json",
    "package-lock.json",
    "tsconfig.json",
    "README.md",
    "LICENSE",
    "CHANGELOG.md",
    "biome.json",
    "deno.json",
  ];
  const there = readdirSync(root).filter((name) => !name.startsWith(".") && !["node_modules", "data"].includes(name));
  expect(there.filter((name) => !kept.includes(name))).toEqual([]);
});

test("only core/main.ts and the portal's driver read the environment", async () => {
  const wrong: string[] = [];
  for (const file of sources)
    if (/process\.env|Bun\.env|Deno\.env/.test(await textOf(file)) && !["core/main.ts", "edge/main.ts"].includes(file)) wrong.push(file);
  expect(wrong).toEqual([]);
});

// What a log line says of its time is for a person, and a process that only starts others has no clock to hand on.
const stampsLogs = /^(core\/kernel\/(clock|settings)\.ts|core\/supervisor\/|db\/embedded|edge\/(main|log)\.ts)/;

test("time comes from the clock that is given: only the kernel's clock reads the system's", async () => {
  const wrong: string[] = [];
  for (const file of sources)
    if (/Temporal\.Now|new Date\(\)|Date\.now\(\)/.test(await textOf(file)) && !stampsLogs.test(file)) wrong.push(file);
  expect(wrong).toEqual([]);
});

test("no file is named for being of use", () => {
  expect(sources.filter((file) => /(^|\/)(utils?|helpers?|common|misc)(\.ts|\/)|(Service|Manager)\.ts$/.test(file))).toEqual([]);
});

test("few files pass 300 lines, and none 400", async () => {
  const long: string[] = [];
  for (const file of sources) {
    const lines = (await textOf(file)).split("\n").length;
    if (lines > 300) long.push(`${file}: ${lines}`);
  }
  expect(long.filter((x) => Number(x.split(": ")[1]) > 400)).toEqual([]);
  expect(long.length, long.join("\n")).toBeLessThan(6);
});

test("every slice of core says in a page what it owns and what it doesn't", async () => {
  const slices = readdirSync(join(root, "core"), { withFileTypes: true }).filter(
    (e) => e.isDirectory() && !["cli", "supervisor", "demo"].includes(e.name),
  );
  const silent: string[] = [];
  for (const { name } of slices) if (!(await Bun.file(join(root, "core", name, "README.md")).exists())) silent.push(name);
  expect(silent).toEqual([]);
});

test("every command, query and job has a name of its own and a permission from the list", () => {
  for (const list of [commands, queries, jobs]) {
    const names = list.map((x) => x.name);
    expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
  }
  // "self": what everybody who is signed in may do, with their own person only.
  for (const { name, permission } of [...commands, ...queries]) expect([...Object.keys(permissions), "self"], name).toContain(permission);
  expect(commands.filter((c) => c.permission === "self").map((c) => c.name)).toEqual(["auth.change-own-password"]);
});

test("every job has a handler", () => {
  expect(handlers.map((h) => h.job.name).sort()).toEqual(jobs.map((j) => j.name).sort());
});

test("the README lists every setting as the code has it", async () => {
  expect(await textOf("README.md")).toContain(settingsMarkdown());
});
