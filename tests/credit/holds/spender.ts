// A process that spends the money of one account as fast as it can, all at once: by sessions that ask and are rated, or by posting what asks.
// Prints how often it was let through.
import pino from "pino";
import * as v from "valibot";
import { authorise } from "../../../core/credit/authorise/authorise.ts";
import { authorisationRequest } from "../../../core/credit/authorise/request.ts";
import { openCore } from "../../../core/kernel/core.ts";
import { databaseErrorOf } from "../../../core/kernel/database-error.ts";
import { newId } from "../../../core/kernel/id.ts";
import { lockBalances, post } from "../../../core/ledger/post.ts";
import { templates } from "../../../core/ledger/templates.ts";
import { processBatch } from "../../../core/usage/process-batch.ts";
import { receiveBatch } from "../../../core/usage/receive-batch.ts";
import { rawOf } from "../../../db/client.ts";
import { inTenant } from "../../../db/tenant.ts";
import { callOf } from "../../support/calls.ts";
import { testSecret } from "../../support/database.ts";

export type Spending = {
  readonly url: string;
  readonly providerId: number;
  readonly agentId: string;
  readonly accountId: string;
  readonly login: string;
  readonly times: number;
  /** Seconds of each call; absent: a transfer of 1.00 each time. */
  readonly seconds?: number;
};

const { url, providerId, agentId, accountId, login, times, seconds } = JSON.parse(process.argv[2]!) as Spending;
const core = await openCore({ url, name: "spender", log: pino({ level: "silent" }), secret: testSecret, dataDir: "" });

async function call(sec: number): Promise<string | undefined> {
  const sessionKey = crypto.randomUUID();
  const party = { kind: "login", value: login } as const;
  const request = {
    kind: "call",
    requestId: sessionKey,
    sessionKey,
    party,
    destination: "380671234567",
    wanted: { seconds: sec },
  } as const;
  const [answer] = await authorise(core, providerId, [v.parse(authorisationRequest, request)]);
  return answer?.ok && answer.seconds === sec ? sessionKey : undefined;
}

async function transfer(): Promise<boolean> {
  const now = core.clock();
  try {
    await inTenant(core.db, [providerId], async (tx) => {
      const t = rawOf(tx);
      await lockBalances(t, providerId, [accountId]);
      const id = newId();
      const frame = { id, accountId, currency: "UAH", sourceKey: `spent:${id}`, effectiveAt: now.toString(), details: {} };
      const postings = templates["transfer.sent"]({ amountMicros: 1_000_000n });
      await post(t, providerId, [{ ...frame, template: "transfer.sent", postings }], now);
    });
    return true;
  } catch (error) {
    if (databaseErrorOf(error)?.constraint === "ledger_transactions_funded") return false;
    throw error;
  }
}

const each = Array.from({ length: times });
if (seconds === undefined) {
  const done = await Promise.all(each.map(() => transfer()));
  console.log(done.filter(Boolean).length);
} else {
  const granted = (await Promise.all(each.map(() => call(seconds)))).filter((key) => key !== undefined);
  const at = core.clock().toString({ smallestUnit: "second" });
  const records = granted.map((callId) =>
    callOf({ callId, startedAt: at, endedAt: null, source: login, durationSec: seconds, billableSec: seconds }),
  );
  for (const [i, record] of records.entries())
    await receiveBatch(core, { providerId, agentId }, { firstSequence: i + 1, records: [record] });
  await Promise.all(records.map((_, i) => processBatch(core, { providerId, agentId, firstSequence: i + 1 })));
  console.log(granted.length);
}
await core.close();
process.exit(0);
