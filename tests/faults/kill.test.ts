// The fault run in small, on every test run: real processes, six of them killed. `npm run soak` is the full one.
import { test } from "bun:test";
import { faultRun } from "./fault-run.ts";

test.skipIf(process.platform !== "linux")(
  "an import during which everyone is killed loses no call, doubles none, and leaves books that are proven",
  async () => {
    const seed = Number(process.env.MB_FAULTS_SEED ?? Date.now() % 1_000_000);
    console.log(`fault run, seed ${seed} (MB_FAULTS_SEED=${seed} repeats it)`);
    const { wrong } = await faultRun({ seed, rows: 8_000, kills: 6, rotations: 1 }, (line) => console.log(line)).catch((error: Error) => {
      throw new Error(`seed ${seed}: ${error.message}`, { cause: error });
    });
    for (const line of wrong) console.log(`WRONG ${line}`);
    // In one line, which the list at the end of `npm test` shows.
    if (wrong.length > 0) throw new Error(`seed ${seed}: ${wrong.join("; ")}`);
  },
  120_000,
);
