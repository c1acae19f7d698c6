// `mb demo`, which is `npm run demo`: starts everything with the made-up operator in it.
import { randomBytes } from "node:crypto";
import { runSetUp } from "../auth/set-up.ts";
import { setupLink } from "../auth/setup-link.ts";
import { demoNote, loadDemo } from "../demo/load-demo.ts";
import { systemActor } from "../kernel/actor.ts";
import { execute } from "../kernel/command.ts";
import type { Core } from "../kernel/core.ts";
import { ROOT_PROVIDER_ID } from "../providers/tenants.ts";
import { defineSubcommand, noArguments } from "./command-line.ts";
import { startInstallation } from "./start.ts";

const login = "admin@demo.example";

/** Sets the operator up unless there is one, and asks for the demo unless it is loaded. Gives the lines that a person needs. */
async function prepareDemo(core: Core): Promise<string[]> {
  const lines: string[] = [];
  const link = await setupLink(core, "http://localhost");
  if (link !== null) {
    const password = randomBytes(12).toString("base64url");
    const done = await runSetUp(core, {
      setupToken: new URL(link).searchParams.get("token"),
      operator: { name: "Demo Telecom", code: "demo-telecom", currency: "UAH", zone: "Europe/Kyiv", locale: "en-GB" },
      administrator: { name: "Demo Administrator", login, password },
    });
    if (!done.ok) throw new Error(`demo: ${JSON.stringify(done)}`);
    lines.push("  Demo operator, made up. Sign in to the web client with", `  ${login}   ${password}`);
  }
  const asked = await execute(core, loadDemo, {}, { actor: systemActor([ROOT_PROVIDER_ID], "mb demo"), providerId: ROOT_PROVIDER_ID });
  if (!asked.ok && asked.code !== "demo_loaded") throw new Error(`demo: ${JSON.stringify(asked)}`);
  const note = await demoNote(core);
  if (note) lines.push("  and to the portal, as one of its subscribers, with", `  ${note.portalLogin}   ${note.portalPassword}`);
  return lines;
}

export const subcommand = defineSubcommand({
  name: "demo",
  summary: "Start everything with a made-up operator, its subscribers and their calls",
  usage: "demo",
  options: {},
  run(ctx, { positionals }) {
    noArguments("demo", positionals);
    return startInstallation(ctx, prepareDemo);
  },
});
