// `npm test`: type check, Biome and every test, on a PostgreSQL of its own. Ends with "N passed, N failed".
// `npm test -- tests/usage` runs the tests under these paths only, without the checks; more options go to `bun test`.
import { fileURLToPath } from "node:url";
import { startTestServer } from "../db/embedded.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const args = process.argv.slice(2);
const bun = process.execPath;

type Result = { passed: number; failed: number; skipped: number };

/** A check that passes or fails as a whole, run beside the tests; what it prints is shown when it fails. */
async function check(name: string, command: string[]): Promise<Result> {
  const child = Bun.spawn(command, { cwd: root, stdout: "pipe", stderr: "pipe", stdin: "ignore" });
  const [out, err, code] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text(), child.exited]);
  console.log(code === 0 ? `(pass) ${name}` : `(fail) ${name}\n${out}${err}`);
  return { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, skipped: 0 };
}

/** `bun test`, shown as it goes; its own closing lines are counted and left out. */
async function tests(env: Record<string, string>): Promise<Result> {
  const given = args.length > 0 ? args : ["tests"];
  const child = Bun.spawn([bun, "test", "--parallel=2", "--timeout=30000", ...given], {
    cwd: root,
    env: { ...process.env, ...env },
    stdout: "pipe",
    stderr: "pipe",
    stdin: "ignore",
  });
  const result: Result = { passed: 0, failed: 0, skipped: 0 };
  const failures = new Map<string, string>();
  let counted = false;
  const read = async (stream: ReadableStream<Uint8Array>) => {
    let rest = "";
    let error = "";
    const decoder = new TextDecoder();
    for await (const chunk of stream) {
      const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
      rest = lines.pop()!;
      for (const line of lines) {
        const count = /^ (\d+) (pass|fail|skip|todo|filtered out)$/.exec(line);
        if (!count) {
          // The error of a test stands above its line.
          if (/^\w*error: /i.test(line)) error = line;
          if (line.startsWith("(fail)") && !failures.get(line)) failures.set(line, error);
          if (/^\((pass|fail|skip)\)/.test(line)) error = "";
          console.log(line);
          continue;
        }
        counted = true;
        if (count[2] === "pass") result.passed = Number(count[1]);
        if (count[2] === "fail") result.failed = Number(count[1]);
        if (count[2] === "skip") result.skipped = Number(count[1]);
      }
    }
  };
  await Promise.all([read(child.stdout), read(child.stderr)]);
  const code = await child.exited;
  const listed = [...failures].map(([line, error]) => (error ? `${line}\n       ${error}` : line));
  if (listed.length > 0) console.log(`\nFailed:\n${listed.join("\n")}\n`);
  // A crash of the runner, or an error between tests, is a failure too.
  if (code !== 0 && result.failed === 0) result.failed = 1;
  if (!counted && code === 0) result.failed = 1;
  return result;
}

const server = await startTestServer();
const ending = async (signal: string) => {
  console.error(`${signal}: stopping`);
  await server.stop();
  process.exit(130);
};
process.once("SIGINT", () => ending("SIGINT"));
process.once("SIGTERM", () => ending("SIGTERM"));

const results: Result[] = [];
try {
  if (args.length === 0)
    results.push(
      ...(await Promise.all([
        check("types", [bun, "x", "--bun", "tsc", "--noEmit"]),
        check("Biome", [bun, "x", "biome", "check", "--error-on-warnings", "."]),
      ])),
    );
  results.push(await tests({ MB_TEST_ADMIN_URL: server.url }));
} finally {
  await server.stop();
}
const total = (key: keyof Result) => results.reduce((sum, r) => sum + r[key], 0);
const skipped = total("skipped");
console.log(`${total("passed")} passed, ${total("failed")} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`);
process.exit(total("failed") === 0 ? 0 : 1);
