// What nobody spent in time is taken out of its pot: so many accounts at a time, a pot of each, until none is left.
import * as v from "valibot";
import { type RawTx, rawOf } from "../../db/client.ts";
import { inTenant } from "../../db/tenant.ts";
import { emitIn } from "../kernel/command.ts";
import type { Core } from "../kernel/core.ts";
import { newId } from "../kernel/id.ts";
import { defineJob, enqueueIn } from "../kernel/job.ts";
import { advanceReadModels } from "../kernel/read-models-job.ts";
import { entriesOf } from "./gl-entries.ts";
import { lockBalances, post } from "./post.ts";
import { type LedgerTransaction, type NewPot, templates } from "./templates.ts";

/** Sent each minute: a pot is spent until it is taken away. */
export const expirePotsJob = defineJob({ name: "ledger.expire-pots", data: v.object({}), policy: "stately", expireInSeconds: 600 });

/** Accounts whose pots expire in one transaction. */
const lot = 500;

/** Run twice, or twice at once, it takes nothing twice. Gives how many pots expired. */
export async function expirePots(core: Core): Promise<number> {
  const now = core.clock();
  const providerIds = (await core.sql<{ id: number }[]>`select id from app.providers order by id`).map((row) => row.id);
  let expired = 0;
  for (const providerId of providerIds)
    for (let made = lot; made > 0; expired += made)
      made = await inTenant(core.db, [providerId], async (tx) => {
        const transactions = await expireSome(rawOf(tx), providerId, now);
        if (transactions.length === 0) return 0;
        const accountIds = transactions.map(({ accountId }) => accountId);
        await emitIn(tx, providerId, "ledger.posted", { accountIds, gl: entriesOf(transactions) }, now);
        await enqueueIn(core.boss, tx)(advanceReadModels, {}, { key: "all" });
        return transactions.length;
      });
  return expired;
}

type Expired = {
  account_id: string;
  id: string;
  kind: NewPot["kind"];
  name: string;
  currency: string;
  remaining: string;
  expires_at: string;
  draws: number;
};

async function expireSome(t: RawTx, providerId: number, now: Temporal.Instant): Promise<LedgerTransaction[]> {
  const found = await t<{ account_id: string }[]>`
    select distinct account_id from app.pots where provider_id = ${providerId} and remaining_micros > 0 and expires_at <= ${now.toString()}::timestamptz limit ${lot}`;
  if (found.length === 0) return [];
  const ids = found.map((row) => row.account_id);
  await lockBalances(t, providerId, ids);
  // Looked at again now that the balances are held. What a reversal gives back to a pot after its time goes again: the count of draws tells the two apart.
  const pots = await t<Expired[]>`
    select distinct on (p.account_id) p.account_id, p.id, p.kind, p.name, a.currency, p.remaining_micros::text as remaining, p.expires_at,
      (select count(*)::int from app.pot_draws d where d.provider_id = p.provider_id and d.account_id = p.account_id and d.pot_id = p.id) as draws
    from app.pots p join app.accounts a on a.provider_id = p.provider_id and a.account_id = p.account_id
    where p.provider_id = ${providerId} and p.account_id = any(${ids}::uuid[]) and p.remaining_micros > 0 and p.expires_at <= ${now.toString()}::timestamptz
    order by p.account_id, p.expires_at, p.id`;
  const transactions = pots.map(
    (pot): LedgerTransaction => ({
      ...{ id: newId(), accountId: pot.account_id, currency: pot.currency, template: "pot.expired" },
      sourceKey: `pot:${pot.id}:${pot.draws}`,
      effectiveAt: now.toString(),
      details: { name: pot.name, kind: pot.kind },
      postings: templates["pot.expired"]({ amountMicros: BigInt(pot.remaining), kind: pot.kind }),
      fromPot: pot.id,
    }),
  );
  await post(t, providerId, transactions, now);
  return transactions;
}
