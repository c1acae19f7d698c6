// A process of its own, as a server or a worker is: `redeem` tries one PIN on many accounts at once, `make` makes a batch.
import pino from "pino";
import { makeCards } from "../../core/cards/make-cards.ts";
import { redeemCard } from "../../core/cards/redeem-card.ts";
import { systemActor } from "../../core/kernel/actor.ts";
import { execute } from "../../core/kernel/command.ts";
import { openCore } from "../../core/kernel/core.ts";
import { testSecret } from "../support/database.ts";

const [what, url, ...args] = process.argv.slice(2) as [string, string, ...string[]];
const core = await openCore({
  url,
  name: "one-process",
  log: pino({ level: "silent" }),
  secret: testSecret,
  dataDir: "",
  maxConnections: 5,
});
console.log("ready");
if (what === "redeem") {
  // All processes begin when their standard input says so.
  for await (const _ of process.stdin) break;
  const [pin, ...accounts] = args;
  const outcomes = await Promise.all(
    accounts.map((accountId) => execute(core, redeemCard, { accountId, pin: pin! }, { actor: systemActor([1]), providerId: 1 })),
  );
  console.log(JSON.stringify(outcomes.map((outcome) => (outcome.ok ? { ok: true } : outcome))));
} else await makeCards(core, { providerId: 1, batchId: args[0]! }, Number(args[1]));
await core.close();
process.exit(0);
