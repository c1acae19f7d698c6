// A process that the spool's test kills: appends numbered rows until it dies, and says each number once it is durable.
import { writeSync } from "node:fs";
import { Spool } from "../../core/agents/spool.ts";

const [path = "", most = "1"] = process.argv.slice(2);
try {
  const spool = Spool.open(path, { waitMs: 100 });
  for (let i = 0; ; i++) {
    const first = spool.lastSequence;
    const count = (i % Number(most)) + 1;
    const records = Array.from({ length: count }, (_, k) => ({ kind: "unreadable" as const, raw: String(first + k), reason: "test" }));
    spool.append(records, {
      source: "s",
      fileId: "01890000-0000-7000-8000-000000000001",
      fileName: "f",
      offset: first + count,
      identity: {},
    });
    writeSync(1, `${first + count}\n`);
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}
