// Holds of sessions that nobody speaks of any more: what a dead agent left behind must not drain a live customer.
import { type RawTx, rawOf } from "../../../db/client.ts";
import { inTenant } from "../../../db/tenant.ts";
import type { Core } from "../../kernel/core.ts";
import { isTransient } from "../../kernel/database-error.ts";
import { lockBalances } from "../../ledger/balance.ts";
import { endHolds } from "../../ledger/holds.ts";

/** Holds that are looked at in one transaction. */
const lot = 500;
/** Ended holds stay so long, to be looked at, and so that an answer that was lost can be given again. */
const keptDays = 3;
/** Holds that are deleted in one transaction. */
const atOnce = 5000;

/** Ends what is over by now, at all providers. Running it twice, or twice at once, ends nothing twice. Gives how many were ended. */
export async function expireHolds(core: Core): Promise<number> {
  const providerIds = (await core.sql<{ id: number }[]>`select id from app.providers order by id`).map((row) => row.id);
  let ended = 0;
  for (const providerId of providerIds)
    for (;;) {
      const { found, done } = await retried(() => expireSome(core, providerId));
      ended += done;
      if (found < lot) break;
    }
  return ended;
}

function expireSome(core: Core, providerId: number): Promise<{ found: number; done: number }> {
  const now = core.clock();
  return inTenant(core.db, [providerId], async (tx) => {
    const t = rawOf(tx);
    const over = () => t<{ account_id: string; session_key: string }[]>`
      select account_id, session_key from app.holds
      where provider_id = ${providerId} and state = 'open' and paid_for is null and expires_at <= ${now.toString()}::timestamptz order by expires_at limit ${lot}`;
    const found = await over();
    if (found.length === 0) return { found: 0, done: 0 };
    await lockBalances(
      t,
      providerId,
      found.map((one) => one.account_id),
    );
    // What was renewed until the balance was ours goes on.
    const held = new Set(found.map((one) => one.account_id));
    const still = (await over()).filter((one) => held.has(one.account_id));
    const done = await endHolds(
      t,
      providerId,
      still.map((one) => [one.account_id, one.session_key] as const),
      "expired",
      now,
    );
    return { found: found.length, done: done.length };
  });
}

/** Deletes what ended long ago, some in each transaction. */
export async function forgetHolds(core: Core): Promise<number> {
  const before = core.clock().subtract({ hours: 24 * keptDays });
  const providerIds = (await core.sql<{ id: number }[]>`select id from app.providers order by id`).map((row) => row.id);
  let forgotten = 0;
  for (const providerId of providerIds)
    for (;;) {
      const gone = await inTenant(core.db, [providerId], (tx) => forgetSome(rawOf(tx), providerId, before.toString()));
      forgotten += gone;
      if (gone < atOnce) break;
    }
  return forgotten;
}

async function forgetSome(t: RawTx, providerId: number, before: string): Promise<number> {
  const [row] = await t<{ gone: number }[]>`
    with old as (
      select account_id, session_key from app.holds
      where provider_id = ${providerId} and placed_at < ${before}::timestamptz and ended_at < ${before}::timestamptz limit ${atOnce}),
    gone as (
      delete from app.holds h using old o where h.provider_id = ${providerId} and h.account_id = o.account_id and h.session_key = o.session_key and h.state <> 'open'
      returning h.account_id, h.session_key, h.paid_for),
    sessions as (
      delete from app.hold_sessions s using gone g
      where s.provider_id = ${providerId} and s.session_key = g.session_key and g.paid_for is null)
    select count(*)::int as gone from gone`;
  return row!.gone;
}

async function retried<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (attempt === 5 || !isTransient(error)) throw error;
      await Bun.sleep(2 ** attempt * 5 * (0.5 + Math.random()));
    }
  }
}
