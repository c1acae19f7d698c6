// The portal may run in another region, on another runtime, beside a replica: so it brings along nothing of the write side and nothing of Bun.
import { describe, expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";

const root = join(import.meta.dirname, "..", "..");
const edgeFiles = readdirSync(join(root, "edge")).filter((name) => name.endsWith(".ts"));

type Import = { readonly from: string; readonly onlyTypes: boolean };

/** Imports of a file; an import of types only disappears before it runs. */
function importsOf(file: string): Import[] {
  const text = readFileSync(join(root, file), "utf8").replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, "");
  const found = [...text.matchAll(/^\s*(?:import|export)\s+(type\s+)?(?:([^"';]*?)\s+from\s+)?["']([^"']+)["']/gm)].map(
    ([, type, names, from]) => ({
      from: from!,
      onlyTypes:
        Boolean(type) ||
        (names !== undefined &&
          /^\{[^}]*\}$/.test(names) &&
          names
            .slice(1, -1)
            .split(",")
            .every((name) => name.trim() === "" || name.trim().startsWith("type "))),
    }),
  );
  const dynamic = [...text.matchAll(/\bimport\(\s*["']([^"']+)["']\s*\)/g)].map(([, from]) => ({ from: from!, onlyTypes: false }));
  return [...found, ...dynamic].map((each) =>
    each.from.startsWith(".") ? { ...each, from: relative(root, join(root, dirname(file), each.from)).replaceAll("\\", "/") } : each,
  );
}

/** Runs on every runtime with web standards, or is made for this one. */
const packages = /^(hono(\/[\w-]+)*|valibot|drizzle-orm(\/[\w-]+)*|postgres|eta)$/;
const ofEdge =
  /^(edge\/[\w-]+\.ts|core\/read\/(.+\/)?(query|portal-query|period)\.ts|core\/kernel\/[\w-]+\.ts|db\/(schema\/[\w-]+|steady-client)\.ts|views\/.+\.ts)$/;
/** What those bring along in turn. `db/tenant.ts` is the core's runner of queries, which loads but is never called. */
const carried = /^(edge|views|core\/read|core\/kernel|db\/schema)\/|^db\/(tenant|steady-client)\.ts$/;
const nodeForViews = /^node:(crypto|fs|url|zlib|path)$/;

describe("edge", () => {
  for (const name of edgeFiles) {
    test(`${name} imports only the query layer, the kernel, the schema, the views and web-standard packages`, () => {
      const wrong = importsOf(`edge/${name}`).filter(({ from, onlyTypes }) => !onlyTypes && !packages.test(from) && !ofEdge.test(from));
      expect(wrong).toEqual([]);
    });
  }

  test("loads nothing of the write side, however indirectly, and nothing that only Bun has", () => {
    const seen = new Map<string, string>(edgeFiles.map((name) => [`edge/${name}`, "edge"]));
    const wrong: string[] = [];
    for (const [file] of seen) {
      const text = readFileSync(join(root, file), "utf8");
      if (/\bBun\.|\bprocess\./.test(text.replace(/^\s*(\/\/|\*).*$/gm, ""))) wrong.push(`${file} uses Bun or process`);
      for (const { from, onlyTypes } of importsOf(file)) {
        if (onlyTypes) continue;
        if (existsSync(join(root, from)) && from.endsWith(".ts")) {
          if (!carried.test(from) || /^core\/read\/(.+\/projection|projections|advance|rebuild)\.ts$/.test(from))
            wrong.push(`${file} loads ${from}`);
          if (!seen.has(from)) seen.set(from, file);
        } else if (!packages.test(from) && !(file.startsWith("views/") && nodeForViews.test(from))) wrong.push(`${file} loads ${from}`);
      }
    }
    expect(seen.size).toBeGreaterThan(25);
    expect(wrong).toEqual([]);
  });

  test("says each relative import with its extension, as Deno needs it", () => {
    for (const name of edgeFiles) {
      for (const { from } of importsOf(`edge/${name}`)) if (from.includes("/") && !packages.test(from)) expect(from, name).toMatch(/\.ts$/);
    }
  });
});
