// `npm run bench`: runs the benchmarks one after another, each in a process of its own; `npm run bench -- pages` only those named.
// Each prints one JSON line per figure: {name, ours, baseline, unit, ratio, …}. README.md says what they mean.
import { fileURLToPath } from "node:url";

const benchmarks = {
  rating: "rating.ts",
  "whole-path": "whole-path.ts",
  rerating: "rerating.ts",
  cards: "cards.ts",
  postings: "postings.ts",
  pages: "pages.ts",
  authorise: "authorise.ts",
} as const;
const known = Object.keys(benchmarks) as (keyof typeof benchmarks)[];

const named = process.argv.slice(2);
const unknown = named.filter((name) => !Object.hasOwn(benchmarks, name));
if (unknown.length > 0) {
  console.error(`No benchmark is called ${unknown.join(", ")}; there are ${known.join(", ")}`);
  process.exit(2);
}

let failed = false;
for (const name of known.filter((each) => named.length === 0 || named.includes(each))) {
  const file = fileURLToPath(new URL(benchmarks[name], import.meta.url));
  const child = Bun.spawn([process.execPath, file], { stdout: "inherit", stderr: "inherit", stdin: "ignore" });
  if ((await child.exited) !== 0) failed = true;
}
process.exit(failed ? 1 : 0);
