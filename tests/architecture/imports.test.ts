// Who may import whom. The ranks are the order of the business: a slice knows what lies below it, never what lies above.
import { expect, test } from "bun:test";
import { dirname, join, relative } from "node:path";
import { Glob } from "bun";

const root = join(import.meta.dir, "../..");

/** Slices of core from the bottom to the top; those in one row don't know each other. */
const ranks = [
  ["kernel"],
  ["providers"],
  ["auth"],
  ["catalog"],
  ["rating"],
  ["subscribers"],
  ["services"],
  ["identifiers"],
  ["ledger"],
  ["payments"],
  ["charges"],
  ["usage"],
  ["credit"],
  ["rerating"],
  ["simulation"],
  ["agents"],
  ["interchange"],
  ["cards"],
  ["demo"],
  ["registry.ts"],
  ["verify.ts"],
  ["http"],
  ["supervisor"],
  ["cli"],
  ["main.ts"],
];
const rankOf = (slice: string) => ranks.findIndex((row) => row.includes(slice));

const allowed: readonly { readonly from: RegExp; readonly to: RegExp; readonly why: string }[] = [
  { from: /^core\/kernel\//, to: /^db\/(client|tenant|schema\/)/, why: "the runners open transactions" },
  { from: /^core\/rating\//, to: /^core\/catalog\/(plan-document\.ts|document\/)/, why: "a plan document is what is priced" },
  {
    from: /^core\/read\/plan-deck\//,
    to: /^core\/(rating\/(compile-plan|rate-call)\.ts|catalog\/(plan-document|deck\/deck-line)\.ts)$/,
    why: "pure functions: decks are compared by what the price function itself says",
  },
  { from: /^core\/(supervisor|cli)\//, to: /^(db|core|edge)\//, why: "they put everything together" },
  { from: /^core\/cli\//, to: /^jobs\/main\.ts$/, why: "a role is a worker" },
];

type Edge = { readonly from: string; readonly to: string };

async function importsOfTree(): Promise<Edge[]> {
  const edges: Edge[] = [];
  for (const top of ["core", "db", "jobs", "views"])
    for await (const file of new Glob(`${top}/**/*.ts`).scan(root)) {
      const text = await Bun.file(join(root, file)).text();
      for (const [, path] of text.matchAll(/(?:from|import)\s*\(?\s*"(\.[^"]+)"/g))
        edges.push({ from: file, to: relative(root, join(root, dirname(file), path!)) });
    }
  return edges;
}

const edges = await importsOfTree();
const sliceOf = (file: string) => file.split("/")[1]!;
const excused = ({ from, to }: Edge) => allowed.some((a) => a.from.test(from) && a.to.test(to));
const listed = (wrong: readonly Edge[]) => wrong.map(({ from, to }) => `${from} imports ${to}`);

test("there are imports to look at", () => expect(edges.length).toBeGreaterThan(300));

test("every slice of core has its place in the ranks", () => {
  const slices = new Set(edges.filter((e) => e.from.startsWith("core/")).map((e) => sliceOf(e.from)));
  slices.delete("read");
  expect([...slices].filter((s) => rankOf(s) < 0)).toEqual([]);
});

test("a slice imports slices of lower rank only", () => {
  const wrong = edges.filter(({ from, to }) => {
    if (!from.startsWith("core/") || !to.startsWith("core/")) return false;
    const [a, b] = [sliceOf(from), sliceOf(to)];
    if (a === b || a === "read" || b === "read") return false;
    return rankOf(b) > rankOf(a);
  });
  expect(listed(wrong.filter((e) => !excused(e)))).toEqual([]);
});

test("the read side imports nothing of the write side", () => {
  const wrong = edges.filter(({ from, to }) => from.startsWith("core/read/") && !/^(core\/(read|kernel)|db)\//.test(to));
  expect(listed(wrong.filter((e) => !excused(e)))).toEqual([]);
});

test("the write side doesn't know the read side", () => {
  const writers = ranks.slice(0, rankOf("interchange")).flat();
  const wrong = edges.filter(({ from, to }) => from.startsWith("core/") && writers.includes(sliceOf(from)) && to.startsWith("core/read/"));
  expect(listed(wrong)).toEqual([]);
});

test("core never imports jobs, and db knows nothing but the kernel", () => {
  expect(listed(edges.filter((e) => e.from.startsWith("core/") && e.to.startsWith("jobs/") && !excused(e)))).toEqual([]);
  expect(listed(edges.filter((e) => e.from.startsWith("db/") && e.to.startsWith("core/") && !e.to.startsWith("core/kernel/")))).toEqual([]);
});

test("views know nothing of core but the kernel", () => {
  expect(listed(edges.filter((e) => e.from.startsWith("views/") && e.to.startsWith("core/") && !e.to.startsWith("core/kernel/")))).toEqual(
    [],
  );
});
