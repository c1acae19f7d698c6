// Credit control at work: looks at every account that is due, some at a time, each lot in a transaction of its own; then ends the services of those that
// were let go. Running it twice, twice at once, or again after a crash enters no state twice.
import { rawOf } from "../../../db/client.ts";
import { inTenant } from "../../../db/tenant.ts";
import { systemActor } from "../../kernel/actor.ts";
import { execute } from "../../kernel/command.ts";
import type { Core } from "../../kernel/core.ts";
import { isTransient } from "../../kernel/database-error.ts";
import { enqueueIn } from "../../kernel/job.ts";
import { advanceReadModels } from "../../kernel/read-models-job.ts";
import { terminateService } from "../../services/terminate-service.ts";
import { checkAccountsJob } from "./check-job.ts";
import { checkLot } from "./check-lot.ts";

const lot = 500;

/** Whatever posts tells the read side, and whoever follows that asks here: one statement on an index, for all providers at once. */
export async function sendChecks(core: Core): Promise<void> {
  if ((await dueProviders(core)).length > 0) await core.boss.send(checkAccountsJob.name, {}, { singletonKey: "all" });
}

async function dueProviders(core: Core): Promise<number[]> {
  const ids = (await core.sql<{ id: number }[]>`select id from app.providers order by id`).map((row) => row.id);
  return inTenant(
    core.db,
    ids,
    async (tx) => {
      const due = await rawOf(tx)<{ id: number }[]>`
        select p.id from app.providers p where p.id = any(${ids}::int[]) and (
          exists (select from app.balances b where b.provider_id = p.id and b.check_credit_at <= ${core.clock().toString()}::timestamptz)
          or exists (select from app.enforcements e where e.provider_id = p.id and e.state = 'waiting' and e.action = 'terminate')) order by p.id`;
      return due.map((row) => row.id);
    },
    "read",
  );
}

/** Gives how many accounts were looked at. */
export async function checkAccounts(core: Core): Promise<number> {
  let looked = 0;
  for (const providerId of await dueProviders(core)) {
    looked += await checkProvider(core, providerId);
    await endServices(core, providerId);
  }
  return looked;
}

async function checkProvider(core: Core, providerId: number): Promise<number> {
  const now = core.clock();
  for (let total = 0; ; ) {
    const ids = await inTenant(
      core.db,
      [providerId],
      async (tx) => {
        const rows = await rawOf(tx)<{ account_id: string }[]>`
          select account_id from app.balances where provider_id = ${providerId} and check_credit_at <= ${now.toString()}::timestamptz order by check_credit_at limit ${lot}`;
        return rows.map((row) => row.account_id);
      },
      "read",
    );
    if (ids.length === 0) return total;
    try {
      await checkTogether(core, providerId, ids, now);
    } catch (error) {
      if (isTransient(error)) throw error;
      await checkOneByOne(core, providerId, ids, now);
    }
    total += ids.length;
  }
}

const checkTogether = (core: Core, providerId: number, accountIds: readonly string[], now: Temporal.Instant): Promise<void> =>
  inTenant(core.db, [providerId], async (tx) => {
    const changed = await checkLot(rawOf(tx), providerId, accountIds, now);
    if (changed.length > 0) await enqueueIn(core.boss, tx)(advanceReadModels, {}, { key: "all" });
  });

/** One that can't be decided must not hold up the others: it is tried again in an hour, and the log says why. */
async function checkOneByOne(core: Core, providerId: number, accountIds: readonly string[], now: Temporal.Instant): Promise<void> {
  for (const accountId of accountIds)
    try {
      await checkTogether(core, providerId, [accountId], now);
    } catch (error) {
      if (isTransient(error)) throw error;
      core.log.error({ err: error, providerId, accountId }, "credit of an account not checked");
      await inTenant(
        core.db,
        [providerId],
        (tx) =>
          rawOf(tx)`update app.balances set check_credit_at = ${now.add({ hours: 1 }).toString()}::timestamptz
            where provider_id = ${providerId} and account_id = ${accountId}`,
      );
    }
}

/** The services of accounts that were let go, each by the command that anybody ends a service with. */
async function endServices(core: Core, providerId: number): Promise<void> {
  const waiting = await inTenant(
    core.db,
    [providerId],
    (tx) => rawOf(tx)<{ account_id: string; id: string; service_id: string }[]>`
      select account_id, id, service_id from app.enforcements where provider_id = ${providerId} and state = 'waiting' and action = 'terminate' limit ${lot}`,
    "read",
  );
  for (const { account_id, id, service_id } of waiting) {
    const actor = systemActor([providerId], "credit control");
    const outcome = await execute(core, terminateService, { serviceId: service_id }, { actor, providerId });
    const ended = outcome.ok || outcome.code === "service_terminated";
    const at = core.clock().toString();
    await inTenant(
      core.db,
      [providerId],
      (tx) => rawOf(
        tx,
      )`update app.enforcements set state = ${ended ? "done" : "failed"}, finished_at = ${at}::timestamptz, problem = ${outcome.ok || ended ? null : outcome.code}
        where provider_id = ${providerId} and account_id = ${account_id} and id = ${id} and state = 'waiting'`,
    );
  }
}
