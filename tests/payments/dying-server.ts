// A process of its own that answers HTTP over the test's database and, told so, is killed after the commit and before the answer.
import pino from "pino";
import { createApp } from "../../core/http/app.ts";
import { openCore } from "../../core/kernel/core.ts";
import { commands, queries } from "../../core/registry.ts";
import { testSecret } from "../support/database.ts";

const [url, dies] = process.argv.slice(2) as [string, string];
const core = await openCore({ url, name: "dying", log: pino({ level: "silent" }), secret: testSecret, dataDir: "" });
const app = createApp(core, { registry: { commands, queries }, publicUrl: "http://test" });
const server = Bun.serve({
  port: 0,
  hostname: "127.0.0.1",
  async fetch(request) {
    const answer = await app.fetch(request, { address: "127.0.0.1" });
    if (dies === "dies") process.kill(process.pid, "SIGKILL");
    return answer;
  },
});
console.log(server.url.href);
