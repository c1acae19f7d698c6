// The job: marks what changed, then charges what is due, some accounts at a time, each lot in a transaction of its own.
import type * as v from "valibot";
import { rawOf } from "../../db/client.ts";
import { inTenant } from "../../db/tenant.ts";
import type { chargeDue } from "../kernel/charge-due-job.ts";
import type { Core } from "../kernel/core.ts";
import { isTransient } from "../kernel/database-error.ts";
import { enqueueIn } from "../kernel/job.ts";
import { advanceReadModels } from "../kernel/read-models-job.ts";
import { chargeAccounts } from "./charge-accounts.ts";
import { dueAccounts, markDue, postpone } from "./schedule.ts";

export type ChargeDueData = v.InferOutput<typeof chargeDue.data>;

/** Services that are looked at in one transaction. */
const lot = 200;

/**
 * Charges everything that is due by now at the providers that are named, or at all. Running it twice, twice at once, or again after a crash
 * charges nothing twice. Gives how many charges were made.
 */
export async function chargeWhatIsDue(core: Core, jobs: readonly ChargeDueData[]): Promise<number> {
  const now = core.clock();
  const named = jobs.flatMap((one) => one ?? []);
  for (const { providerId, ...changed } of named)
    await inTenant(core.db, [providerId], (tx) => markDue(rawOf(tx), providerId, changed, now));
  const all = jobs.length > named.length;
  const providerIds = all
    ? (await core.sql<{ id: number }[]>`select id from app.providers order by id`).map((row) => row.id)
    : [...new Set(named.map((one) => one.providerId))];
  let made = 0;
  for (const providerId of providerIds) made += await chargeProvider(core, providerId, now);
  return made;
}

async function chargeProvider(core: Core, providerId: number, now: Temporal.Instant): Promise<number> {
  for (let total = 0; ; ) {
    const accountIds = await inTenant(core.db, [providerId], (tx) => dueAccounts(rawOf(tx), providerId, now, lot), "read");
    if (accountIds.length === 0) return total;
    try {
      total += await chargeLot(core, providerId, accountIds, now);
    } catch (error) {
      if (isTransient(error)) throw error;
      total += await chargeOneByOne(core, providerId, accountIds, now);
    }
  }
}

const chargeLot = (core: Core, providerId: number, accountIds: readonly string[], now: Temporal.Instant): Promise<number> =>
  inTenant(core.db, [providerId], async (tx) => {
    const charges = await chargeAccounts(rawOf(tx), providerId, accountIds, now);
    if (charges > 0) await enqueueIn(core.boss, tx)(advanceReadModels, {}, { key: "all" });
    return charges;
  });

/** What can't be charged must not hold up the others: it is tried again in an hour, and the log says why. */
async function chargeOneByOne(core: Core, providerId: number, accountIds: readonly string[], now: Temporal.Instant): Promise<number> {
  let total = 0;
  for (const accountId of accountIds)
    try {
      total += await chargeLot(core, providerId, [accountId], now);
    } catch (error) {
      if (isTransient(error)) throw error;
      core.log.error({ err: error, providerId, accountId }, "account not charged");
      await inTenant(core.db, [providerId], (tx) => postpone(rawOf(tx), providerId, accountId, now.add({ hours: 1 })));
    }
  return total;
}
