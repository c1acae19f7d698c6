// A role for tests of the supervisor: listens on a port when it gets one, ends as the real roles do, or refuses to.
import { endWithParent } from "../../core/supervisor/end-with-parent.ts";

const [name = "", port = "0", manner = ""] = process.argv.slice(2);
const say = (msg: string) =>
  console.log(JSON.stringify({ level: "info", time: new Date().toISOString(), msg, role: name, process: process.pid }));

if (port !== "0") Bun.serve({ port: Number(port), hostname: "127.0.0.1", fetch: () => new Response(name) });
if (manner === "stubborn") {
  process.on("SIGTERM", () => {});
} else {
  endWithParent({
    supervised: process.env.MB_SUPERVISED === "1",
    onEnd: (why) => say(`ending: ${why}`),
  });
}
setInterval(() => {}, 60_000);
say("up");
