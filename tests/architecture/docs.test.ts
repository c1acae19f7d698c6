// What the README tells people to type exists, where it sends them is there, and nothing that is installed goes unexplained.
import { expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { Glob } from "bun";
import { subcommands } from "../../core/cli/index.ts";
import { commands, queries } from "../../core/registry.ts";
import packageJson from "../../package.json" with { type: "json" };

const root = join(import.meta.dir, "../..");
const textOf = (file: string) => readFileSync(join(root, file), "utf8");
const readme = textOf("README.md");
const allMatches = (text: string, pattern: RegExp) => [...new Set([...text.matchAll(pattern)].map((match) => match[1]!))];

test("every subcommand of mb that the README names exists, and every one that exists is named", async () => {
  const named = allMatches(readme, /(?:npx mb|npm run (?:-s )?mb --) ([a-z-]+)/g);
  expect(named.filter((name) => !Object.hasOwn(subcommands, name))).toEqual([]);
  expect(Object.keys(subcommands).filter((name) => !named.includes(name))).toEqual([]);
});

test("every option behind a subcommand in the README is one of its options", async () => {
  const wrong: string[] = [];
  for (const [, name, rest] of readme.matchAll(/(?:npx mb|npm run (?:-s )?mb --) ([a-z-]+)([^\n`)]*)/g)) {
    const { subcommand } = await subcommands[name!]!();
    for (const option of allMatches(rest!, / --([a-z-]+)/g))
      if (!Object.hasOwn(subcommand.options, option)) wrong.push(`${name} --${option}`);
  }
  expect(wrong).toEqual([]);
});

test("every npm script that the README names exists, and the other way round", () => {
  const named = new Set([...allMatches(readme, /npm run (?:-s )?([a-z]+)/g), ...allMatches(readme, /npm (start|test)\b/g)]);
  expect([...named].sort()).toEqual(Object.keys(packageJson.scripts).sort());
});

test("every name of the API in the README is one of the registry", () => {
  const names = (registry: readonly { readonly name: string }[]) => registry.map(({ name }) => name);
  const unknown = (kind: string, registry: readonly { readonly name: string }[]) =>
    allMatches(readme, new RegExp(`/${kind}/([a-z.-]+)`, "g")).filter((name) => !names(registry).includes(name));
  expect([...unknown("queries", queries), ...unknown("commands", commands)]).toEqual([]);
});

test("every relative link in a page of documentation leads somewhere", async () => {
  const pages = ["README.md", "CHANGELOG.md", ...(await Array.fromAsync(new Glob("{core,db,edge,jobs,tests,views}/**/*.md").scan(root)))];
  const broken: string[] = [];
  for (const page of pages)
    for (const target of allMatches(textOf(page), /(?:\]\(|src=")([^)"\s]+)/g)) {
      if (/^(https?:|mailto:|#)/.test(target)) continue;
      if (!existsSync(join(root, dirname(page), target.split("#")[0]!))) broken.push(`${page}: ${target}`);
    }
  expect(broken).toEqual([]);
});

test("every dependency has its line in the README, and no other has", () => {
  const section = readme.split("## Dependencies")[1]!.split("\n## ")[0]!;
  const named = section
    .split("\n")
    .filter((line) => line.startsWith("| `"))
    .flatMap((line) => allMatches(line.split(" | ")[0]!, /`([^`]+)`/g));
  expect(named.sort()).toEqual([...Object.keys(packageJson.dependencies), ...Object.keys(packageJson.devDependencies)].sort());
});
