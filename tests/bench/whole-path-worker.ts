// The worker of the whole-path benchmark: a process of its own, as under `npm start`. Ends when its input closes.
import pino from "pino";
import { openCore } from "../../core/kernel/core.ts";
import { startWorker } from "../../jobs/main.ts";
import { testSecret } from "../support/database.ts";

const core = await openCore({
  url: process.argv[2]!,
  name: "worker",
  log: pino({ level: "warn" }, pino.destination(2)),
  secret: testSecret,
  dataDir: "",
  worker: true,
});
const worker = await startWorker(core);
console.log("ready");
await Bun.stdin.text();
await worker.close();
await core.close();
process.exit(0);
