// The operator whose calls are imported: set up with the printed link, everything else through commands, and the exchange's agent
// among the agents of this machine, as the web client puts it there.
import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { registerAgent } from "../../core/agents/register-agent.ts";
import { runSetUp } from "../../core/auth/set-up.ts";
import { addPlan } from "../../core/catalog/add-plan.ts";
import { withCore } from "../../core/cli/prepare.ts";
import { assignIdentifier } from "../../core/identifiers/assign-identifier.ts";
import type { Core } from "../../core/kernel/core.ts";
import { createLog } from "../../core/kernel/log.ts";
import { readSettings, withSecret } from "../../core/kernel/settings.ts";
import { activateService } from "../../core/services/activate-service.ts";
import { registerSubscriber } from "../../core/subscribers/register-subscriber.ts";
import { borrowDatabase } from "../../core/supervisor/database.ts";
import { localAgentsDir } from "../../core/supervisor/local-agents.ts";
import { projectDir } from "../supervisor/installation.ts";
import { accepted, done } from "../support/operator.ts";
import { planDocument } from "./generated-calls.ts";

/** A core beside the running installation, on its database. */
export async function besideIt<T>(dataDir: string, use: (core: Core, adminUrl: string) => Promise<T>): Promise<T> {
  const read = readSettings({ MB_DATA_DIR: dataDir }, projectDir);
  if (!read.ok) throw new Error(read.problems.join("; "));
  const settings = withSecret(read.settings);
  const database = await borrowDatabase(settings);
  try {
    const log = createLog({ level: "fatal", role: "test" });
    return await withCore(settings, database.appUrl, log, (core) => use(core, database.adminUrl));
  } finally {
    await database.release();
  }
}

export const numbers = Array.from({ length: 25 }, (_, i) => `38044200${String(1000 + i)}`);

/** Gives each number's account. Calls may begin at `since`. */
export function setUpOperator(dataDir: string, setupLink: string, callFile: string, since: Temporal.Instant): Promise<Map<string, string>> {
  return besideIt(dataDir, async (core) => {
    accepted(
      await runSetUp(core, {
        setupToken: new URL(setupLink).searchParams.get("token"),
        operator: { name: "Fault Telephone", currency: "EUR", zone: "Europe/Kyiv", locale: "en-GB" },
        administrator: { name: "Olena Koval", login: "olena@operator.example", password: "turnip-lantern-viaduct-9" },
      }),
    );
    const from = since.toString();
    const { planId } = await done(core, addPlan, { code: "seconds", document: planDocument, validFrom: from });
    const accounts = new Map<string, string>();
    for (const [i, number] of numbers.entries()) {
      const subscriber = { kind: "person", name: `Subscriber ${i + 1}`, account: { kind: "postpaid" } } as const;
      const { accountId } = await done(core, registerSubscriber, subscriber);
      const { serviceId } = await done(core, activateService, { accountId: accountId!, planId, label: number, from });
      await done(core, assignIdentifier, { serviceId, kind: "telephone", value: number, from });
      accounts.set(number, accountId!);
    }
    const { token } = await done(core, registerAgent, { kind: "pbx", name: "Exchange" });
    const dir = localAgentsDir(dataDir);
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    writeFileSync(join(dir, "exchange.new"), JSON.stringify({ kind: "pbx", name: "exchange", file: callFile, zone: "UTC", token }));
    renameSync(join(dir, "exchange.new"), join(dir, "exchange.json"));
    return accounts;
  });
}
